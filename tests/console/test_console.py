"""A console and a scripted server: what is asked, what is shown, and what happens when the line is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from exporter.ami import Timing
from exporter.ami.recording import read
from exporter.config import from_environment
from exporter.console import Console, EventFilter, Screen, Style
from exporter.console.console import BAD, OK, REFUSED
from tests.ami.build import event
from tests.ami.scripted import Peer, Scripted

JOIN = event("QueueCallerJoin", "Queue: support", privilege="agent,all")
FORGED = event("QueueCallerJoin", "Queue: support", "Queue: forged", privilege="agent,all")


@pytest.fixture(autouse=True)
def _no_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, no Ping comes that a script does not expect."""
    monkeypatch.setattr("exporter.console.line.Timing", partial(Timing, ping_every=(60.0, 60.0)))


@contextmanager
def console(port: int, style: Style | None = None, **options: Any) -> Iterator[Console]:
    """A console that is connected; ended in any case, and all that it says is printed."""
    variables = {"AMI_HOST": "127.0.0.1", "AMI_PORT": str(port), "AMI_USERNAME": "u", "AMI_SECRET": "s3cret"}
    (server,) = from_environment(variables).servers.values()
    screen = Screen()
    made = Console(server, style or Style(), screen, **options)
    try:
        made.connect()
        yield made
    finally:
        made.end()
        screen.end()


async def talk(server: Scripted, what: Callable[[Console], None], **options: Any) -> None:
    """Use a console in a thread of its own, as it waits."""

    def use() -> None:
        with console(server.endpoint.port, **options) as made:
            what(made)

    await asyncio.to_thread(use)


async def test_a_list_and_its_count(capsys: pytest.CaptureFixture[str]) -> None:
    """Items are shown as they come, then how many; the next action is another one."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.list("QueueSummary", "QueueSummary", 2, "QueueSummaryComplete")
        await peer.answer("Ping", "Ping: Pong")
        await peer.goodbye()

    def what(made: Console) -> None:
        assert made.do("QueueSummary") == OK
        assert made.do("Ping") == OK

    async with Scripted(script) as server:
        await talk(server, what)
    item = "QueueSummary\n  Number: {}\n\n"
    assert capsys.readouterr().out == item.format(0) + item.format(1) + "2 items\nPing: Pong\n"


async def test_errors_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """Refused by Asterisk is 1; refused here, not understood or not answered is 2; all on standard error."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.answer("CoreStatus", "Message: Permission denied", word="Error")
        await peer.answer("Command", "Message: Command output follows", "Output: No such", word="Error")
        await peer.answer("ConfbridgeListRooms", "Message: No active conferences.", word="Error")
        await peer.heard("CoreSettings")
        await peer.answer("Ping", "Ping: Pong")
        await peer.goodbye()

    def what(made: Console) -> None:
        assert made.do("CoreStatus") == REFUSED
        assert made.do("queue show") == REFUSED
        assert made.do("ConfbridgeListRooms") == OK
        assert made.do("QueueReset") == BAD
        assert made.do("CoreStatus x") == BAD
        assert made.do("CoreSettings") == BAD

    async with Scripted(script) as server:
        await talk(server, what, timeout=0.3)
    shown = capsys.readouterr()
    assert shown.out == "Message: No active conferences.\n"
    assert [line.partition(":")[0] for line in shown.err.splitlines()] == [
        "CoreStatus",
        "No such",
        "refused",
        "'x' is no header",
        "CoreSettings",
    ]


@pytest.mark.parametrize("style", [Style(), Style("json"), Style("raw")], ids=lambda style: style.format)
async def test_events_are_shown_once_wanted(style: Style, capsys: pytest.CaptureFixture[str]) -> None:
    """Only those that pass, only so many; what cannot be believed is counted, and shown raw alone."""

    async def script(peer: Peer) -> None:
        await peer.login()
        mask = await peer.answer("Events", "Events: On", then=FORGED + event("Hangup") + JOIN * 3)
        assert mask["EventMask"] == "on"
        assert (await peer.answer("Events", "Events: Off"))["EventMask"] == "off"
        await peer.answer("Ping", then=JOIN)
        await peer.goodbye()

    def what(made: Console) -> None:
        made.watch(EventFilter.parse(["QueueCaller.*"]), count=2)
        assert made.feed.ended.wait(3)
        assert made.do("events off") == OK
        assert made.do("Ping") == OK
        assert made.do("events maybe") == BAD

    async with Scripted(script) as server:
        await talk(server, what, style=style)
    shown = capsys.readouterr()
    assert shown.out.count("QueueCallerJoin") == 2
    assert ("forged" in shown.out) == (style.format == "raw")
    assert ("cannot be believed" in shown.err) == (style.format != "raw")
    assert "Hangup" not in shown.out
    assert "s3cret" not in shown.out + shown.err
    assert "Login" not in shown.out


