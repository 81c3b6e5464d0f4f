"""What pages remember of each server beside its metrics: an hour, today, what became of its session."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from array import array
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from exporter.metrics.readers import Row
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from exporter.web.pages.figures import Figures
from exporter.web.pages.recent import Recent
from exporter.web.pages.today import Today
from exporter.web.source import ServerStatus, Source
from exporter.web.turns import Turns

log = logging.getLogger(__name__)

LOOK = 0.5  # s between looks at the sessions
SAMPLE = 30  # s between values of the last hour; midnight is a multiple of it everywhere
HOUR = 3600 // SAMPLE  # values
A_MINUTE = 60 // SAMPLE
EVENTS = 50  # of the session, kept


class Event(NamedTuple):
    """What became of the session."""

    time: float
    state: str
    error: str


class Curve:
    """A value over the last hour, in few bytes."""

    def __init__(self) -> None:
        self._values: array[float] = array("f")

    def add(self, value: float | None) -> None:
        """The value now; None if it is not known."""
        self._values.append(math.nan if value is None else value)
        del self._values[:-HOUR]

    def values(self) -> list[float | None]:
        """The newest last; None where it was not known."""
        return [None if math.isnan(value) else value for value in self._values]


class Memory:
    """Of one server. All of it is bounded."""

    def __init__(self) -> None:
        self.curves: dict[str, Curve] = {}  # calls, channels, waiting, and the channels of each technology
        self.events: deque[Event] = deque(maxlen=EVENTS)
        self.today = Today()
        self.recent = Recent()
        # Of the last failure to have a session, as asterisk_ami_connection_failures_total has it.
        self.reason = ""
        self.changed: dict[str, float] = {}  # by interface: when an event last changed a member of a queue
        self._failures: Mapping[str, float] = {}
        self._seen: tuple[object, ...] = ()
        self._session = 0
        self._samples = 0
        self._pbx: Pbx | None = None

    def look(self, view: View, status: Callable[[], ServerStatus]) -> None:
        """Note what has become of the session."""
        pbx, link = view.pbx, view.pbx.link
        if self._pbx is not pbx:
            self._follow(pbx)
        if self._session != link.connections:
            self._session = link.connections
            self.changed.clear()
        seen = link.state, link.error, link.connections, link.gaps
        if seen != self._seen:
            self._seen = seen
            failures = {str(row["reason"]): float(row["count"]) for row in link.facts("connection_failures")}
            grown = [reason for reason, count in failures.items() if count > self._failures.get(reason, 0)]
            self.reason, self._failures = (grown[-1] if grown else self.reason), failures
            self.events.append(Event(time.time(), status().state, link.error))

    def hour(self, name: str) -> list[float | None]:
        """The values of the last hour; none if nothing is known of that."""
        return self.curves[name].values() if name in self.curves else []

    def sample(self, view: View) -> None:
        """Note how much there is now."""
        figures = Figures(view)
        channels = figures.sum("active_channels")
        now: dict[str, float | None] = {
            "calls": figures.sum("active_calls"),
            "channels": channels,
            "waiting": figures.sum("queue_callers"),
            **figures.by("channels", "technology"),
        }
        for name in now.keys() | self.curves.keys():
            self.curves.setdefault(name, Curve()).add(now.get(name, None if channels is None else 0.0))
        self.today.look(view.pbx, time.time())
        self._samples += 1
        if self._samples % A_MINUTE == 0:
            self.recent.look(view.pbx)

    def _follow(self, pbx: Pbx) -> None:
        """Have the changes of members of queues told."""
        self._pbx = pbx
        self.today.look(pbx, time.time())
        self.recent.follow(pbx)
        for table, live in pbx.tables.items():
            if table.name == "queue_members":
                live.watch(("status", "paused"), self._member)

    def _member(self, before: Row | None, after: Row | None, _now: float) -> None:
        if after is None:
            self.changed.pop(str((before or {}).get("location")), None)
        else:
            self.changed[str(after.get("location"))] = time.time()


class Memories:
    """Of all servers, kept fresh in the background."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._of: dict[str, Memory] = {}

    def of(self, name: str) -> Memory:
        """That of a configured server."""
        memory = self._of.setdefault(name, Memory())
        memory.look(self._source.view(name), lambda: self._source.status(name))
        return memory

    async def run(self) -> None:
        """Look and sample until cancelled."""
        due = 0.0
        while True:
            sampling = time.time() >= due
            if sampling:
                due = (time.time() // SAMPLE + 1) * SAMPLE
            try:
                await self._look(sampling)
            except Exception:  # a bug of ours costs what pages remember, and no page
                log.exception("cannot note what pages show")
            await asyncio.sleep(max(0.0, min(LOOK, due - time.time())))

    async def _look(self, sampling: bool) -> None:
        turns = Turns()
        for name in list(self._source.names()):
            await turns.take()
            if name in self._source.names():
                memory = self.of(name)
                if sampling:
                    memory.sample(self._source.view(name))
        for gone in self._of.keys() - self._source.names():
            del self._of[gone]
