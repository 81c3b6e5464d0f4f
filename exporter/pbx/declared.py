"""What a set of collectors declares, worked out once for all the servers that run it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias
from weakref import WeakValueDictionary

from exporter.metrics.collector import Collector
from exporter.metrics.families import Family
from exporter.metrics.folds import Folded, Open
from exporter.metrics.sources import Derived, Events, Facts, Happenings, Joined, Poll, Table, tables_of
from exporter.pbx.polls import shared

_Key: TypeAlias = tuple[tuple[int, ...], tuple[tuple[str, float], ...]]


class Reading(NamedTuple):
    """The tables that a family reads, as their places among all: no table need be looked up."""

    tables: tuple[int, ...]
    over: int | None
    needs: tuple[int, ...]  # those without which nothing can be said; none: it does without a session too
    places: tuple[int, ...]  # tables, over and needs together
    some: bool  # whether it does without those that cannot be had


class Declared:
    """Collectors and how often they ask. Nothing of it changes."""

    def __init__(self, collectors: tuple[Collector, ...], intervals: Mapping[str, float]) -> None:
        self.collectors = collectors
        families = [family for collector in collectors for family in collector.families]
        # The exporter's own counts of what the others could not say come last.
        self.families = tuple(sorted(families, key=lambda family: isinstance(family.source, Facts)))
        self.named = {family.name: family for family in families}
        self.crowds = tuple(dict.fromkeys(family.crowd for family in families if family.crowd))
        self.folds = tuple(dict.fromkeys(fold for collector in collectors for fold in collector.folds))
        self.asks = {each.name: tuple([poll.question for poll in each.polls]) for each in collectors}
        self.discoveries = tuple(each.discovery for each in collectors if each.discovery)
        plans = shared(collectors, intervals)
        # What stands in for another comes after it.
        self.plans = tuple(sorted(plans, key=lambda plan: plan.poll.instead_of is not None))
        first = [plan.poll for plan in plans if plan.poll.instead_of is None]
        self.tables = tuple(dict.fromkeys(table for poll in first for table in poll.fills))
        self.reads = {family.name: self._read(family) for family in families}
        self.without_session = tuple(each for each in self.families if not self.reads[each.name].needs)
        self.headers = self._headers([plan.poll for plan in plans])
        self.events = frozenset[str]().union(*(collector.events for collector in collectors))

    def _read(self, family: Family) -> Reading:
        place = {table: number for number, table in enumerate(self.tables)}
        tables = tuple(place[table] for table in tables_of(family.source))
        over = place[family.over] if family.over else None
        if isinstance(family.source, Open):
            needs = {place[seed.table] for seed in family.source.fold.seeds}
            needs |= set() if over is None else {over}
        elif isinstance(family.source, Events | Folded | Happenings):
            needs = set()
        else:
            needs = {*tables} if over is None else {*tables, over}
        some = isinstance(family.source, Derived) and family.source.some
        places = {*tables, *needs} if over is None else {*tables, over, *needs}
        return Reading(tables, over, tuple(needs), tuple(places), some)

    def _headers(self, polls: Iterable[Poll]) -> dict[Table, set[str]]:
        """What is read of the rows of each table."""
        headers: dict[Table, set[str]] = {table: set() for table in self.tables}
        for family in self.families:
            if isinstance(family.source, Derived):
                for table, read in family.source.of:
                    headers.setdefault(table, set()).update(map(str.lower, read))
            else:
                for table in tables_of(family.source):
                    headers.setdefault(table, set()).update(family.headers)
            if isinstance(family.source, Joined):
                headers[family.source.table].update(map(str.lower, family.source.other.key))
            if family.over:
                headers.setdefault(family.over, set()).update(family.over_headers)
        for discovery in self.discoveries:
            for table, read in discovery.of:
                headers.setdefault(table, set()).update(map(str.lower, read))
        for poll in polls:
            if poll.each and poll.each.of:
                headers.setdefault(poll.each.of, set()).add(poll.each.header.lower())
        for fold in self.folds:
            for seed in fold.seeds:
                headers.setdefault(seed.table, set()).update(map(str.lower, seed.headers))
        return headers


_declared: WeakValueDictionary[_Key, Declared] = WeakValueDictionary()  # what is in use keeps its collectors


def declared(collectors: tuple[Collector, ...], intervals: Mapping[str, float]) -> Declared:
    """What they declare; the same collectors give the same object."""
    key = (tuple(map(id, collectors)), tuple(sorted(intervals.items())))
    found = _declared.get(key)
    if found is None:
        found = _declared[key] = Declared(collectors, intervals)
    return found


class Unchanged:
    """Tells which collectors of a new configuration are declared as before.

    Servers share collectors, so each pair is compared once. Keep it only while both configurations live.
    """

    def __init__(self) -> None:
        self._same: dict[tuple[int, int], bool] = {}  # by the ids of the new and the old one

    def kept(self, new: tuple[Collector, ...], old: tuple[Collector, ...]) -> tuple[Collector, ...]:
        """The new ones; in the place of those that are as before stand the old ones."""
        before = {collector.name: collector for collector in old}
        return tuple([self._kept(collector, before.get(collector.name)) for collector in new])

    def _kept(self, new: Collector, old: Collector | None) -> Collector:
        key = (id(new), id(old))
        if key not in self._same:
            self._same[key] = new == old
        return old if old is not None and self._same[key] else new
