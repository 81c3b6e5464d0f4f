"""A server's state and its collectors as metric families, ready to be written."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.folds import Folded, Open
from exporter.metrics.readers import Row
from exporter.metrics.sampling import Distribution, LabelValues
from exporter.metrics.sources import Derived, Events, Facts, Fixed, Happenings, Joined, Table
from exporter.pbx import clock
from exporter.pbx.shapes import Key
from exporter.pbx.state import Pbx

log = logging.getLogger(__name__)

# Rows of a table that may be shown one by one; with more they are left out, until they are fewer again.
CROWD = 500
NO_CROWD = 450

_Values: TypeAlias = Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]


class _Seen(NamedTuple):
    """A table at one moment, and whether its rows are what Asterisk has then."""

    rows: Mapping[Key, Row]
    version: int
    known: bool
    offered: bool  # whether they may be had at all


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
        self._facts: dict[str, list[Row]] = {}  # of this look
        if before:
            known = pbx.declared.crowds
            self.crowds = {table: rows for table, rows in before.crowds.items() if table in known}
            self._session, self._broken = before._session, before._broken

    def blocks(self, names: Container[str] | None = None) -> Iterator[Block]:
        """The families that have something to say now, in the order of their declaration.

        The tables are as they are at the first of them, however much later the last one is taken.

        Args:
            names: of the families that are wanted; None for all.
        """
        pbx, now = self.pbx, clock.now()
        self._look()
        seen = {
            place: _Seen(dict(live.rows), live.version, pbx.known(table, now), pbx.offered(table))
            for place, (table, live) in enumerate(pbx.tables.items())
        }
        declared = pbx.declared.families if pbx.link.up else pbx.declared.without_session
        wanted = [family for family in declared if names is None or family.name in names]
        for family in [family for family in wanted if self._shown(family, seen)]:
            block = self._block(family, seen, now)
            if block is not None:
                yield block

    def values(self, name: str) -> _Values:
        """What the family of that name says now; nothing if there is none."""
        pbx, now = self.pbx, clock.now()
        family = pbx.declared.named.get(name)
        self._look()
        if family is None:
            return {}
        reading, tables = pbx.declared.reads[name], list(pbx.tables.items())
        seen = {
            place: _Seen(live.rows, live.version, pbx.known(table, now), pbx.offered(table))
            for place in {*reading.tables, *reading.needs}
            for table, live in [tables[place]]
        }
        block = self._block(family, seen, now) if self._shown(family, seen) else None
        return block.values if block else {}

    def _look(self) -> None:
        """See what has become of the session and of crowds."""
        pbx = self.pbx
        self._facts = {}
        session = pbx.link.connections if pbx.link.up else 0
        if session != self._session:
            self._session = session
            for series in pbx.series.values():
                if not isinstance(series.family.source, Facts | Fixed):
                    series.forget()
        for table in pbx.declared.crowds if session else ():
            self._look_at(table)

    def _shown(self, family: Family, seen: Mapping[int, _Seen]) -> bool:
        """Whether anything can be said about a family now: what is not known is absent, not zero."""
        if family.crowd is not None and family.crowd in self.crowds:
            return False
        _, _, needs, some = self.pbx.declared.reads[family.name]
        asked = [seen[place] for place in needs if seen[place].offered or not some]
        return not needs or (self.pbx.link.up and bool(asked) and all(table.known for table in asked))

    def _block(self, family: Family, seen: Mapping[int, _Seen], now: float) -> Block | None:
        pbx = self.pbx
        try:
            return self._read(family, seen, now)
        except Exception:  # a bug of ours: it is seen, and harms no other metric and no other server
            pbx.broken[family.name] += 1
            if family.name not in self._broken:
                self._broken.add(family.name)
                fields = {"server": pbx.name, "metric": family.name}
                log.exception("A metric cannot be worked out", extra={"fields": fields})
            return None

    def _read(self, family: Family, seen: Mapping[int, _Seen], now: float) -> Block:
        pbx, source = self.pbx, family.source
        match source:
            case Events() | Folded() | Happenings():
                tally = pbx.tallies[family.name]
                values = tally.distributions if family.buckets else tally.sums
                return Block(family, pbx.name, values, tally.version)
            case Table() if family.windows:
                return Block(family, pbx.name, pbx.peaks[family.name].read(now))
        places, place_over, _, _ = pbx.declared.reads[family.name]
        over = None if place_over is None else seen[place_over]
        tables = [seen[place] for place in places]
        rows: Iterable[Row]
        told: object = None
        match source:
            case Table():
                rows = tables[0].rows.values()
            case Joined():
                rows = _joined(source, *tables)
            case Derived():
                told = [table.known for table in tables]
                rows = _derived(source, tables)
            case _:  # without a version: they are compared
                told = rows = self._rows(source)
        version = told, *(table.version for table in tables), over and over.version
        series = pbx.series_of(family)
        series.read(version, rows, over.rows.values() if over else (), now)
        return Block(family, pbx.name, series.values, series.version)

    def _rows(self, source: Facts | Fixed | Open) -> list[Row]:
        match source:
            case Facts():
                if source.name not in self._facts:
                    self._facts[source.name] = self.pbx.facts(source.name)
                return self._facts[source.name]
            case Fixed():
                return [dict(row) for row in source.rows]
            case Open():
                return [dict(row) for row in self.pbx.folds[source.fold].rows(source.what)]

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
