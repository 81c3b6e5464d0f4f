"""Task processors: real answers of the command to counts, and names without instances."""

from __future__ import annotations

import re

import pytest

from exporter.ami import Message
from exporter.ami.codec import Decoder
from exporter.collectors.taskprocessors import COLLECTOR, Processed, name
from exporter.pbx.polls import Answer
from tests.collectors.asked import WIRE
from tests.collectors.told import Server

NOW = 1000.0
HEADING = "Processor   Processed   In Queue  Max Depth  Low water High water"


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server with this collector alone."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    return Server(COLLECTOR)


def answer(server: Server, message: Message) -> None:
    """The command was answered."""
    (state,) = server.pbx.polls.values()
    state.succeeded(0.001, NOW)
    server.pbx.swap(state, [Answer(message, [])])


def says(server: Server, *lines: str) -> None:
    """The command was answered with these lines below the heading."""
    output = ["", HEADING, *lines, "", f"{len(lines)} taskprocessors", ""]
    text = ["Response: Success", "Message: Command output follows", *(f"Output: {line}" for line in output)]
    answer(server, Message("\r\n".join(text).encode()))


@pytest.mark.parametrize(
    ("processor", "stable"),
    [
        ("app_voicemail", "app_voicemail"),
        ("pjsip/pool-control", "pjsip/pool-control"),
        ("pjsip/options/manage", "pjsip/options/manage"),
        ("pjsip/session/uac-000000c9", "pjsip/session"),
        ("pjsip/options/6001-0000004f", "pjsip/options"),
        ("pjsip/outsess/trunk-live-00000078", "pjsip/outsess"),
        ("pjsip/distributor-00000021", "pjsip/distributor"),
        ("sorcery/inbound-publication-00000057", "sorcery/inbound-publication"),
        ("taskpool/s:stasis-00000000", "taskpool/s:stasis"),
        ("stasis/m:cdr:aggregator-00000005", "stasis/m:cdr:aggregator"),
        ("stasis/m:cache_pattern:0/endpoint:all-00000008", "stasis/m:cache_pattern"),
        ("stasis/p:endpoint:IAX2/iax-trunk-00000067", "stasis/p:endpoint:IAX2"),
        ("stasis/p:mwi:all/6001@default-00000062", "stasis/p:mwi:all"),
        ("stasis/p:bridge:all-00000079", "stasis/p:bridge:all"),
        ("stasis/p:bridge:abcdefab-cdef-4aaa-8bbb-abcdefabcdef-0000007a", "stasis/p:bridge"),
        ("stasis/p:channel:1795599017.2-0000007b", "stasis/p:channel"),
        ("Confbridge/board-meeting-0000007e", "Confbridge"),
        ("subp:PJSIP/6001-0000001f", "subp:PJSIP"),
    ],
)
def test_a_name_is_cut_to_its_stable_part(processor: str, stable: str) -> None:
    """No endpoint, room or call is in it."""
    assert name.label({"name": processor}) == stable


async def test_processors_of_one_name_are_put_together(server: Server) -> None:
    """What waits and what was done is added up, of the most that ever waited the most is shown."""
    says(
        server,
        "pjsip/mwi-0000005a 5 1 3 450 500",
        "pjsip/mwi-0000005b 2 4 9 450 500",
        "CCSS_core 0 0 0 450 500",
    )
    assert server.value("taskprocessors") == 3
    assert server.values("taskprocessor_queued_tasks") == {("pjsip/mwi",): 5, ("CCSS_core",): 0}
    assert server.values("taskprocessor_max_queued_tasks") == {("pjsip/mwi",): 9, ("CCSS_core",): 0}
    assert server.values("taskprocessor_processed_tasks_total") == {("pjsip/mwi",): 7, ("CCSS_core",): 0}


@pytest.mark.parametrize(("queued", "over"), [(499, 0), (500, 1), (501, 1)])
async def test_the_high_water_mark_itself_is_over(server: Server, queued: int, over: int) -> None:
    """Asterisk warns, and PJSIP refuses calls, as soon as it is reached."""
    says(server, f"pjsip/mwi-0000005a 5 {queued} 600 450 500", "stasis/pool 1 0 0 450 500")
    assert server.value("taskprocessors_over_high_water") == over


async def test_an_asterisk_without_marks(server: Server) -> None:
    """Older ones have three columns: what they do not say is absent."""
    says(server, "ast_msg_queue 5 0 1")
    assert server.value("taskprocessor_queued_tasks", "ast_msg_queue") == 0
    assert server.value("taskprocessors_over_high_water") is None


def test_what_was_done_stays_done() -> None:
    """Processors come and go, and begin anew with Asterisk: the sum only grows."""
    machine, total = Processed(), 0.0
    for counts, expected in (
        ({"a-00000001": "5", "a-00000002": "3"}, 8),
        ({"a-00000001": "6"}, 9),
        ({"a-00000001": "6", "a-00000003": "2"}, 11),
        ({"a-00000001": "1", "a-00000003": "2"}, 12),
    ):
        rows = [{"name": name, "processed": count} for name, count in counts.items()]
        total += sum(float(row["count"]) for _, row in machine.listed("taskprocessors", rows, NOW))
        assert total == expected
        machine.forget()


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_processors(version: str, server: Server) -> None:
    """Of real text: as many as it says itself, and no name of an endpoint, a mailbox or a channel."""
    (packet,) = (
        packet
        for packet in Decoder().feed((WIRE / version / "tasks.ami").read_bytes())
        if b"rec-Command" in packet
    )
    message = Message(packet)
    answer(server, message)
    said = next(match for line in message.output if (match := re.match(r"(\d+) taskprocessors", line)))
    assert server.value("taskprocessors") == int(said[1]) > 100
    assert server.value("taskprocessors_over_high_water") == 0
    names = {labels[0] for labels in server.values("taskprocessor_queued_tasks")}
    assert {"app_voicemail", "pjsip/distributor", "pjsip/options", "sorcery/contact"} <= names
    assert not any(re.search(r"6001|trunk|iax-|@|[0-9a-f]{8}", name) for name in names)
    assert len(names) < 80
