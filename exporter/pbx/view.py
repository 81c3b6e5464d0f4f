"""A server's state and its collectors as metric families, ready to be written."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.folds import Folded, Open
from exporter.metrics.readers import Row
from exporter.metrics.sampling import Distribution, LabelValues
from exporter.metrics.sources import Derived, Events, Facts, Fixed, Happenings, Joined, Table, tables_of
from exporter.pbx import clock
from exporter.pbx.shapes import Key
from exporter.pbx.state import Pbx

log = logging.getLogger(__name__)

# Rows of a table that may be shown one by one; with more they are left out, until they are fewer again.
CROWD = 500
NO_CROWD = 450

_Values: TypeAlias = Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]


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

    def blocks(self) -> Iterator[Block]:
        """The families that have something to say now, in the order of their declaration."""
        pbx, now = self.pbx, clock.now()
        self._look()
        for family in pbx.declared.families if pbx.link.up else pbx.declared.without_session:
            values = self._values(family, now)
            if values is not None:
                yield Block(family, pbx.name, values)

    def values(self, name: str) -> _Values:
        """What the family of that name says now; nothing if there is none."""
        now, family = clock.now(), self.pbx.declared.named.get(name)
        self._look()
        return (self._values(family, now) if family else None) or {}

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

    def _values(self, family: Family, now: float) -> _Values | None:
        pbx = self.pbx
        if family.crowd in self.crowds or not pbx.shown(family, now):
            return None
        try:
            return self._read(family, now)
        except Exception:  # a bug of ours: it is seen, and harms no other metric and no other server
            pbx.broken[family.name] += 1
            if family.name not in self._broken:
                self._broken.add(family.name)
                fields = {"server": pbx.name, "metric": family.name}
                log.exception("A metric cannot be worked out", extra={"fields": fields})
            return None

    def _read(self, family: Family, now: float) -> _Values:
        pbx, source = self.pbx, family.source
        match source:
            case Events() | Folded() | Happenings():
                tally = pbx.tallies[family.name]
                return tally.distributions if family.buckets else tally.sums
            case Table() if family.windows:
                return pbx.peaks[family.name].read(now)
        over = pbx.tables[family.over] if family.over else None
        tables = [pbx.tables[table] for table in tables_of(source)]
        rows: Iterable[Row]
        told: object = None
        match source:
            case Derived():
                told = known = [pbx.known(table.table, now) for table in tables]
                rows = _derived(
                    source, [table.rows if there else {} for table, there in zip(tables, known, strict=True)]
                )
            case Table() | Joined():
                rows = self._rows(source)
            case _:  # without a version: they are compared
                told = rows = self._rows(source)
        version = told, *(table.version for table in tables), over and over.version
        return pbx.series_of(family).read(version, rows, over.rows.values() if over else (), now)

    def _rows(self, source: Table | Joined | Facts | Fixed | Open) -> Iterable[Row]:
        pbx = self.pbx
        match source:
            case Table():
                return pbx.tables[source].rows.values()
            case Joined():
                others = pbx.tables[source.other].rows
                key = [header.lower() for header in source.other.key]
                rows = pbx.tables[source.table].rows.values()
                return ({**others.get(tuple(str(row.get(part)) for part in key), {}), **row} for row in rows)
            case Facts():
                if source.name not in self._facts:
                    self._facts[source.name] = pbx.facts(source.name)
                return self._facts[source.name]
            case Fixed():
                return [dict(row) for row in source.rows]
            case Open():
                return [dict(row) for row in pbx.folds[source.fold].rows(source.what)]

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


def _derived(source: Derived, tables: Iterable[Mapping[Key, Row]]) -> Iterator[Row]:
    """The rows that are made of tables; only when somebody looks at them."""
    yield from source.make(*(rows.values() for rows in tables))
