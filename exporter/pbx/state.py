"""What is known of one Asterisk: tables, tallies, folds and peaks, fed by events and lists."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias

from exporter.ami import Message
from exporter.metrics.collector import Collector
from exporter.metrics.families import Family
from exporter.metrics.folds import Folded
from exporter.metrics.readers import ACCOUNT, Row
from exporter.metrics.sources import Events, Facts, Happenings, Table
from exporter.pbx import clock
from exporter.pbx.declared import declared
from exporter.pbx.folding import Folding
from exporter.pbx.health import Health
from exporter.pbx.link import Link
from exporter.pbx.peaks import Peak
from exporter.pbx.polls import Answer, PollState, outlook, rows_for
from exporter.pbx.series import Series
from exporter.pbx.shown import Shown
from exporter.pbx.tables import LiveTable
from exporter.pbx.tallies import Tally


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one server: series of each metric, bytes of a label's value."""

    series_per_metric: int = 10_000
    label_length: int = 128


_Handler: TypeAlias = Callable[[Mapping[str, str], float], None]


class _Heard(NamedTuple):
    """Who is told of the events of a name, and the headers (in lower case) that they read of these."""

    handlers: tuple[_Handler, ...] = ()
    headers: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def _one(headers: frozenset[str]) -> frozenset[str]:
    """Equal sets as one: servers read the same, and what such a set means for a message is remembered."""
    return headers


