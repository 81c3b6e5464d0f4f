"""A server's state and its collectors as metric families, ready to be written."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.folds import Folded, Open
from exporter.metrics.readers import Row
from exporter.metrics.sampling import Firsts, LabelValues, sample
from exporter.metrics.sources import Events, Facts, Fixed, Happenings, Joined, Table, tables_of
from exporter.pbx.state import Pbx

log = logging.getLogger(__name__)

# Rows of a table that may be shown one by one; with more they are left out, until they are fewer again.
CROWD = 500
NO_CROWD = 450

_Values: TypeAlias = Mapping[LabelValues, float]
_Version: TypeAlias = tuple[int, ...]


class View:
    """Reads one server. A family whose rows have not changed is not worked out again."""

    def __init__(self, pbx: Pbx) -> None:
        self.pbx = pbx
        self._last: dict[str, tuple[_Version, _Values]] = {}  # by family: the tables' versions, the samples
        self.crowds: dict[Table, int] = {}  # tables whose rows are too many to be shown, and how many
        self._firsts: dict[str, Firsts] = {}
        self._seen: dict[str, dict[LabelValues, None]] = {}
        self._session = 0  # the session that the two are of
        self._broken: set[str] = set()

    def blocks(self) -> Iterator[Block]:
        """The families that have something to say now, in the order of their declaration."""
        pbx, now = self.pbx, time.time()
        if not pbx.link.up or pbx.link.connections != self._session:
            self._session = pbx.link.connections
            self._last.clear()
            self._seen.clear()
        # The exporter's own counts of what the others could not say come last.
        families = [family for collector in pbx.collectors for family in collector.families]
        families.sort(key=lambda family: isinstance(family.source, Facts))
        self._look_for_crowds(families)
        for family in families:
            if family.crowd in self.crowds or not pbx.shown(family, now):
                continue
            try:
                yield self._block(family, now)
            except Exception:  # a bug of ours: it is seen, and harms no other metric and no other server
                pbx.unreadable[family.name] += 1
                if family.name not in self._broken:
                    self._broken.add(family.name)
                    fields = {"server": pbx.name, "metric": family.name}
                    log.exception("A metric cannot be worked out", extra={"fields": fields})

    def _block(self, family: Family, now: float) -> Block:
        pbx, source = self.pbx, family.source
        if isinstance(source, Events | Folded | Happenings):
            tally = pbx.tallies[family.name]
            return Block(family, pbx.name, tally.distributions if family.buckets else tally.sums)
        over = pbx.tables[family.over].rows.values() if family.over else ()
        length = pbx.limits.label_length
        if isinstance(source, Fixed):
            rows = [dict(row) for row in source.rows]
            return Block(family, pbx.name, sample(family, rows, now, length).values)
        if isinstance(source, Facts):
            return Block(family, pbx.name, sample(family, pbx.facts(source.name), now, length).values)
        if isinstance(source, Open):
            held = pbx.folds[source.fold].rows(source.what)
            return Block(family, pbx.name, sample(family, held, now, length, over).values)
        if family.windows:
            return Block(family, pbx.name, pbx.peaks[family.name].read(now))
        return Block(family, pbx.name, self._from_tables(family, source, now))

    def _rows(self, source: Table | Joined) -> Iterable[Row]:
        if isinstance(source, Table):
            return self.pbx.tables[source].rows.values()
        others = self.pbx.tables[source.other].rows
        key = [header.lower() for header in source.other.key]
        rows = self.pbx.tables[source.table].rows.values()
        return [{**others.get(tuple(str(row.get(header)) for header in key), {}), **row} for row in rows]

    def _from_tables(self, family: Family, source: Table | Joined, now: float) -> _Values:
        read = (*tables_of(source), *([family.over] if family.over else ()))
        version = tuple(self.pbx.tables[table].version for table in read)
        last = self._last.get(family.name)
        if last is not None and last[0] == version and not family.ages:
            return last[1]
        over = self.pbx.tables[family.over].rows.values() if family.over else ()
        firsts = self._firsts.setdefault(family.name, Firsts(family))
        samples = sample(family, self._rows(source), now, self.pbx.limits.label_length, over, firsts)
        values = samples.values
        if family.zeros == "seen":
            seen = self._seen.setdefault(family.name, {})
            seen.update(dict.fromkeys(values))
            for labels in seen:
                values.setdefault(labels, 0.0)
        limit = self.pbx.limits.series_per_metric
        refused = samples.refused
        if len(values) > limit:
            refused += len(values) - limit
            values = _bounded(values, last[1] if last else {}, limit)
        if last is None or last[0] != version:  # the same rows are not counted twice
            self.pbx.refused[family.name] += refused
            self.pbx.unreadable[family.name] += samples.unreadable
        self._last[family.name] = (version, values)
        return values

    def _look_for_crowds(self, families: Iterable[Family]) -> None:
        """Which tables have too many rows to be shown one by one; a log line for each change."""
        for table in {family.crowd for family in families if family.crowd}:
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


def _bounded(values: _Values, before: _Values, limit: int) -> dict[LabelValues, float]:
    """The first come stay: what was shown before is shown again, as long as it is there."""
    kept = {labels: values[labels] for labels in before if labels in values}
    for labels, value in values.items():
        if len(kept) >= limit:
            break
        kept.setdefault(labels, value)
    return kept
