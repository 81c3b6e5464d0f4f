"""A server's state and its collectors as metric families, ready to be written."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from exporter.metrics.columns import LabelValues
from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.folds import Open
from exporter.metrics.readers import Row
from exporter.metrics.sampling import Distribution
from exporter.metrics.sources import Derived, Facts, Fixed, Joined, Table
from exporter.pbx import clock
from exporter.pbx.shapes import Key
from exporter.pbx.state import Pbx

log = logging.getLogger(__name__)

# Rows of a table that may be shown one by one; with more they are left out, until they are fewer again.
CROWD = 500
NO_CROWD = 450

_Told: TypeAlias = Mapping[str, list[Row]]
OWN_COUNTS = ("refused", "unreadable")  # facts that working out a page brings forth: they are read last
_Values: TypeAlias = Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]


@dataclass(slots=True, eq=False)
class _Seen:
    """A table at one moment, and whether its rows are what Asterisk has then. The same one: nothing is other."""

    rows: Mapping[Key, Row]
    version: int
    changed: Mapping[str, int]  # as of the live table
    known: bool
    offered: bool  # whether they may be had at all

    def version_of(self, headers: Iterable[str]) -> tuple[int | None, ...]:
        """What differs when one of these headers does, or which rows there are."""
        return (self.changed.get(""), *map(self.changed.get, headers))


class View:
    """Reads one server. A family whose rows have not changed is not worked out again.

    Args:
        before: the view of an earlier configuration, whose state was handed over.
    """

    def __init__(self, pbx: Pbx, before: View | None = None) -> None:
        self.pbx = pbx
        self.crowds: dict[Table, int] = {}  # tables whose rows are too many to be shown, and how many
        self._session = 0  # the session that series of tables are of; 0: of none
        self._broken: set[str] = set()
        self._tables = list(pbx.tables.items())
        self._seen: dict[int, _Seen] = {}  # the tables by their places, last time
        self._rows_told: dict[object, list[Row]] = {}  # by source, last time
        self._kept: dict[str, tuple[object, Block]] = {}  # by family: what its last block stands on, and that
        self._could: tuple[object, list[Family]] = (None, [])  # families that were ready, and when they are
        if before:
            known = pbx.declared.crowds
            self.crowds = {table: rows for table, rows in before.crowds.items() if table in known}
            self._session, self._broken = before._session, before._broken

    def blocks(self, names: Container[str] | None = None) -> Iterator[Block]:
        """The families that have something to say now, in the order of their declaration.

        All that a session knows is as it is at the first of them, however much later the last one is taken;
        sums and peaks are as they are when their turn comes.

        Args:
            names: of the families that are wanted; None for all.
        """
        pbx, now = self.pbx, clock.now()
        self._look()
        seen = {place: self._at(place, now) for place in range(len(self._tables))}
        ready = self._ready(names, seen)
        told = self._told(ready)
        for family in ready:
            stands_on = self._stands_on(family, seen, told)
            kept = self._kept.get(family.name)
            if kept is not None and stands_on is not None and kept[0] == stands_on:
                yield kept[1]
            elif (block := self._block(family, seen, told, now)) is not None:
                self._kept[family.name] = stands_on, block
                yield block

    def _stands_on(self, family: Family, seen: Mapping[int, _Seen], told: _Told) -> object:
        """What differs when the family may say something else than last time; None: nobody knows.

        Most families of a page say what they said on the one before. To see that is a tenth of reading them.
        """
        name, pbx = family.name, self.pbx
        if tally := pbx.tallies.get(name):
            return tally.version
        if family.ages:
            return None
        if name in told:
            return told[name]
        places = pbx.declared.reads[name].places
        return seen[places[0]] if len(places) == 1 else tuple([seen[place] for place in places]) or None

    def values(self, name: str) -> _Values:
        """What the family of that name says now; nothing if there is none."""
        pbx, now = self.pbx, clock.now()
        family = pbx.declared.named.get(name)
        self._look()
        if family is None:
            return {}
        reading = pbx.declared.reads[name]
        seen = {place: self._at(place, now) for place in {*reading.tables, *reading.needs}}
        if not self._able([family], seen):
            return {}
        block = self._block(family, seen, self._told([family]), now)
        return block.values if block else {}

    def _at(self, place: int, now: float) -> _Seen:
        """The table at this place as it is now, also when it goes on changing."""
        table, live = self._tables[place]
        known, offered = self.pbx.known(table, now), self.pbx.offered(table)
        last = self._seen.get(place)
        if last and (last.version, last.known, last.offered) == (live.version, known, offered):
            return last
        seen = self._seen[place] = _Seen(live.lasting(), live.version, live.changed.copy(), known, offered)
        return seen

    def _look(self) -> None:
        """See what has become of the session and of crowds."""
        pbx = self.pbx
        session = pbx.link.connections if pbx.link.up else 0
        if session != self._session:
            self._session = session
            self._kept.clear()
            for series in pbx.series.values():
                if not isinstance(series.family.source, Facts | Fixed):
                    series.forget()
        for table in pbx.declared.crowds if session else ():
            self._look_at(table)

    def _ready(self, names: Container[str] | None, seen: Mapping[int, _Seen]) -> list[Family]:
        """The families of these names about which anything can be said now."""
        up, declared = self.pbx.link.up, self.pbx.declared
        families = declared.families if up else declared.without_session
        if names is not None:
            return self._able([family for family in families if family.name in names], seen)
        when = up, tuple(self.crowds), [(table.known, table.offered) for table in seen.values()]
        if when != self._could[0]:
            self._could = when, self._able(families, seen)
        return self._could[1]

    def _able(self, families: Iterable[Family], seen: Mapping[int, _Seen]) -> list[Family]:
        """Those about which anything can be said now: what is not known is absent, not zero."""
        up, reads, crowds = self.pbx.link.up, self.pbx.declared.reads, self.crowds
        can: dict[tuple[tuple[int, ...], bool], bool] = {((), False): True, ((), True): True}
        ready = []
        for family in families:
            needs, some = reads[family.name].needs, reads[family.name].some
            if (needs, some) not in can:
                asked = [seen[place] for place in needs if seen[place].offered or not some]
                can[needs, some] = up and bool(asked) and all(table.known for table in asked)
            if can[needs, some] and (family.crowd is None or family.crowd not in crowds):
                ready.append(family)
        return ready

    def _told(self, families: Iterable[Family]) -> _Told:
        """By family: what is known now of the session, and what folds hold; the same list if it is equal."""
        told: dict[str, list[Row]] = {}
        facts: dict[str, list[Row]] = {}
        for family in families:
            source = family.source
            if isinstance(source, Facts) and source.name not in OWN_COUNTS:
                if source.name not in facts:
                    facts[source.name] = self._same(source)
                told[family.name] = facts[source.name]
            elif isinstance(source, Open):
                with suppress(Exception):  # a bug of ours: it is told where the family is read
                    told[family.name] = self._same(source)
        return told

    def _same(self, source: Facts | Open) -> list[Row]:
        rows = self._rows(source)
        if rows != self._rows_told.get(source):
            self._rows_told[source] = rows
        return self._rows_told[source]

    def _rows(self, source: object) -> list[Row]:
        match source:
            case Facts():
                return self.pbx.facts(source.name)
            case Fixed():
                return [dict(row) for row in source.rows]
            case Open():
                return [dict(row) for row in self.pbx.folds[source.fold].rows(source.what)]
        raise TypeError(source)

    def _block(self, family: Family, seen: Mapping[int, _Seen], told: _Told, now: float) -> Block | None:
        pbx = self.pbx
        try:
            return self._read(family, seen, told, now)
        except Exception:  # a bug of ours: it is seen, and harms no other metric and no other server
            pbx.broken[family.name] += 1
            if family.name not in self._broken:
                self._broken.add(family.name)
                fields = {"server": pbx.name, "metric": family.name}
                log.exception("A metric cannot be worked out", extra={"fields": fields})
            return None

    def _read(self, family: Family, seen: Mapping[int, _Seen], told: _Told, now: float) -> Block:
        pbx, source = self.pbx, family.source
        if tally := pbx.tallies.get(family.name):
            return Block(family, pbx.name, tally.values, tally.version)
        if peak := pbx.peaks.get(family.name):
            return Block(family, pbx.name, peak.read(now))
        reading_of = pbx.declared.reads[family.name]
        places, place_over = reading_of.tables, reading_of.over
        over = None if place_over is None else seen[place_over]
        tables = [seen[place] for place in places]
        rows: Iterable[Row]
        known: object = None
        versions: list[object] = [table.version for table in tables]
        match source:
            case Table():
                rows = tables[0].rows.values()
                versions = [tables[0].version_of(family.headers)]
            case Joined():
                rows = _joined(source, *tables)
            case Derived():
                known = [table.known for table in tables]
                rows = _derived(source, tables)
            case _:  # without a version: they are compared
                known = rows = told[family.name] if family.name in told else self._rows(source)
        version = known, *versions, over and over.version
        series = pbx.series_of(family)
        reading = [table.version for table in tables]
        if not series.shows(version, reading):
            labelled = tables[0].version_of(family.label_headers) if isinstance(source, Table) else None
            series.read(version, rows, over.rows.values() if over else (), now, labelled, reading)
        return Block(family, pbx.name, series.values, series.version)

    def _look_at(self, table: Table) -> None:
        """Whether a table has too many rows to be shown one by one; a log line for each change."""
        count, was = len(self.pbx.tables[table].rows), table in self.crowds
        fields = {"server": self.pbx.name, "table": table.name, "rows": count}
        if count > CROWD or (was and count >= NO_CROWD):
            self.crowds[table] = count
            if not was:
                log.warning(
                    "Too many rows to show each: their metrics are left out", extra={"fields": fields}
                )
        elif was and self.pbx.tables[table].loaded:
            del self.crowds[table]
            log.info("Few enough rows again to show each", extra={"fields": fields})


def _joined(source: Joined, table: _Seen, other: _Seen) -> Iterator[Row]:
    """The rows of a table, each with those headers of the other's row that it has not itself."""
    key = [header.lower() for header in source.other.key]
    for row in table.rows.values():
        yield {**other.rows.get(tuple([str(row.get(part)) for part in key]), {}), **row}


def _derived(source: Derived, tables: Iterable[_Seen]) -> Iterator[Row]:
    """The rows that are made of tables; only when somebody looks at them."""
    yield from source.make(*(table.rows.values() if table.known else () for table in tables))