@dataclass
class Pbx:
    """One server. Everything here is synchronous; the poller feeds it, the view reads it."""

    name: str
    collectors: tuple[Collector, ...]
    intervals: Mapping[str, float]  # by collector
    limits: Limits = field(default_factory=Limits)
    named: frozenset[str] = frozenset()  # collectors that were asked for by name
    shown: Shown = field(default_factory=Shown)

    def __post_init__(self) -> None:
        self.declared = declared(self.collectors, self.intervals)
        families = self.declared.families
        headers = self.declared.headers
        self.tables = {
            table: LiveTable(table, headers[table] | self.shown.headers(table))
            for table in self.declared.tables
        }
        self.polls: dict[str, PollState] = {}
        self.fillers: dict[Table, list[PollState]] = {}
        for poll, interval in self.declared.plans:
            of = self.tables[poll.each.of] if poll.each and poll.each.of else None
            other = self.polls[poll.instead_of.question] if poll.instead_of else None
            mine = {live.table.name: live for live in other.tables} if other else {}
            tables = tuple(mine[table.name] if other else self.tables[table] for table in poll.fills)
            state = self.polls[poll.question] = PollState(poll, interval, tables, of, other)
            for live in tables:
                self.fillers.setdefault(live.table, []).append(state)
        limit, length = self.limits.series_per_metric, self.limits.label_length
        self.tallies = {
            family.name: Tally(family, limit, length)
            for family in families
            if isinstance(family.source, Events | Folded | Happenings)
        }
        self.folds = {fold: Folding(fold, self.tallies.values()) for fold in self.declared.folds}
        self.peaks: dict[str, Peak] = {}
        for family in families:
            if family.windows and isinstance(family.source, Table):
                peak = self.peaks[family.name] = Peak(family, length, limit)
                self.tables[family.source].watch(family.headers, peak.change)
        self.series: dict[str, Series] = {}  # made when they are first shown
        self._over: dict[Table, list[Tally]] = {}
        for tally in self.tallies.values():
            if tally.family.over:
                self._over.setdefault(tally.family.over, []).append(tally)
        for table, tallies in self._over.items():
            self.tables[table].watch((), partial(_start, tallies))
        self._heard = self._dispatch()
        self._happenings: dict[str, list[Tally]] = {}
        for tally in self.tallies.values():
            if isinstance(tally.family.source, Happenings):
                self._happenings.setdefault(tally.family.source.name, []).append(tally)
        self.link = Link(self.events, [poll.poll.action for poll in self.polls.values()])
        asking = {
            collector.name: [self.polls[question] for question in self.declared.asks[collector.name]]
            for collector in self.collectors
        }
        self.health = Health(self.collectors, self.named, asking)
        self.account = ""  # as whom we are logged in
        self.on_found: Callable[[list[Row]], None] = _nobody  # told what discovery finds
        self._found: object = None  # the versions of the tables in which it looked
        self.broken: Counter[str] = Counter()  # by family, how often it could not be worked out

    def _dispatch(self) -> dict[str, _Heard]:
        """Who is told of an event: first the tables, then those who may look at them."""
        heard: dict[str, _Heard] = {}

        def tell(name: str, handler: _Handler, headers: Iterable[str]) -> None:
            before = heard.get(name.lower(), _Heard())
            names = before.headers.union(map(str.lower, headers))
            heard[name.lower()] = _Heard((*before.handlers, handler), _one(names))

        for table in self.tables.values():
            for rule in table.rules:
                tell(rule.event, partial(table.apply, rule), rule.reads)
        for tally in self.tallies.values():
            if isinstance(tally.family.source, Events):
                for name in tally.family.source.names:
                    tell(name, tally.add, tally.family.headers)
        for folding in self.folds.values():
            for name in folding.fold.events:
                tell(name, partial(folding.take, name), folding.fold.reads)
        return heard

    @property
    def events(self) -> frozenset[str]:
        """Names of the events that the collectors use."""
        return self.declared.events

    # -- what comes in -------------------------------------------------------------------------

    def take(self, event: Message) -> None:
        """An event came."""
        if heard := self._heard.get(event.name.lower()):
            now, fields = clock.now(), event.some(heard.headers)
            if ACCOUNT in heard.headers:  # of a security event, which may speak of ourselves
                fields[ACCOUNT] = self.account
            for handle in heard.handlers:
                handle(fields, now)

    def happened(self, name: str, row: Row) -> None:
        """Something happened in our own work."""
        for tally in self._happenings.get(name, ()):
            tally.add(row, clock.now())

    def swap(self, state: PollState, answers: list[Answer]) -> None:
        """A poll was answered wholly: its tables get new rows."""
        now = clock.now()
        for table, told in state.fills:
            table.swap(rows_for(told, answers), now, told)
            self.begin(table)
            for peak in self.peaks.values():
                if peak.family.source == table.table:
                    peak.reset(table.rows.values(), now)
        for table in state.tables:
            for folding in self.folds.values():
                folding.listed(table, now)

    def begin(self, table: LiveTable) -> None:
        """What is counted for each row of a table begins at 0."""
        for tally in self._over.get(table.table, ()):
            for row in table.rows.values():
                tally.start(row)

    def tick(self) -> None:
        """About a second of a session is over."""
        now = clock.now()
        self.link.tick()
        for folding in self.folds.values():
            folding.tick(now)
        self._discover(now)

    def _discover(self, now: float) -> None:
        """See what the tables say that was not known when the collectors were declared."""
        for discovery in self.declared.discoveries:
            tables = [self.tables[table] for table, _ in discovery.of]
            versions = [table.version for table in tables]
            asked = [table for table in tables if outlook(self.fillers[table.table], now)[1]]
            if versions != self._found and asked and all(self.known(table.table, now) for table in asked):
                self._found = versions
                rows = (table.rows.values() if table in asked else () for table in tables)
                self.on_found(list(discovery.make(*rows)))

    def clock(self, offset: float) -> None:
        """The PBX's clock is so much ahead of ours (s)."""
        for table in self.tables.values():
            table.clock_offset = offset

    def drop(self) -> None:
        """The session is over: what only it could keep true is forgotten."""
        now = clock.now()
        for folding in self.folds.values():
            folding.tick(now)
            folding.forget()
            folding.tick(now)
        for table in self.tables.values():
            table.drop()
        for peak in self.peaks.values():
            peak.reset((), now)
        for state in self.polls.values():
            state.forget()

    # -- what is known -------------------------------------------------------------------------

    def facts(self, name: str) -> list[Row]:
        """Rows that the exporter knows by itself."""
        match name:
            case "tables":
                return [
                    {"table": t.table.name, "count": float(len(t.rows))}
                    for t in self.tables.values()
                    if t.loaded and self.link.up
                ]
            case "corrections":
                return [
                    {"table": t.table.name, "kind": kind, "count": float(count)}
                    for t in self.tables.values()
                    if t.table.live
                    for kind, count in t.corrections.items()
                ]
            case "collectors":
                return self.health.results(self.link)
            case "refused":
                return _counts("metric", self.refused)
            case "unreadable":
                return _counts("metric", self.unreadable)
        return self.link.facts(name)

    def turn(self, name: str) -> object:
        """What differs when the facts of a name do, where that is less work than to tell them; else None."""
        match name:
            case "tables":
                return self.link.up, [len(t.rows) if t.loaded else -1 for t in self.tables.values()]
            case "corrections":
                return [count for t in self.tables.values() for count in t.corrections.values()]
        return self.link.turn(name)

    @property
    def refused(self) -> Counter[str]:
        """By family, how many series were refused."""
        counting: tuple[Tally | Peak | Series, ...] = (
            *self.tallies.values(),
            *self.peaks.values(),
            *self.series.values(),
        )
        return Counter({each.family.name: each.refused for each in counting if each.refused})

    @property
    def unreadable(self) -> Counter[str]:
        """By family, how many values could not be read or worked out."""
        reading: tuple[Tally | Series, ...] = (*self.tallies.values(), *self.series.values())
        read = Counter({each.family.name: each.unreadable for each in reading if each.unreadable})
        return self.broken + read

    def known(self, table: Table, now: float) -> bool:
        """Whether the rows of a table are what Asterisk has now."""
        return self.tables[table].loaded and outlook(self.fillers[table], now)[0]

    def series_of(self, family: Family) -> Series:
        """The series of rows that a family shows. Of the exporter's own facts there is no bound."""
        if family.name not in self.series:
            limit = sys.maxsize if isinstance(family.source, Facts) else self.limits.series_per_metric
            self.series[family.name] = Series(family, limit, self.limits.label_length)
        return self.series[family.name]


def _start(tallies: Iterable[Tally], before: Row | None, after: Row | None, _now: float) -> None:
    if before is None and after is not None:
        for tally in tallies:
            tally.start(after)


def _nobody(rows: list[Row]) -> None:
    """Whoever runs the server says who wants to know."""


def _counts(label: str, counts: Mapping[str, int]) -> list[Row]:
    return [{label: name, "count": float(count)} for name, count in counts.items()]
