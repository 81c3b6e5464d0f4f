"""What is known of one Asterisk: tables, tallies and peaks, fed by events and lists."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from exporter.ami import Message
from exporter.metrics.collector import Collector
from exporter.metrics.families import Family
from exporter.metrics.readers import Row
from exporter.metrics.sources import Events, Facts, Happenings, Poll, Table
from exporter.pbx.link import Link
from exporter.pbx.peaks import Peak
from exporter.pbx.tables import LiveTable
from exporter.pbx.tallies import Tally

# Without a good list for so many intervals a table is not shown any more.
PATIENCE = 3

SLOW_DOWN = 20  # an answer may take a twentieth of the time
SLOWEST = 20  # intervals from start to start, at the most


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one server: series of each metric, bytes of a label's value."""

    series_per_metric: int = 10_000
    label_length: int = 128


class PollPlan(NamedTuple):
    """A question, and how often it is asked (s)."""

    poll: Poll
    interval: float


@dataclass(slots=True)
class PollState:
    """One poll and how it has fared."""

    poll: Poll
    interval: float
    tables: tuple[LiveTable, ...]
    supported: bool | None = None  # whether Asterisk offers the action to our user
    success: bool = False
    failure: str = ""  # why not, in words
    duration: float | None = None  # of the last answer (s)
    timeouts: int = 0  # in a row
    last_success: float | None = None  # Unix time
    good_for: float = 0.0  # seconds from the last success for which it may be shown

    @property
    def pace(self) -> float:
        """Seconds from start to start: slow answers, and those that never came, make us ask more seldom."""
        slow = max(SLOW_DOWN * (self.duration or 0.0), self.interval * 2.0 ** min(self.timeouts, 10))
        return max(self.interval, min(slow, SLOWEST * self.interval))

    def succeeded(self, seconds: float, now: float) -> None:
        """A whole answer came, within so many seconds."""
        self.success, self.failure, self.timeouts = True, "", 0
        self.duration, self.last_success = seconds, now
        self.good_for = PATIENCE * self.pace

    def fresh(self, now: float) -> bool:
        """Whether what it brought may still be shown. That time-outs slow us down makes it no fresher."""
        return self.last_success is not None and now - self.last_success <= self.good_for


