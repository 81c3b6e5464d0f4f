"""The largest number at one time within the last minutes: what a scrape in between cannot see."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from exporter.metrics.columns import LabelValues
from exporter.metrics.families import Family
from exporter.metrics.labelsets import Firsts, LabelSets, closed_choices, label_sets
from exporter.metrics.readers import Row

LOOKED = 1.0  # s between two looks for what can be forgotten


class Peak:
    """Follows the changes of a table and remembers how high a count of its rows has been.

    Memory is bounded: what is kept are falling values, each with the time until which it lasted, of as
    many label sets as may be shown. One that was 0 for longer than the longest window makes room.
    """

    def __init__(self, family: Family, length: int, limit: int = 10_000) -> None:
        self.family = family
        self.refused = 0
        self._label_sets = LabelSets(family, length)
        self._limit = max(1, limit // len(family.windows))  # of label sets; each has a series for each window
        self._longest = max(family.windows.values())
        self._headers = tuple(family.headers)
        self._firsts = Firsts(family)
        self._members: dict[LabelValues, Counter[object]] = {}  # of label sets that have rows
        self._current: dict[LabelValues, float] = {}
        self._past: dict[LabelValues, deque[tuple[float, float]]] = {}  # (lasted until, value)
        self._touched: set[LabelValues] = set()
        self._turned_away: set[LabelValues] = set()  # label sets that have rows and found no room
        self._looked = 0.0
        self._stay: frozenset[LabelValues] = frozenset()
        if family.zeros == "closed" or not family.labels:
            sets, self.refused = label_sets(closed_choices(family), self._limit)
            self._stay = frozenset(sets)
            self._current = dict.fromkeys(self._stay, 0.0)

    def reset(self, rows: Iterable[Row], now: float) -> None:
        """Count anew: a list has replaced the rows."""
        self._touched.update(self._members)
        self._members = {}
        for row in rows:
            self._count(row, +1)
        self._record(now)

    def change(self, before: Row | None, after: Row | None, now: float) -> None:
        """A row of the table has changed."""
        if before is not None and after is not None:
            for header in self._headers:
                if before.get(header) != after.get(header):
                    break
            else:
                return
        if before is not None:
            self._count(before, -1)
        if after is not None:
            self._count(after, +1)
        self._record(now)

    def take_over(self, before: Peak) -> None:
        """Go on where an earlier one of the same series ends."""
        self._members, self._current, self._past = before._members, before._current, before._past
        self._firsts, self._turned_away = before._firsts, before._turned_away
        self.refused = before.refused
        for labels in self._stay:
            self._current.setdefault(labels, 0.0)

    def _count(self, row: Row, step: int) -> None:
        family = self.family
        labels = self._label_sets(row)
        if labels is None:
            return
        labels = self._firsts(labels)
        members = self._members.setdefault(labels, Counter())
        member = row.get(family.distinct.lower()) if family.distinct else None
        members[member] += step
        if members[member] <= 0:
            del members[member]
        if not members:
            del self._members[labels]
        self._touched.add(labels)

    def _record(self, now: float) -> None:
        for labels in self._touched:
            members = self._members.get(labels, Counter())
            value = float(len(members) if self.family.distinct else members[None])
            if not value:
                self._turned_away.discard(labels)
            if labels not in self._current and not (value and self._room(labels, now)):
                continue
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

    def _room(self, labels: LabelValues, now: float) -> bool:
        """Whether a new label set may be followed."""
        if len(self._current) >= self._limit and now - self._looked >= LOOKED:
            self._forget(now)
        if len(self._current) < self._limit:
            self._turned_away.discard(labels)
            return True
        if labels not in self._turned_away:
            self._turned_away.add(labels)
            self.refused += 1
        return False

    def _forget(self, now: float) -> None:
        """Drop what was 0 for longer than the longest window."""
        self._looked = now
        for labels in [labels for labels, value in self._current.items() if not value]:
            past = self._past.get(labels)
            if past and past[-1][0] < now - self._longest:
                del self._past[labels]
                past = None
            if not past and labels not in self._stay:
                del self._current[labels]

    def read(self, now: float) -> dict[LabelValues, float]:
        """The peaks within each window, label `window` last."""
        self._forget(now)
        out: dict[LabelValues, float] = {}
        for labels, current in self._current.items():
            past = self._past.get(labels, ())
            for window, length in self.family.windows.items():
                highest = next((value for until, value in past if until >= now - length), 0.0)
                out[*labels, window] = max(current, highest)
        return out
