"""The largest number at one time within the last minutes: what a scrape in between cannot see."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from exporter.metrics.families import Family
from exporter.metrics.readers import Row
from exporter.metrics.sampling import LabelValues, closed_sets, label_values


class Peak:
    """Follows the changes of a table and remembers how high a count of its rows has been.

    Memory is bounded: what is kept are falling values, each with the time until which it lasted.
    """

    def __init__(self, family: Family, length: int) -> None:
        self.family = family
        self._length = length
        self._longest = max(family.windows.values())
        self._members: dict[LabelValues, Counter[object]] = {}
        known = closed_sets(family) if family.zeros == "closed" or not family.labels else ()
        self._current: dict[LabelValues, float] = dict.fromkeys(known, 0.0)
        self._past: dict[LabelValues, deque[tuple[float, float]]] = {}  # (lasted until, value)
        self._touched: set[LabelValues] = set()

    def reset(self, rows: Iterable[Row], now: float) -> None:
        """Count anew: a list has replaced the rows."""
        self._touched.update(self._members)
        self._members = {}
        for row in rows:
            self._count(row, +1)
        self._record(now)

    def change(self, before: Row | None, after: Row | None, now: float) -> None:
        """A row of the table has changed."""
        if before is not None:
            self._count(before, -1)
        if after is not None:
            self._count(after, +1)
        self._record(now)

    def take_over(self, before: Peak) -> None:
        """Go on where an earlier one of the same series ends."""
        self._members, self._current, self._past = before._members, before._current, before._past

    def _count(self, row: Row, step: int) -> None:
        family = self.family
        labels = label_values(family, row, self._length)
        if labels is None:
            return
        members = self._members.setdefault(labels, Counter())
        member = row.get(family.distinct.lower()) if family.distinct else None
        members[member] += step
        if members[member] <= 0:
            del members[member]
        self._touched.add(labels)

    def _record(self, now: float) -> None:
        for labels in self._touched:
            members = self._members.get(labels, Counter())
            value = float(len(members) if self.family.distinct else members[None])
            before = self._current.get(labels, 0.0)
            self._current[labels] = value
            if value >= before:
                continue
            past = self._past.setdefault(labels, deque())
            while past and past[-1][1] <= before:
                past.pop()
            past.append((now, before))
            while past[0][0] < now - self._longest:
                past.popleft()
        self._touched.clear()

    def read(self, now: float) -> dict[LabelValues, float]:
        """The peaks within each window, label `window` last."""
        out: dict[LabelValues, float] = {}
        for labels, current in self._current.items():
            past = self._past.get(labels, ())
            for window, length in self.family.windows.items():
                highest = next((value for until, value in past if until >= now - length), 0.0)
                out[*labels, window] = max(current, highest)
        return out