@dataclass
class Pbx:
    """One server. Everything here is synchronous; the poller feeds it, the view reads it."""

    name: str
    collectors: tuple[Collector, ...]
    intervals: Mapping[str, float]  # by collector
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        families = [family for collector in self.collectors for family in collector.families]
        headers: dict[Table, set[str]] = {}
        for family in families:
            if isinstance(family.source, Table):
                headers.setdefault(family.source, set()).update(family.headers)
        plans = _shared_polls(self.collectors, self.intervals)
        self.tables = {
            table: LiveTable(table, headers.get(table, ()))
            for table in dict.fromkeys(table for plan in plans for table in plan.poll.fills)
        }
        self.polls = {
            poll.question: PollState(poll, interval, tuple(self.tables[table] for table in poll.fills))
            for poll, interval in plans
        }
        self.tallies = {
            family.name: Tally(family, self.limits.series_per_metric, self.limits.label_length)
            for family in families
            if isinstance(family.source, Events | Happenings)
        }
        self.peaks: dict[str, Peak] = {}
        for family in families:
            if family.windows and isinstance(family.source, Table):
                peak = self.peaks[family.name] = Peak(family, self.limits.label_length)
                self.tables[family.source].watchers.append(peak.change)
        self._handlers = self._dispatch()
        self._happenings: dict[str, list[Tally]] = {}
        for tally in self.tallies.values():
            if isinstance(tally.family.source, Happenings):
                self._happenings.setdefault(tally.family.source.name, []).append(tally)
        self.link = Link(self.events, [poll.poll.action for poll in self.polls.values()])
        self.refused: Counter[str] = Counter()  # by family, of tables; tallies count their own
        self.unreadable: Counter[str] = Counter()

    def _dispatch(self) -> dict[str, list[Callable[[Mapping[str, str], float], None]]]:
        handlers: dict[str, list[Callable[[Mapping[str, str], float], None]]] = {}
        for table in self.tables.values():
            for rule in table.rules.values():
                handlers.setdefault(rule.event.lower(), []).append(
                    lambda fields, now, table=table, rule=rule: table.apply(rule, fields, now)  # type: ignore[misc]
                )
        for tally in self.tallies.values():
            if isinstance(tally.family.source, Events):
                for name in tally.family.source.names:
                    handlers.setdefault(name.lower(), []).append(tally.add)
        return handlers

    @property
    def events(self) -> frozenset[str]:
        """Names of the events that the collectors use."""
        return frozenset[str]().union(*(collector.events for collector in self.collectors))

    # -- what comes in -------------------------------------------------------------------------

    def take(self, event: Message) -> None:
        """An event came."""
        now = time.time()
        for handle in self._handlers.get(event.name.lower(), ()):
            handle(event.fields, now)

    def happened(self, name: str, row: Row) -> None:
        """Something happened in our own work."""
        for tally in self._happenings.get(name, ()):
            tally.add(row, time.time())

    def swap(self, state: PollState, response: Message, items: Iterable[Message]) -> None:
        """A poll brought a whole answer: its tables get new rows."""
        now = time.time()
        rows: dict[str, list[Mapping[str, str]]] = {}
        for item in items:
            rows.setdefault(item.name.lower(), []).append(item.fields)
        for table in state.tables:
            event = table.table.event
            table.swap(rows.get(event.lower(), ()) if event else [response.fields], now)
            for peak in self.peaks.values():
                if peak.family.source is table.table:
                    peak.reset(table.rows.values(), now)

    def drop(self) -> None:
        """The session is over: what only it could keep true is forgotten."""
        now = time.time()
        for table in self.tables.values():
            table.drop()
        for peak in self.peaks.values():
            peak.reset((), now)
        for state in self.polls.values():
            state.success = False
            state.last_success = None
            state.duration = None
            state.timeouts = 0

    # -- what is known -------------------------------------------------------------------------

    def facts(self, name: str) -> list[Row]:
        """Rows that the exporter knows by itself."""
        match name:
            case "tables":
                return [
                    {"table": t.table.name, "count": float(len(t.rows))}
                    for t in self.tables.values()
                    if t.loaded
                ]
            case "corrections":
                return [
                    {"table": t.table.name, "kind": kind, "count": float(count)}
                    for t in self.tables.values()
                    if t.table.live
                    for kind, count in t.corrections.items()
                ]
            case "collectors":
                return [row for collector in self.collectors if (row := self._result(collector))]
            case "refused":
                return _counts("metric", self.refused + _tally_counts(self.tallies, "refused"))
            case "unreadable":
                return _counts("metric", self.unreadable + _tally_counts(self.tallies, "unreadable"))
        return self.link.facts(name)

    @property
    def failing(self) -> tuple[str, ...]:
        """Collectors that should bring something and do not."""
        return tuple(
            collector.name
            for collector in self.collectors
            if self.link.up
            and any(
                (state := self.polls[poll.question]).failure or state.supported is False
                for poll in collector.polls
            )
        )

    def _result(self, collector: Collector) -> Row | None:
        states = [self.polls[poll.question] for poll in collector.polls]
        if not states or not self.link.up:
            return None
        row: dict[str, str | float] = {"collector": collector.name}
        known = [state.supported for state in states]
        if None not in known:
            row["supported"] = float(all(known))
        row["success"] = float(all(state.success for state in states))
        if durations := [state.duration for state in states if state.duration is not None]:
            row["duration"] = sum(durations)
        times = [state.last_success for state in states if state.last_success is not None]
        if len(times) == len(states):
            row["lastsuccess"] = min(times)
        return row

    def shown(self, family: Family, now: float) -> bool:
        """Whether anything can be said about a family now: what is not known is absent, not zero."""
        source = family.source
        if isinstance(source, Table):
            table = self.tables[source]
            return (
                self.link.up
                and table.loaded
                and any(state.fresh(now) for state in self.polls.values() if table in state.tables)
            )
        return isinstance(source, Facts | Events | Happenings)


def _shared_polls(collectors: Iterable[Collector], intervals: Mapping[str, float]) -> list[PollPlan]:
    """Each question once, at the shortest interval that a collector wants, for all their tables."""
    plans: dict[str, PollPlan] = {}
    for collector in collectors:
        for poll in collector.polls:
            interval = intervals.get(collector.name, collector.interval)
            if poll.every and poll.every > collector.interval:
                interval = max(interval, poll.every)
            plan = plans.get(poll.question)
            fills = tuple(dict.fromkeys((*(plan.poll.fills if plan else ()), *poll.fills)))
            interval = min(interval, plan.interval) if plan else interval
            plans[poll.question] = PollPlan(replace(poll, fills=fills), interval)
    return list(plans.values())


def _tally_counts(tallies: Mapping[str, Tally], what: str) -> Counter[str]:
    return Counter({name: count for name, tally in tallies.items() if (count := getattr(tally, what))})


def _counts(label: str, counts: Mapping[str, int]) -> list[Row]:
    return [{label: name, "count": float(count)} for name, count in counts.items()]
