"""The label sets of rows: their values, made anew only when rows say something else, and their bounds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from exporter.metrics.columns import LabelValues
from exporter.metrics.families import Family
from exporter.metrics.labels import OTHER
from exporter.metrics.readers import Row, Value

Key: TypeAlias = tuple[Value | None, ...]
REMEMBERED = 1024  # label sets of events, of each family
LONGEST = 1024  # characters of all that such a set is made of: a flood of long texts must not be kept


def clean(text: str, length: int) -> str:
    """A text that is fit to be a label's value: valid Unicode, no control characters, not too long.

    What cannot stand is made visible as ``\\xNN``; `length` is in bytes of UTF-8.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() or c == " " else f"\\x{ord(c):02x}" for c in text)
    if len(text) * 4 > length:
        data = text.encode("utf-8", "replace")
        if len(data) > length:
            text = data[:length].decode("utf-8", "ignore")
    return text


def label_values(family: Family, row: Row, length: int) -> LabelValues | None:
    """The label values of a row; None if it does not count, or lacks a header that a label needs."""
    if family.where is not None and not family.where.holds(row):
        return None
    values = []
    for reader in family.labels.values():
        value = reader.label(row)
        if value is None:
            return None
        values.append(value if reader.choices else clean(value, length))
    return tuple(values)


class LabelSets:
    """The label values of a family's rows, not made anew for rows that say the same of them."""

    def __init__(self, family: Family, length: int) -> None:
        self._family = family
        self._length = length
        self._headers = family.label_headers
        self._known = _Known(self._make)  # by the values of these headers
        self._of: object = None  # what the last rows were called
        self._columns: list[list[Value | None]] = []  # of them, by header
        self._sets: list[LabelValues | None] = []  # and what they say
        self.apart = True  # whether each of them has labels, and no two the same

    def __call__(self, row: Row) -> LabelValues | None:
        """As `label_values`."""
        return self._known[tuple(map(row.get, self._headers))]

    def of(self, rows: Sequence[Row], version: object = None) -> list[LabelValues | None]:
        """Likewise for the rows of a table; the same list as long as they say the same.

        Mostly only their numbers are others than last time: not to make the labels anew is half of a
        page's time, not even to look is a quarter.

        Args:
            version: what differs when the headers do that are read for labels; None: nobody has watched.
        """
        if version is not None and version == self._of:
            return self._sets
        columns = [[row.get(header) for row in rows] for header in self._headers]
        if columns != self._columns or len(rows) != len(self._sets):
            known = dict(zip(zip(*self._columns, strict=True), self._sets, strict=False))
            keys = zip(*columns, strict=True) if columns else [()] * len(rows)
            self._sets = [known[key] if key in known else self._make(key) for key in keys]
            different = set(self._sets)
            self.apart = len(different) == len(self._sets) and None not in different
        self._columns, self._of = columns, version
        return self._sets

    def _make(self, key: Key) -> LabelValues | None:
        known = zip(self._headers, key, strict=True)
        return label_values(
            self._family, {header: value for header, value in known if value is not None}, self._length
        )


class _Known(dict[Key, LabelValues | None]):
    """Label values by what they are made of."""

    def __init__(self, make: Callable[[Key], LabelValues | None]) -> None:
        self._labels = make

    def __missing__(self, key: Key) -> LabelValues | None:
        labels = self._labels(key)
        if sum(len(value) for value in key if isinstance(value, str)) <= LONGEST:
            if len(self) >= REMEMBERED:
                self.clear()
            self[key] = labels
        return labels


Choices: TypeAlias = Sequence[tuple[str, ...]]  # what each label can be


class Firsts:
    """Tells apart only the first different values of labels that are bounded so; the rest are `other`.

    Args:
        known: label sets that were told apart before, in their order.
    """

    def __init__(self, family: Family, known: Iterable[LabelValues] = ()) -> None:
        most = [reader.most for reader in family.labels.values()]
        self.bounded = tuple((index, bound, set[str]()) for index, bound in enumerate(most) if bound)
        for labels in known if self.bounded else ():
            self(labels)

    def __call__(self, labels: LabelValues) -> LabelValues:
        """The labels as they are told."""
        if not self.bounded:
            return labels
        values = list(labels)
        for index, most, seen in self.bounded:
            if (value := values[index]) != OTHER and value not in seen:
                if len(seen) < most:
                    seen.add(value)
                else:
                    values[index] = OTHER
        return tuple(values)


def closed_choices(family: Family) -> Choices:
    """All values of each label, of closed ones."""
    return [reader.choices for reader in family.labels.values()]


def choices_over(family: Family, row: Row, length: int) -> Choices | None:
    """Likewise for a row of the table that the family is over: an open label has the row's value.

    None if the row lacks the header of one.
    """
    known: list[tuple[str, ...]] = []
    for reader in family.labels.values():
        if reader.choices:
            known.append(reader.choices)
        elif (value := reader.label(row)) is None:
            return None
        else:
            known.append((clean(value, length),))
    return known


def label_sets(choices: Choices, limit: int) -> tuple[Iterable[LabelValues], int]:
    """The first label sets of these values, and how many more there would be: they can be billions."""
    total = math.prod(map(len, choices))
    first = max(0, min(total, limit))
    return itertools.islice(itertools.product(*choices), first), total - first
