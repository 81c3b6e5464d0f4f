"""Real AMI text, recorded from Asterisk 16 and 22: nothing in it is odd, and no cut changes it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.ami import Action, Message, Reply, Session
from exporter.ami.codec import Decoder

from .build import pieces

WIRE = Path(__file__).parent.parent / "wire"
FILES = sorted(WIRE.glob("*/*.ami"))
SHORT_IDS = {"1": "Login", "p1": "Ping", "gv": "Getvar", "cl": "ConfbridgeList", "bye": "Logoff"}
Cut = Callable[[bytes], Iterator[bytes]]


def whole(data: bytes) -> Iterator[bytes]:
    """In one piece."""
    yield data


def bytewise(data: bytes) -> Iterator[bytes]:
    """One byte at a time."""
    yield from pieces(data, 1)


def randomly(data: bytes) -> Iterator[bytes]:
    """In pieces of random lengths."""
    rng = random.Random(len(data))
    while data:
        size = rng.randint(1, 100)
        yield data[:size]
        data = data[size:]


def action_of(recorded: str) -> str:
    """The action that was asked with a recorded ActionID."""
    if recorded.startswith("rec-"):
        return recorded.removeprefix("rec-")
    return "Command" if recorded.startswith("cmd-") else SHORT_IDS[recorded]


def replay(stream: bytes, cut: Cut) -> tuple[list[Message | Reply], Session]:
    """Ask what was asked when the stream was recorded, and hear the answers."""
    session = Session(None)
    out: list[Message | Reply] = []
    for part in re.split(rb"(?=^Response: )", stream, flags=re.MULTILINE):
        if recorded := re.match(rb"Response: \w+\r\nActionID: (\S+)\r\n", part):
            asked = session.ask(Action(action_of(recorded[1].decode())))
            ours = asked.split(b"ActionID: ")[1].split(b"\r\n")[0]
            part = part.replace(b"ActionID: " + recorded[1] + b"\r\n", b"ActionID: " + ours + b"\r\n")
        for piece in cut(part):
            out += session.receive(piece)
    return out, session


def shown(item: Message | Reply) -> object:
    """All that a message or a reply says, apart from our random ActionID."""
    if isinstance(item, Message):
        return [pair for pair in item.headers if pair[0] != "ActionID"]
    return [
        item.action.name,
        shown(item.response),
        [shown(row) for row in item.items],
        item.failure,
        item.anomaly,
    ]


def count(pattern: bytes, stream: bytes) -> int:
    """How often a pattern stands in a stream, line by line."""
    return len(re.findall(pattern, stream, flags=re.MULTILINE))


def test_both_versions_are_there() -> None:
    """A folder for each version, with the same files in it."""
    names = {folder: {path.name for path in FILES if path.parent.name == folder} for folder in ("16", "22")}
    assert names["16"] == names["22"]
    assert len(names["16"]) >= 9


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_real_traffic_is_read_whole_and_nothing_in_it_is_odd(path: Path) -> None:
    """Every event and every answer comes out, and no anomaly is counted."""
    stream = path.read_bytes()
    out, session = replay(stream, whole)
    assert session.anomalies == {}
    assert session.greeting in ("5.0.4", "11.0.0")
    events = [item for item in out if isinstance(item, Message)]
    replies = [item for item in out if isinstance(item, Reply)]
    items = sum(len(reply.items) for reply in replies)
    assert len(events) == count(rb"^Event: \w+\r\nPrivilege: ", stream)
    # OriginateResponse, an event, has a header Response of its own.
    assert len(replies) == count(rb"^Response: \w+\r\nActionID: ", stream)
    assert items == count(rb"^Event: (?!\w*Complete\r)\w+\r\n(?!Privilege: )", stream)
    assert all(item.forged_headers == () for item in events)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.parametrize("cut", [bytewise, randomly])
def test_no_cut_changes_what_real_traffic_says(path: Path, cut: Cut) -> None:
    """Whole, byte by byte and in random pieces the same events and answers come out."""
    stream = path.read_bytes()
    expected, session = replay(stream, whole)
    got, other = replay(stream, cut)
    assert [shown(item) for item in got] == [shown(item) for item in expected]
    assert other.events == session.events
    assert other.anomalies == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_byte_of_real_traffic_is_lost(path: Path) -> None:
    """The packets and their ends put together are the stream, apart from stray empty lines."""
    stream = re.sub(rb"\r\n\r\n[\r\n]+", b"\r\n\r\n", path.read_bytes())
    greeting = stream.index(b"\n") + 1
    packets = Decoder().feed(stream)
    assert b"".join(packet + b"\r\n\r\n" for packet in packets) == stream[greeting:]
    for packet in packets:
        message = Message(packet)
        lines = [f"{name}: {value}".encode() for name, value in message.headers]
        assert b"\r\n".join(lines) == packet.removesuffix(b"\n")  # PJSIP's errors have a stray one


@pytest.mark.parametrize("version", ["16", "22"])
def test_the_failures_in_real_answers_are_told_apart(version: str) -> None:
    """An unknown action, an empty list that is called an error, and a CLI command that failed."""
    lists, _ = replay((WIRE / version / "lists.ami").read_bytes(), whole)
    single, _ = replay((WIRE / version / "single.ami").read_bytes(), whole)
    replies = [item for item in lists + single if isinstance(item, Reply)]
    failures = {reply.action.name: reply.failure for reply in replies}
    assert failures["SIPpeers"] == failures["NoSuchAction"] == "unknown"
    assert failures["PJSIPShowContacts"] is failures["ConfbridgeList"] is failures["Command"] is None
    stats = [reply for reply in replies if reply.action.name == "FAXStats"]
    assert stats[0].items[0].get("FailedFAXes") == "0"
    failed = [
        reply.response.output for reply in replies if reply.response.name == "Error" and reply.response.output
    ]
    assert [
        "No such command 'rtp show stats' (type 'core show help rtp show' for other possible commands)"
    ] in failed
