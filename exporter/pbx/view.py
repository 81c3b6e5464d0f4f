"""A server's state and its collectors as metric families, ready to be written."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping

from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.sampling import LabelValues, sample
from exporter.metrics.sources import Events, Facts, Happenings, Table
from exporter.pbx.state import Pbx

log = logging.getLogger(__name__)

_Values = Mapping[LabelValues, float]


class View:
    """Reads one server. A family whose rows have not changed is not worked out again."""

    def __init__(self, pbx: Pbx) -> None:
        self.pbx = pbx
        self._last: dict[str, tuple[int, _Values]] = {}  # by family: the table's version, the samples
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
        for family in families:
            if not pbx.shown(family, now):
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
        if isinstance(source, Events | Happenings):
            tally = pbx.tallies[family.name]
            return Block(family, pbx.name, tally.distributions if family.buckets else tally.sums)
        if isinstance(source, Facts):
            samples = sample(family, pbx.facts(source.name), now, pbx.limits.label_length)
            return Block(family, pbx.name, samples.values)
        if family.windows:
            return Block(family, pbx.name, pbx.peaks[family.name].read(now))
        return Block(family, pbx.name, self._from_table(family, source, now))

    def _from_table(self, family: Family, source: Table, now: float) -> _Values:
        table = self.pbx.tables[source]
        last = self._last.get(family.name)
        if last is not None and last[0] == table.version and not family.ages:
            return last[1]
        samples = sample(family, table.rows.values(), now, self.pbx.limits.label_length)
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
        if last is None or last[0] != table.version:  # the same rows are not counted twice
            self.pbx.refused[family.name] += refused
            self.pbx.unreadable[family.name] += samples.unreadable
        self._last[family.name] = (table.version, values)
        return values


def _bounded(values: _Values, before: _Values, limit: int) -> dict[LabelValues, float]:
    """The first come stay: what was shown before is shown again, as long as it is there."""
    kept = {labels: values[labels] for labels in before if labels in values}
    for labels, value in values.items():
        if len(kept) >= limit:
            break
        kept.setdefault(labels, value)
    return kept
