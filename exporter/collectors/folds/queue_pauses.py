"""Pauses of queue members: how long each has paused, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from exporter.metrics.folds import Machine, Told
from exporter.metrics.readers import Row, Value

EVENTS = ("QueueMemberPause", "QueueMemberAdded", "QueueMemberRemoved")

# A member of a queue who pauses is a row of the members table; more than this no queue system has.
MOST = 20_000

_Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Pause:
    member: str
    reason: str
    told: float  # Unix time (s) up to which its seconds are told


class Pauses(Machine):
    """Members that pause now, by queue and interface.

    Tells `pause` (queue, member, reason, seconds): nothing more than a 0 when a pause begins, so that its
    series is there, then at each tick the part that has passed, and at its end the rest. A pause that
    has begun before the session counts from the first list on. A reason belongs to the beginning of a
    pause: the event of its end has none.
    """

    def __init__(self) -> None:
        self._pauses: dict[_Key, _Pause] = {}

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        """An event of a member."""
        queue, interface = fields.get("queue"), fields.get("interface")
        if not queue or not interface:
            return
        if event == "QueueMemberRemoved":
            yield from self._end((queue, interface), now)
        elif "paused" in fields:
            yield from self._set((queue, interface), fields.get("membername"), fields, now)

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterator[Told]:  # noqa: ARG002
        """A list says who pauses, whatever was thought before."""
        listed: set[_Key] = set()
        for row in rows:
            key = (str(row["queue"]), str(row["location"]))
            listed.add(key)
            yield from self._set(key, row.get("name"), row, now)
        for key in self._pauses.keys() - listed:
            yield from self._end(key, now)

    def tick(self, now: float) -> Iterator[Told]:
        """Pauses go on."""
        for key, pause in self._pauses.items():
            yield self._part(key, pause, now)

    def rows(self, what: str) -> Iterator[Row]:  # noqa: ARG002
        """Who pauses now."""
        for (queue, interface), pause in self._pauses.items():
            yield {"queue": queue, "interface": interface, "member": pause.member, "reason": pause.reason}

    def forget(self) -> None:
        """The session is over."""
        self._pauses.clear()

    def _set(self, key: _Key, member: Value | None, row: Row, now: float) -> Iterator[Told]:
        if row.get("paused") != "1":
            yield from self._end(key, now)
            return
        reason = str(row.get("pausedreason", ""))
        known = self._pauses.get(key)
        if known is not None and known.reason == reason:
            return
        yield from self._end(key, now)
        if len(self._pauses) < MOST:
            pause = self._pauses[key] = _Pause(str(member or key[1]), reason, now)
            yield self._part(key, pause, now)

    def _end(self, key: _Key, now: float) -> Iterator[Told]:
        if pause := self._pauses.pop(key, None):
            yield self._part(key, pause, now)

    def _part(self, key: _Key, pause: _Pause, now: float) -> Told:
        seconds = max(0.0, now - pause.told)
        pause.told = now
        return "pause", {"queue": key[0], "member": pause.member, "reason": pause.reason, "seconds": seconds}
