"""Pauses of queue members: how long each has paused, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from exporter.collectors.folds.doubts import GRACE, Doubts
from exporter.metrics.folds import Machine, Told
from exporter.metrics.readers import Row, Value

EVENTS = ("QueueMemberPause", "QueueMemberAdded", "QueueMemberRemoved")
HEADERS = ("Queue", "Interface", "MemberName", "Paused", "PausedReason")

# A member of a queue who pauses is a row of the members table; more than this no queue system has.
MOST = 20_000

# How often the part of a pause that goes on is told (s): each second would be too dear with many members.
STEP = 15.0

_Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Pause:
    member: str
    reason: str
    began: float
    told: float  # up to when its seconds are told


class Pauses(Machine):
    """Members that pause now, by queue and interface.

    Tells `pause` (queue, member, reason, seconds): nothing more than a 0 when a pause begins, so that its
    series is there, then each STEP the part that has passed, and at its end the rest. The rest of those
    that a session's end cuts off is told at the next tick. A pause that has begun before the session
    counts from the first list on. A reason belongs to the beginning of a pause: the event of its end has
    none.
    """

    def __init__(self) -> None:
        self._pauses: dict[_Key, _Pause] = {}
        self._doubts = Doubts[_Key, None]()  # of those that pause no more by a list
        self._rest: list[Told] = []
        self._now: float | None = None
        self._time = 0.0  # s, as they passed: the clock can be put back

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        """An event of a member."""
        queue, interface = fields.get("queue"), fields.get("interface")
        if not queue or not interface:
            return
        key, time = (queue, interface), self._pass(now)
        if event == "QueueMemberRemoved":
            yield from self._end(key, time)
        elif "paused" in fields:
            self._doubts.clear(key)
            yield from self._set(key, fields.get("membername"), fields, time)

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterator[Told]:
        """A list says who pauses; who pauses no more may have an event that tells so yet."""
        time = self._pass(now)
        young = {key for key, pause in self._pauses.items() if pause.began >= time - GRACE}
        paused = {
            key: row
            for row in rows
            if row.get("paused") == "1" and (key := (str(row["queue"]), str(row["location"]))) not in young
        }
        over = self._pauses.keys() - paused.keys() - young
        self._doubts.listed(dict.fromkeys(over), time)
        for key, row in paused.items():
            yield from self._set(key, row.get("name"), row, time)

    def tick(self, now: float) -> Iterator[Told]:
        """Pauses go on."""
        time = self._pass(now)
        rest, self._rest = self._rest, []
        yield from rest
        for key, _, since in self._doubts.due(time):
            yield from self._end(key, since)
        for key, pause in self._pauses.items():
            if time - pause.told >= STEP:
                yield self._part(key, pause, self._doubts.since(key, time))

    def rows(self, what: str) -> Iterator[Row]:
        """Who pauses now."""
        for (queue, interface), pause in self._pauses.items():
            yield {"queue": queue, "interface": interface, "member": pause.member, "reason": pause.reason}

    def forget(self) -> None:
        """The session is over."""
        self._rest += [
            self._part(key, pause, self._doubts.since(key, self._time)) for key, pause in self._pauses.items()
        ]
        self._pauses.clear()
        self._doubts.forget()

    def _pass(self, now: float) -> float:
        """Time has passed."""
        self._time += max(0.0, now - (now if self._now is None else self._now))
        self._now = now
        return self._time

    def _set(self, key: _Key, member: Value | None, row: Row, time: float) -> Iterator[Told]:
        if row.get("paused") != "1":
            yield from self._end(key, time)
            return
        reason = str(row.get("pausedreason", ""))
        known = self._pauses.get(key)
        if known is not None and known.reason == reason:
            return
        yield from self._end(key, time)
        if len(self._pauses) < MOST:
            pause = self._pauses[key] = _Pause(str(member or key[1]), reason, time, time)
            yield self._part(key, pause, time)

    def _end(self, key: _Key, time: float) -> Iterator[Told]:
        self._doubts.clear(key)
        if pause := self._pauses.pop(key, None):
            yield self._part(key, pause, time)

    def _part(self, key: _Key, pause: _Pause, time: float) -> Told:
        seconds = max(0.0, time - pause.told)
        pause.told = max(time, pause.told)
        return "pause", {"queue": key[0], "member": pause.member, "reason": pause.reason, "seconds": seconds}
