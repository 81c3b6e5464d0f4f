"""Packets as bytes: events, answers and lists, in the words of a version of Asterisk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from exporter.simulator.packets import EVENTS, ITEMS
from exporter.simulator.versions import V22, Version


class Snapshot(Protocol):
    """A thing whose state stands in packets: its headers are a run of one of the tables."""

    def snapshot(self) -> tuple[str, ...]:
        """The values, in the order of the table."""


Part = Snapshot | str


def greeting(ami_version: str) -> bytes:
    """What a client hears first."""
    return f"Asterisk Call Manager/{ami_version}\r\n".encode()


def event(
    name: str, at: float, parts: Iterable[Part], system_name: str = "", version: Version = V22
) -> bytes:
    """An event that happened at a Unix time, stamped as with ``timestampevents=yes``.

    With a system name in asterisk.conf every event carries it.
    """
    values = _flat(parts)
    system = f"\r\nSystemName: {system_name}" if system_name else ""
    return (_event(version, name, len(values)) % (at, system, *values)).encode()


def booted(uptime: float) -> bytes:
    """What tells a session after its login that all modules are there; it alone has no Timestamp."""
    seconds = str(int(uptime))
    head = (("Event", "FullyBooted"), ("Privilege", "system,all"))
    names = EVENTS["FullyBooted"].headers
    return _packet((*head, *zip(names, (seconds, seconds, "Fully Booted"), strict=True)))


def response(word: str, action_id: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The answer to an action. An action without an ActionID is answered without one."""
    return _packet((("Response", word), *_action_id(action_id), *headers))


def message(word: str, action_id: str, text: str) -> bytes:
    """An answer that is one sentence."""
    return response(word, action_id, (("Message", text),))


def values(name: str, action_id: str, given: Sequence[str], version: Version) -> bytes:
    """An answer that has values, those of the table ITEMS that the version knows."""
    lacks = version.lacks.get(name, ())
    pairs = zip(ITEMS[name], given, strict=True)
    return response("Success", action_id, [pair for pair in pairs if pair[0] not in lacks])


class Rows(NamedTuple):
    """Items of a list that look alike, but that a row may end early."""

    name: str
    rows: Sequence[Iterable[Part]]
    id_last: bool = False  # in some lists the ActionID comes last
    table: str = ""  # whose headers they have, where it is not that of their name


def listing(
    action_id: str, announcement: str, end: str, *parts: Rows, version: Version = V22, more: str = ""
) -> bytes:
    """A whole list: nothing comes between its packets. `more` is what its end says beside the count."""
    start = response("Success", action_id, (("EventList", "start"), ("Message", announcement)))
    items = b"".join(_items(part, action_id, version) for part in parts)
    count = sum(len(part.rows) for part in parts)
    last = [("EventList", "Complete"), ("ListItems", str(count))]
    last += [(name, value) for name, _, value in (pair.partition("=") for pair in more.split())]
    return start + items + _packet((("Event", end), *_action_id(action_id), *last))


def single(action_id: str, announcement: str, part: Rows, version: Version) -> bytes:
    """An answer that one event follows, without an end."""
    return message("Success", action_id, announcement) + _items(part, action_id, version)


def _items(part: Rows, action_id: str, version: Version) -> bytes:
    own = "".join(f"{header}: {value}\r\n" for header, value in _action_id(action_id)).replace("%", "%%")
    written = []
    for row in part.rows:
        flat = _flat(row)
        lines = _lines(version, part.table or part.name, len(flat))
        body = f"{lines[:-2]}{own}\r\n" if part.id_last else own + lines
        written.append(f"Event: {part.name}\r\n{body}" % tuple(flat))
    return "".join(written).encode()


def _flat(parts: Iterable[Part]) -> list[str]:
    flat: list[str] = []
    for part in parts:
        if isinstance(part, str):
            flat.append(part)
        else:
            flat += part.snapshot()
    return flat


@cache
def _event(version: Version, name: str, count: int) -> str:
    kind = EVENTS[name]
    head = f"Event: {name}\r\nPrivilege: {kind.privilege},all\r\nTimestamp: %.6f%s\r\n"
    return head + _format(kind.headers[:count], version.lacks.get(name, ()))


@cache
def _lines(version: Version, name: str, count: int) -> str:
    return _format(ITEMS[name][:count], version.lacks.get(name, ()))


def _format(headers: Iterable[str], lacks: Sequence[str]) -> str:
    """A line for each value; one whose header the version lacks leaves nothing behind."""
    return "".join("%.0s" if header in lacks else f"{header}: %s\r\n" for header in headers) + "\r\n"


def _action_id(action_id: str) -> tuple[tuple[str, str], ...]:
    return (("ActionID", action_id),) if action_id else ()


def _packet(headers: Iterable[tuple[str, str]]) -> bytes:
    return ("".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode()
