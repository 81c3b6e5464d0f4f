"""The simulator against what a real Asterisk wrote: the same headers, in the same order."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest

from exporter.ami import Message
from exporter.simulator import wire
from exporter.simulator.actions import COMMANDS, answer
from exporter.simulator.calls import call
from exporter.simulator.channels import Party
from exporter.simulator.company import Endpoint
from exporter.simulator.packets import CLASSES, EVENTS
from exporter.simulator.plans import Plan
from exporter.simulator.requests import Request
from exporter.simulator.switch import Switch
from exporter.simulator.timeline import Timeline
from exporter.simulator.traffic import Traffic
from exporter.simulator.versions import VERSIONS

from .recorded import START, WIRES, Log, cut, kinds, recorded, shape

CALLER, TRUNK = Endpoint("caller", "lab"), Endpoint("trunk-live", "lab")
ALONE = Party("caller")
PLANS = {
    "answered.txt": Plan(CALLER, Party("caller", "Reception"), "500", TRUNK, talk=3.0, hold=(1.0, 1.0)),
    "busy.txt": Plan(CALLER, ALONE, "502", TRUNK, outcome="busy"),
    "no-answer.txt": Plan(CALLER, ALONE, "503", TRUNK, outcome="no answer", ring=2.0),
    "given-up.txt": Plan(CALLER, ALONE, "503", TRUNK, outcome="give up", rings=False),
    "forwarded.txt": Plan(CALLER, ALONE, "505", TRUNK, forward="500"),
    "queue-agent-ends.txt": Plan(CALLER, ALONE, "601", queue="support", talk=3.0, ended_by="callee"),
    "queue-missed.txt": Plan(CALLER, ALONE, "602", queue="support", misses=1, talk=3.0),
    "queue-given-up.txt": Plan(CALLER, ALONE, "603", queue="support", misses=1, patience=16.5),
    "queue-timed-out.txt": Plan(CALLER, ALONE, "604", queue="support", misses=1, patience=20.0, limit=16.0),
}
CALLS = tuple(PLANS)
QUEUED = ("queue-agent-ends.txt", "queue-missed.txt", "queue-given-up.txt")
# What the same step of two calls has in common.
TOLD = ("ChannelStateDesc", "Priority", "Cause", "Cause-txt", "TechCause", "DialStatus", "Application")


def simulated(plan: Plan) -> list[Message]:
    """The events of one call."""
    log, timeline = Log("hq"), Timeline(START)
    switch = Switch(random.Random(1), lambda: timeline.now, log, "hq")
    timeline.tell(call(switch, plan))
    timeline.advance(START + 3600)
    assert switch.channels == {}
    return log.events


def by_leg(events: list[Message]) -> dict[int, list[tuple[str | None, ...]]]:
    """What happens to each leg of a call: Asterisk keeps that order, while between legs it is chance."""
    legs: dict[str, int] = {}
    told = defaultdict(list)
    for event in events:
        name = event.get("Channel") or event.get("LocalOneChannel")
        if name and event.name != "Cdr":
            leg = legs.setdefault(name, len(legs))
            told[leg].append((event.name, *(event.get(header) for header in TOLD)))
    return told


@pytest.mark.parametrize("name", CALLS)
def test_each_leg_of_a_call_goes_as_it_really_went(name: str) -> None:
    """The same events in the same order for each channel, with the same states, causes and applications."""
    assert by_leg(simulated(PLANS[name])) == by_leg(recorded(name))


@pytest.mark.parametrize("name", CALLS)
def test_a_call_takes_the_channels_that_its_plan_says(name: str) -> None:
    """So that a call comes only where there is room for all of it."""
    most, legs = 0, 0
    for event in simulated(PLANS[name]):
        legs += (event.name == "Newchannel") - (event.name == "Hangup")
        most = max(most, legs)
    assert PLANS[name].legs == most


@pytest.mark.parametrize("name", QUEUED)
def test_a_caller_leaves_a_record_for_each_agent_that_was_called(name: str) -> None:
    """With the same words as the real ones, in their order."""
    told = ("Disposition", "LastApplication", "AMAFlags", "DestinationContext")
    records = [
        [[event.get(header) for header in told] for event in events if event.name == "Cdr"]
        for events in (simulated(PLANS[name]), recorded(name))
    ]
    assert records[0] == records[1] != []


@pytest.mark.parametrize("name", QUEUED)
def test_the_agents_of_a_queue_go_through_the_states_of_real_ones(name: str) -> None:
    """One by one: it rings, it is in use, it is free; each in all its queues."""
    told = ("Status", "Paused")
    states = []
    for events in (simulated(PLANS[name]), recorded(name)):
        of_queue = next(event.get("Queue") for event in events if event.name == "QueueCallerJoin")
        statuses = [e for e in events if e.name == "QueueMemberStatus" and e.get("Queue") == of_queue]
        states.append([[event.get(header) for header in told] for event in statuses])
    assert states[0] == states[1] != []


# 16 was not recorded while somebody held a call, or while one waited in the lot until its time was up.
UNHEARD = {"16": {"Hold", "ParkedCallTimeOut"}, "22": set[str]()}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_event_looks_as_it_really_looks(version: str) -> None:
    """Headers and their order are those of the recorded ones; an hour has events of each kind."""
    log, told = Log(version=VERSIONS[version]), Counter[str]()

    def publish(name: str, at: float, parts: Sequence[wire.Part]) -> None:
        told[name] += 1
        if told[name] < 300:
            log(name, at, parts)

    options = {"seed": 3, "speed": 4.0, "version": VERSIONS[version], "hears_media": lambda: True}
    Traffic(START, publish, **options).advance(START + 900)  # type: ignore[arg-type]
    real = kinds(version)
    found = defaultdict(set)
    for event in log.events:
        found[event.name].add(shape(event))
    assert set(found) == set(EVENTS) - {"FullyBooted"}
    assert {name: forms - real[name] for name, forms in found.items() if forms - real[name]} == {
        name: found[name] for name in UNHEARD[version]
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_every_answer_looks_as_it_really_looks(version: str) -> None:
    """Items of lists, their ends, and what is no list, with the headers of that Asterisk in their order."""
    traffic = Traffic(START, lambda *_: None, seed=3, calls_per_second=1.0, version=VERSIONS[version])
    switch, now = traffic.switch, START
    queues = switch.queues.queues.values()
    kept = (switch.conferences.rooms, switch.parking.calls, switch.desk.agents)
    while not all((*kept, any(queue.callers for queue in queues))):
        now += 1.0
        traffic.advance(now)
    room = next(iter(switch.conferences.rooms))
    real, seen = kinds(version), set()
    for name, command in COMMANDS.items():
        if command.answer and command.only in ("", version):
            fields = {"action": name, "actionid": "1", "conference": room, "mailbox": "2001@default"}
            for packet in cut(answer(switch, Request(fields), now)):
                seen.add(packet.name)
                if name not in ("Command", "ListCommands"):
                    assert shape(packet) in real[packet.name], packet
    assert seen >= {"ConfbridgeList", "ParkedCall", "Agents", "QueueEntry", "ContactList", "FAXStats"}


@pytest.mark.parametrize("version", VERSIONS)
def test_actions_are_offered_in_the_words_of_asterisk(version: str) -> None:
    """With the rights that they really need."""
    (real,) = (
        packet
        for packet in (WIRES / version / "single.ami").read_bytes().split(b"\r\n\r\n")
        if b"\r\nAbsoluteTimeout: " in packet
    )
    named = Message(real)
    for name, command in COMMANDS.items():
        # chan_sip is not in the recording, and 16 has fewer words for subscriptions.
        if not command.only and (version, name) != ("16", "PJSIPShowSubscriptionsInbound"):
            assert named.get(name) == command.line


def test_task_processors_are_listed_as_the_cli_lists_them() -> None:
    """A line that the exporter reads for each, under the real headline."""
    for version, wired in VERSIONS.items():
        traffic = Traffic(START, Log(), seed=1, version=wired)
        request = Request({"action": "Command", "command": "core show taskprocessors"})
        (said,) = cut(answer(traffic.switch, request, START + 60))
        (real,) = (
            packet
            for packet in (WIRES / version / "tasks.ami").read_bytes().split(b"\r\n\r\n")
            if b"Processor" in packet
        )
        lines, headline = said.raw.decode().split("\r\n"), real.decode().split("\r\n")
        titles = [
            line.split("Processor", 1)[1].split() for line in (*lines, *headline) if "Processed" in line
        ]
        assert titles[0] == titles[-1]


def test_without_a_system_name_no_event_has_one() -> None:
    """As with an asterisk.conf that names none; the unique ids are plain then, too."""
    log = Log()
    Traffic(START, log, seed=1, calls_per_second=1.0).advance(START + 60)
    events = log.events
    assert {event.get("SystemName") for event in events} == {None}
    assert all(event.fields["uniqueid"][:4] == "1800" for event in events if "uniqueid" in event.fields)


def test_every_event_says_its_class_second() -> None:
    """What a client tells a true event by."""
    for name, kind in EVENTS.items():
        packet = wire.event(name, START, ["x"] * len(kind.headers))
        assert packet.startswith(f"Event: {name}\r\nPrivilege: {kind.privilege},all\r\n".encode())
        assert kind.mask == CLASSES[kind.privilege] != 0


def test_a_percent_sign_in_an_action_id_is_no_format() -> None:
    """A client may call its actions what it likes."""
    lot = wire.Rows("Parkinglot", [("50%", "1", "2", "3")])
    last = wire.Rows("QueueSummary", [("50%", *"123456")], id_last=True)
    data = wire.listing("100%s", "Lots will follow", "End", lot, last)
    assert b"Event: Parkinglot\r\nActionID: 100%s\r\nName: 50%\r\n" in data
    assert b"\r\nLongestHoldTime: 6\r\nActionID: 100%s\r\n\r\n" in data
