"""Sums and distributions fed by events, bounded in number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exporter.metrics.columns import LabelValues
from exporter.metrics.families import Family
from exporter.metrics.labelsets import Firsts, LabelSets, choices_over, clean, closed_choices, label_sets
from exporter.metrics.readers import Row, Unreadable
from exporter.metrics.sampling import Distribution

_EXEMPLAR = 512  # bytes that are kept of its name; the format has room for 128 characters or leaves it out


class Tally:
    """What one family of one server has added up since the exporter started.

    Label sets come first come, first served, up to `limit`; those beyond are refused and counted.
    """

    def __init__(self, family: Family, limit: int, length: int) -> None:
        self.family = family
        self.sums: dict[LabelValues, float] = {}
        self.distributions: dict[LabelValues, Distribution] = {}
        self._value = family.value
        self._buckets = family.buckets
        self._exemplar = (family.exemplar or "").lower()
        self.unreadable = 0
        self.version = object()  # another one whenever a sum has changed
        self._limit = limit
        self._length = length
        self._firsts = Firsts(family)
        self._label_sets = LabelSets(family, length)
        self._begun: set[LabelValues] = set()  # rows that were told to start, by their first label set
        self.refused = self._closed()

    @property
    def values(self) -> Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]:
        """What it shows."""
        return self.distributions if self.family.buckets else self.sums

    def _closed(self) -> int:
        """What closed labels allow begins at 0; how many label sets are too many."""
        if self.family.zeros != "closed" and (self.family.labels or self.family.over):
            return 0
        sets, more = label_sets(closed_choices(self.family), self._limit)
        return more + sum(not self._start(labels) for labels in sets)

    def start(self, row: Row) -> None:
        """A row of the table that the family is over: its label sets begin at 0.

        Each row is looked at once; as many are remembered as can begin, and as many again.
        """
        choices = choices_over(self.family, row, self._length)
        if choices is None:
            return
        begun = self._firsts(tuple([values[0] for values in choices]))
        if begun in self._begun or len(self._begun) >= 2 * self._limit:
            return
        self._begun.add(begun)
        sets, more = label_sets(choices, self._limit)
        self.refused += more + sum(not self._start(self._firsts(labels)) for labels in sets)

    def add(self, row: Row, now: float) -> None:
        """Add what an event says. What cannot be read is counted and leaves no trace in the sums."""
        labels = self._label_sets(row)
        if labels is None:
            return
        value = 1.0
        if self._value is not None:
            try:
                number = self._value.number(row, now)
            except Unreadable:
                self.unreadable += 1
                return
            if number is None:
                return
            value = number
            if value < 0:  # a sum that falls is no sum, that of a histogram neither
                self.unreadable += 1
                return
        if self._firsts.bounded:
            labels = self._firsts(labels)
        self.version = object()
        if self._buckets:
            if labels in self.distributions or self._start(labels):
                example = str(row.get(self._exemplar, "")) if self._exemplar else ""
                self.distributions[labels].add(value, self._buckets, clean(example, _EXEMPLAR), now)
            else:
                self.refused += 1
        elif labels in self.sums or self._start(labels):
            self.sums[labels] += value
        else:
            self.refused += 1

    def take_over(self, before: Tally) -> None:
        """Go on where an earlier tally of the same series ends."""
        self.sums, self.distributions, self.version = before.sums, before.distributions, object()
        self.refused, self.unreadable = before.refused, before.unreadable
        self._firsts = Firsts(self.family, [*self.sums, *self.distributions])
        if self._limit == before._limit:  # else what was refused may find room
            self._begun = before._begun
        self._closed()

    def _start(self, labels: LabelValues) -> bool:
        """See that there is a series of these labels; False if that would be one too many."""
        series: dict[LabelValues, Any] = self.distributions if self.family.buckets else self.sums
        if labels in series:
            return True
        if len(series) >= self._limit:
            return False
        self.version = object()
        if self.family.buckets:
            self.distributions[labels] = Distribution([0] * (len(self.family.buckets) + 1))
        else:
            self.sums[labels] = 0.0
        return True
