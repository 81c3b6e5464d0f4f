"""Sums and distributions fed by events, bounded in number."""

from __future__ import annotations

from exporter.metrics.families import Family
from exporter.metrics.readers import Row, Unreadable
from exporter.metrics.sampling import Distribution, LabelValues, closed_sets, label_values


class Tally:
    """What one family of one server has added up since the exporter started.

    Label sets come first come, first served, up to `limit`; those beyond are refused and counted.
    """

    def __init__(self, family: Family, limit: int, length: int) -> None:
        self.family = family
        self.sums: dict[LabelValues, float] = {}
        self.distributions: dict[LabelValues, Distribution] = {}
        self.refused = 0
        self.unreadable = 0
        self.version = 0
        self._limit = limit
        self._length = length
        if family.zeros == "closed" or not family.labels:
            for labels in closed_sets(family):
                self._add(labels, 0.0, count=False)

    def add(self, row: Row, now: float) -> None:
        """Add what an event says. What cannot be read is counted and leaves no trace in the sums."""
        family = self.family
        labels = label_values(family, row, self._length)
        if labels is None:
            return
        value: float | None = 1.0
        if family.value is not None:
            try:
                value = family.value.number(row, now)
            except Unreadable:
                self.unreadable += 1
                return
        if value is None:
            return
        if family.kind == "counter" and value < 0:
            self.unreadable += 1
            return
        self._add(labels, value)

    def _add(self, labels: LabelValues, value: float, *, count: bool = True) -> None:
        if self.family.buckets:
            distribution = self.distributions.get(labels)
            if distribution is None:
                if len(self.distributions) >= self._limit:
                    self.refused += 1
                    return
                distribution = Distribution([0] * (len(self.family.buckets) + 1))
                self.distributions[labels] = distribution
            if count:
                distribution.add(value, self.family.buckets)
        elif labels in self.sums or len(self.sums) < self._limit:
            self.sums[labels] = self.sums.get(labels, 0.0) + value
        else:
            self.refused += 1
            return
        self.version += 1
