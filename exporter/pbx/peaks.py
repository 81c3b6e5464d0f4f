"""The largest number at one time within the last minutes: what a scrape in between cannot see."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from exporter.metrics.columns import LabelValues
from exporter.metrics.families import Family
from exporter.metrics.labelsets import Firsts, LabelSets, closed_choices, label_sets
from exporter.metrics.readers import Row

LOOKED = 1.0  # s between two looks for what can be forgotten
_NOBODY: Mapping[object, int] = {}


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
        self._firsts = Firsts(family)
        self._distinct = (family.distinct or "").lower()
        self._members: dict[LabelValues, dict[object, int]] = {}  # of label sets that have rows
        self._current: dict[LabelValues, int] = {}
        self._past: dict[LabelValues, deque[tuple[float, int]]] = {}  # (lasted until, value)
        self._turned_away: set[LabelValues] = set()  # label sets that have rows and found no room
        self._looked = 0.0
        self._stay: frozenset[LabelValues] = frozenset()
        if family.zeros == "closed" or not family.labels:
            sets, self.refused = label_sets(closed_choices(family), self._limit)
            self._stay = frozenset(sets)
            self._current = dict.fromkeys(self._stay, 0)

    def reset(self, rows: Iterable[Row], now: float) -> None:
        """Count anew: a list has replaced the rows."""
        touched = set(self._members)
        self._members = {}
        for row in rows:
            if (labels := self._labelled(row)) is not None:
                self._count(labels, row, +1)
                touched.add(labels)
        for labels in touched:
            self._record(labels, now)

    def change(self, before: Row | None, after: Row | None, now: float) -> None:
        """A row of the table has come or gone, or changed in what the family reads."""
        left = None if before is None else self._labelled(before)
        joined = None if after is None else self._labelled(after)
        if left is not None and before is not None:
            self._count(left, before, -1)
        if joined is not None and after is not None:
            self._count(joined, after, +1)
            self._record(joined, now)
        if left is not None and left != joined:
            self._record(left, now)

    def take_over(self, before: Peak) -> None:
        """Go on where an earlier one of the same series ends."""
        self._members, self._current, self._past = before._members, before._current, before._past
        self._firsts, self._turned_away = before._firsts, before._turned_away
        self.refused = before.refused
        for labels in self._stay:
            self._current.setdefault(labels, 0)

    def _labelled(self, row: Row) -> LabelValues | None:
        labels = self._label_sets(row)
        return self._firsts(labels) if labels is not None and self._firsts.bounded else labels

    def _count(self, labels: LabelValues, row: Row, step: int) -> None:
        """Let a row count once more or once less."""
        if (members := self._members.get(labels)) is None:
            members = self._members[labels] = {}
        member = row.get(self._distinct)  # without it all rows are the same one
        if (count := members.get(member, 0) + step) > 0:
            members[member] = count
        else:
            members.pop(member, None)
            if not members:
                del self._members[labels]

    def _record(self, labels: LabelValues, now: float) -> None:
        members = self._members.get(labels, _NOBODY)
        value = len(members) if self._distinct else members.get(None, 0)
        if not value and self._turned_away:
            self._turned_away.discard(labels)
        before = self._current.get(labels)
        if value == before or (before is None and not (value and self._room(labels, now))):
            return
        self._current[labels] = value
        if before is not None and value < before:
            past = self._past.setdefault(labels, deque())
            while past and past[-1][1] <= before:
                past.pop()
            past.append((now, before))
            while past[0][0] < now - self._longest:
                past.popleft()

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
                highest = next((value for until, value in past if until >= now - length), 0)
                out[*labels, window] = float(max(current, highest))
        return out