async def test_a_lost_line_can_be_had_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told at once; then nothing works but to reconnect, after which events come as before.

    A recording holds the first session, and nothing of the second.
    """

    async def first(peer: Peer) -> None:
        await peer.login()
        await peer.answer("Events", "Events: On")

    async def second(peer: Peer) -> None:
        await peer.login()
        await peer.answer("Events", "Events: On", then=JOIN)
        await peer.answer("Ping", "Ping: Pong")
        await peer.goodbye()

    def what(made: Console) -> None:
        made.watch(EventFilter())
        assert made.feed.ended.wait(3)
        assert "closed by Asterisk" in str(made.lost)
        assert made.do("Ping") == BAD
        assert made.do("reconnect") == OK
        assert made.lost is None
        assert made.do("Ping") == OK

    record = tmp_path / "session.ami"
    async with Scripted(first, second) as server:
        await talk(server, what, record=record)
    assert [packet.message.name for packet in read(record).packets if packet.sent] == [
        "Challenge",
        "Login",
        "Events",
    ]
    shown = capsys.readouterr()
    assert "the line is lost" in shown.err
    assert "reconnect logs in again" in shown.err
    assert "QueueCallerJoin" in shown.out
    assert "Pong" in shown.out


async def test_help_is_asterisks_own_or_a_short_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the user may run no commands the console says what it knows."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.answer("ListCommands", "QueueStatus: Show queue status.  (Priv: <none>)")
        await peer.answer("Command", "Message: Permission denied", word="Error")
        await peer.answer("Command", "Message: Command output follows", "Output: [Synopsis]", "Output: Ping!")
        await peer.goodbye()

    def what(made: Console) -> None:
        made.learn()
        assert made.do("help") == OK
        assert made.do("help QueueStatus") == OK
        assert made.do("help Ping") == OK
        with pytest.raises(EOFError):
            made.do("quit")

    async with Scripted(script) as server:
        await talk(server, what)
    out = capsys.readouterr().out
    assert "events off" in out
    assert "QueueStatus: Show queue status.\n  Queue=\n  Member=\n" in out
    assert out.endswith("[Synopsis]\nPing!\n")


async def test_everything_goes_where_writes_are_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    """An action that no list names is sent as it is typed."""

    async def script(peer: Peer) -> None:
        await peer.login()
        asked = await peer.answer("Redirect", "Message: Redirect successful")
        assert asked["Exten"] == "100"
        await peer.goodbye()

    def what(made: Console) -> None:
        assert made.do("Redirect Channel=PJSIP/x Exten=100") == OK

    async with Scripted(script) as server:
        await talk(server, what, allow_writes=True)
    assert capsys.readouterr().out == "Message: Redirect successful\n"


def test_the_screen_never_keeps_who_prints_waiting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Events that come faster than they can be printed are left out, and counted."""
    monkeypatch.setattr("exporter.console.screen._WAITING", 2)
    screen = Screen()
    gate = threading.Event()
    screen.offer(lambda: "first" if gate.wait(5) else "late")
    for _ in range(5):
        screen.offer(lambda: "event")
    gate.set()
    screen.flush()
    screen.offer(lambda: "last")
    screen.end()
    shown = capsys.readouterr()
    assert shown.out.startswith("first\nevent\n")
    assert shown.out.endswith("last\n")
    assert "events are not shown" in shown.err


def test_who_reads_no_more_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a pipe ends: the error comes out where it is waited."""

    class Broken:
        def write(self, text: str) -> None:
            raise BrokenPipeError(text)

        def flush(self) -> None:
            pass

    screen = Screen()
    monkeypatch.setattr("sys.stdout", Broken())
    screen.say("x")
    assert screen.failed.wait(3)
    with pytest.raises(BrokenPipeError):
        screen.end()
