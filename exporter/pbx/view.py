"""A server's state and its collectors as metric families, ready to be written."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TypeAlias

from exporter.metrics.columns import LabelValues
from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.folds import Open
from exporter.metrics.readers import Row
from exporter.metrics.sampling import Distribution
from exporter.metrics.sources import Derived, Facts, Fixed, Joined, Table
from exporter.pbx import clock
from exporter.pbx.polls import outlook
from exporter.pbx.standing import Ready, Said, Seen, Told
from exporter.pbx.state import Pbx

log = logging.getLogger(__name__)

# Rows of a table that may be shown one by one; with more they are left out, until they are fewer again.
CROWD = 500
NO_CROWD = 450

OWN_COUNTS = ("refused", "unreadable")  # facts that working out a page brings forth: they are read last
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
        self._tables = [(live, pbx.fillers[table]) for table, live in pbx.tables.items()]
        self._said: dict[str, Said] = {}  # by family
        self._last: dict[str, tuple[object, list[Row]]] = {}  # by family: turn and rows of what it asks
        self._ready = Ready(None, [], [])
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
        now = clock.now()
        self._look()
        seen = {place: self._at(place, now, lasting=True) for place in range(len(self._tables))}
        ready = self._able(names, seen)
        told = self._told(ready)
        for said in ready.said:
            on = seen[said.place].key if said.place is not None else said.stands_on(seen, told)
            if on is None or on != said.on or said.block is None:
                said.block, said.on = self._block(said.family, seen, told, now), on
            if said.block is not None:
                yield said.block

    def values(self, name: str) -> _Values:
        """What the family of that name says now; nothing if there is none."""
        now = clock.now()
        self._look()
        if name not in self.pbx.declared.named:
            return {}
        seen = {place: self._at(place, now) for place in self.pbx.declared.reads[name].places}
        ready = self._able((name,), seen)
        if not ready.said:
            return {}
        block = self._block(ready.said[0].family, seen, self._told(ready), now)
        return block.values if block else {}

    def _at(self, place: int, now: float, lasting: bool = False) -> Seen:
        """The table at this place now; `lasting`: as it is now, also when it goes on changing."""
        live, fillers = self._tables[place]
        fresh, offered = outlook(fillers, now)
        known, last = fresh and live.loaded, live.lent
        if last is not None and last.known == known and last.offered == offered:
            return last
        seen = Seen(live.rows, live.version, live.changed, known, offered, (live.version, known, offered))
        if lasting:
            seen.changed = live.changed.copy()
            live.lent = seen
        return seen

    def _look(self) -> None:
        """See what has become of the session and of crowds."""
        pbx = self.pbx
        session = pbx.link.connections if pbx.link.up else 0
        if session != self._session:
            self._session = session
            self._said.clear()
            self._ready = Ready(None, [], [])
            for series in pbx.series.values():
                if not isinstance(series.family.source, Facts | Fixed):
                    series.forget()
        for table in pbx.declared.crowds if session else ():
            self._look_at(table)

    def _able(self, names: Container[str] | None, seen: Mapping[int, Seen]) -> Ready:
        """The families of these names about which anything can be said now: what is not known is absent."""
        declared, up = self.pbx.declared, self.pbx.link.up
        when = up, tuple(self.crowds), [(table.known, table.offered) for table in seen.values()]
        if names is None and when == self._ready.when:
            return self._ready
        can: dict[tuple[tuple[int, ...], bool], bool] = {((), False): True, ((), True): True}
        able = []
        for family in declared.families if up else declared.without_session:
            if names is not None and family.name not in names:
                continue
            needs, some = declared.reads[family.name].needs, declared.reads[family.name].some
            if (needs, some) not in can:
                asked = [seen[place] for place in needs if seen[place].offered or not some]
                can[needs, some] = up and bool(asked) and all(table.known for table in asked)
            if can[needs, some] and (family.crowd is None or family.crowd not in self.crowds):
                able.append(self._said.get(family.name) or self._begin(family))
        asking: dict[Facts | Open, list[str]] = {}
        for said in able:
            source = said.family.source
            if isinstance(source, Open) or (isinstance(source, Facts) and source.name not in OWN_COUNTS):
                asking.setdefault(source, []).append(said.name)
        ready = Ready(when, able, list(asking.items()))
        if names is None:
            self._ready = ready
        return ready

    def _begin(self, family: Family) -> Said:
        pbx, name = self.pbx, family.name
        said = Said(family, pbx.tallies.get(name), pbx.declared.reads[name].places)
        self._said[name] = said
        return said

    def _told(self, ready: Ready) -> Told:
        """By family: what is known now of the session, and what folds hold; the same list if it is equal."""
        told: dict[str, list[Row]] = {}
        for source, names in ready.asking:
            with suppress(Exception):  # a bug of ours: it is told where the family is read
                told.update(dict.fromkeys(names, self._asked(source, names[0])))
        return told

    def _asked(self, source: Facts | Open, name: str) -> list[Row]:
        pbx = self.pbx
        turn = pbx.turn(source.name) if isinstance(source, Facts) else pbx.folds[source.fold].turn
        last, rows = self._last.get(name, (None, []))
        if turn is None or turn != last:
            if (new := self._rows(source)) != rows:
                rows = new
            self._last[name] = turn, rows
        return rows

    def _rows(self, source: object) -> list[Row]:
        match source:
            case Facts():
                return self.pbx.facts(source.name)
            case Fixed():
                return [dict(row) for row in source.rows]
            case Open():
                return [dict(row) for row in self.pbx.folds[source.fold].rows(source.what)]
        raise TypeError(source)

    def _block(self, family: Family, seen: Mapping[int, Seen], told: Told, now: float) -> Block | None:
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

    def _read(self, family: Family, seen: Mapping[int, Seen], told: Told, now: float) -> Block:
        pbx, source = self.pbx, family.source
        if tally := pbx.tallies.get(family.name):
            return Block(family, pbx.name, tally.values, tally.version)
        if peak := pbx.peaks.get(family.name):
            return Block(family, pbx.name, peak.read(now))
        reads = pbx.declared.reads[family.name]
        over = None if reads.over is None else seen[reads.over]
        tables = [seen[place] for place in reads.tables]
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


def _joined(source: Joined, table: Seen, other: Seen) -> Iterator[Row]:
    """The rows of a table, each with those headers of the other's row that it has not itself."""
    key = [header.lower() for header in source.other.key]
    for row in table.rows.values():
        yield {**other.rows.get(tuple([str(row.get(part)) for part in key]), {}), **row}


def _derived(source: Derived, tables: Iterable[Seen]) -> Iterator[Row]:
    """The rows that are made of tables; only when somebody looks at them."""
    yield from source.make(*(table.rows.values() if table.known else () for table in tables))
