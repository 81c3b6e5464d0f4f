"""Waits in queues: of joins, leaves and answers one row for each wait, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from exporter.collectors.folds.doubts import GRACE, Doubts
from exporter.metrics.folds import Machine, Told
from exporter.metrics.readers import AT, Row

EVENTS = (
    "QueueCallerJoin",
    "QueueCallerLeave",
    "QueueCallerAbandon",
    "AgentConnect",
    "HangupRequest",
    "Hangup",
)
HEADERS = ("Uniqueid", "Linkedid", "Queue", "HoldTime")

# A caller leaves the queue first, then a gosub or an AGI of the queue may run, and only then the answer is
# told. What is said to the agent before comes while the caller still waits.
CONNECT_WITHIN = 30.0  # s

# Everybody who waits is a channel, and no Asterisk has so many. Beyond it the oldest wait is ended.
MOST = 10_000
# Channels that shall hang up and are not known to wait: until they hang up they might join, or be listed.
MOST_ENDING = 1_000

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(slots=True)
class _Wait:
    """One caller in one queue. Times are Unix times (s)."""

    queue: str
    began: float
    seen: float  # when we first heard of it
    call: str = ""  # Linkedid
    joined: bool = False  # its QueueCallerJoin came; else a list has found it
    asked: bool = False  # the caller's end has asked to hang up
    left: float | None = None
    gave_up: bool = False  # it had asked before it left
    told: bool = False  # how it ended is told; only the leaving is not seen yet

    @property
    def untouched(self) -> bool:
        """Whether only a list has told of it."""
        return not self.joined and not self.told and self.left is None


class Waits(Machine):
    """Callers by Uniqueid: a channel waits in one queue at a time.

    An AgentConnect ends a wait as answered. A QueueCallerAbandon, which Asterisk also sends when the time
    is up, ends it as abandoned if a HangupRequest of that channel came first, else as timeout_or_other.
    Who left and has neither is looked at again when the channel hangs up or joins once more, or after
    CONNECT_WITHIN. Only waits that were seen to begin or were listed are told, each of them once.

    Tells `wait` (queue, outcome, seconds, linkedid), and `within` (queue) for answers within the queue's
    service level.
    """

    def __init__(self) -> None:
        self._waits: dict[str, _Wait] = {}
        self._ending: dict[str, None] = {}  # channels without a wait of which a HangupRequest came
        self._doubts = Doubts[str, _Wait | None]()  # a list has the caller in another queue, or in none
        self._levels: dict[str, float] = {}  # service level (s) by queue

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        """An event of a caller's channel."""
        unique = fields.get("uniqueid")
        if not unique:
            return
        self._doubts.clear(unique)
        wait = self._waits.get(unique)
        match event:
            case "QueueCallerJoin":
                yield from self._join(unique, fields, now)
            case "QueueCallerLeave" if wait and wait.queue == fields.get("queue"):
                self._leave(unique, wait, now)
            case "QueueCallerAbandon" if wait:
                outcome = "abandoned" if wait.asked else "timeout_or_other"
                yield from self._known_end(unique, wait, outcome, fields, now)
            case "AgentConnect" if wait:
                yield from self._known_end(unique, wait, "answered", fields, now)
            case "HangupRequest":
                self._ask(unique, wait)
            case "Hangup":
                yield from self._end(unique, now)
                self._ending.pop(unique, None)

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterator[Told]:
        """Queues tell their service levels; callers tell who waits that we have not seen join or leave."""
        if table == "queues":
            self._levels = {str(row["queue"]): _seconds(row.get("servicelevel"), 0.0) for row in rows}
            return
        waiting = {str(row["uniqueid"]): row for row in rows}
        said: dict[str, _Wait | None] = {}
        for unique, wait in self._waits.items():
            if unique not in waiting and wait.left is None and wait.seen < now - GRACE:
                said[unique] = None
        for unique, row in waiting.items():
            known = self._waits.get(unique)
            if known is not None and known.queue == row["queue"]:
                if not known.told:
                    known.left = None
                continue
            began = float(row.get(AT, now)) - _seconds(row.get("wait"), 0.0)
            wait = _Wait(str(row["queue"]), began, now)
            if known is None:
                yield from self._begin(unique, wait, now)
            elif known.seen < now - GRACE:
                said[unique] = wait
        self._doubts.listed(said, now)

    def tick(self, now: float) -> Iterator[Told]:
        """No event comes any more that explains a list, and no answer for those who left long ago."""
        for unique, said, since in self._doubts.due(now):
            if said is not None:
                yield from self._begin(unique, said, since)
            elif wait := self._waits.get(unique):
                self._leave(unique, wait, since)
        due = now - CONNECT_WITHIN
        for unique, wait in list(self._waits.items()):
            if wait.left is not None and wait.left <= due:
                yield from self._end(unique, now)

    def rows(self, what: str) -> Iterator[Row]:
        """`waiting`: who has not left; `open`: these, and those of whom it is not known how it ended."""
        for unique, wait in self._waits.items():
            if not wait.told and (what == "open" or wait.left is None):
                yield {"queue": wait.queue, "uniqueid": unique}

    def forget(self) -> None:
        """The session is over."""
        self._waits.clear()
        self._ending.clear()
        self._doubts.forget()
        self._levels.clear()

    # -- one wait ------------------------------------------------------------------------------

    def _join(self, unique: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        queue, known = fields.get("queue"), self._waits.get(unique)
        if not queue:
            return
        call = fields.get("linkedid", "")
        if known and known.queue == queue and known.untouched and known.seen >= now - GRACE:
            # A list was ahead of this event and has found the caller already.
            known.joined, known.call = True, call
        else:
            yield from self._begin(unique, _Wait(queue, now, now, call, joined=True), now)

    def _ask(self, unique: str, wait: _Wait | None) -> None:
        if wait is not None:
            wait.asked = True
            return
        self._ending[unique] = None
        if len(self._ending) > MOST_ENDING:
            del self._ending[next(iter(self._ending))]

    def _begin(self, unique: str, wait: _Wait, now: float) -> Iterator[Told]:
        before = self._waits.get(unique)
        wait.asked = before.asked if before else unique in self._ending
        yield from self._end(unique, now)
        if len(self._waits) >= MOST:
            yield from self._end(next(iter(self._waits)), now)
        self._waits[unique] = wait

    def _leave(self, unique: str, wait: _Wait, now: float) -> None:
        if wait.told:
            del self._waits[unique]
        elif wait.left is None:
            # What is asked of the channel later has nothing to do with the queue.
            wait.left, wait.gave_up = now, wait.asked

    def _known_end(
        self, unique: str, wait: _Wait, outcome: str, fields: Mapping[str, str], now: float
    ) -> Iterator[Told]:
        """An event says how a wait ended; it can come before the leaving and after it."""
        if wait.told or wait.queue != fields.get("queue"):
            return
        wait.told = True
        if wait.left is not None:
            del self._waits[unique]
        yield from self._tell(wait, outcome, fields, now)

    def _end(self, unique: str, now: float) -> Iterator[Told]:
        """A wait is over, and no event has said how."""
        wait = self._waits.pop(unique, None)
        if wait is None or wait.told:
            return
        gave_up = wait.asked if wait.left is None else wait.gave_up
        yield from self._tell(wait, "abandoned" if gave_up else "timeout_or_other", {}, now)

    def _tell(self, wait: _Wait, outcome: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        over = now if wait.left is None else wait.left
        seconds = _seconds(fields.get("holdtime"), max(0.0, over - wait.began))
        call = fields.get("linkedid", wait.call)
        yield "wait", {"queue": wait.queue, "outcome": outcome, "seconds": seconds, "linkedid": call}
        level = self._levels.get(wait.queue)
        if outcome == "answered" and level is not None and seconds <= level:
            yield "within", {"queue": wait.queue}


def _seconds(text: object, default: float) -> float:
    """A duration (s) that Asterisk wrote, or the default."""
    word = str(text).strip()
    return float(word) if _NUMBER.fullmatch(word) else default
