"""Rows to samples: label sets and their values, by what a family declares."""

from __future__ import annotations

import itertools
import math
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from exporter.metrics.columns import Columns, LabelValues
from exporter.metrics.families import Family
from exporter.metrics.labels import OTHER
from exporter.metrics.numbers import Number
from exporter.metrics.readers import NumberReader, Row, Unreadable, Value

REMEMBERED = 1024  # label sets of events, of each family

Exemplar: TypeAlias = tuple[str, float, float]  # the example's name, its value, when (Unix time, s)


@dataclass(slots=True)
class Distribution:
    """What a histogram holds for one label set: how many fell into each bucket (the last has no
    upper bound), the sum of all values, and the last example of each bucket that has one."""

    counts: list[int]
    total: float = 0.0
    exemplars: dict[int, Exemplar] = field(default_factory=dict)

    def add(self, value: float, buckets: tuple[float, ...], example: str = "", now: float = 0.0) -> None:
        """Count a value, of an example that has a name if it is not empty."""
        index = bisect_left(buckets, value)
        self.counts[index] += 1
        self.total += value
        if example:
            self.exemplars[index] = (example, value, now)


@dataclass(slots=True)
class Samples:
    """The samples of one family and server: label values without `server`, and what they are."""

    values: Mapping[LabelValues, float] = field(default_factory=dict)
    refused: int = 0  # rows whose label set another row has already, of a value that cannot be added; zeros
    unreadable: int = 0


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
        headers = [header for reader in family.labels.values() for header in reader.headers]
        headers += family.where.headers if family.where is not None else ()
        self._headers = tuple(dict.fromkeys(header.lower() for header in headers))
        self._known: dict[tuple[Value | None, ...], LabelValues | None] = {}
        self._of: object = None  # what the last rows were called
        self._columns: list[list[Value | None]] = []  # of them, by header
        self._sets: list[LabelValues | None] = []  # and what they say
        self.apart = True  # whether each of them has labels, and no two the same

    def __call__(self, row: Row) -> LabelValues | None:
        """As `label_values`."""
        key = tuple(map(row.get, self._headers))
        try:
            return self._known[key]
        except KeyError:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            labels = self._known[key] = self._make(key)
            return labels

    def of(self, rows: Sequence[Row], version: object = None) -> list[LabelValues | None]:
        """Likewise for the rows of a table; the same list as long as they say the same.

        Mostly only their numbers are others than last time: not to make the labels anew is half of a
        page's time, not even to look is a quarter.

        Args:
            version: what differs when the headers do that are read for labels; None: nobody has watched.
        """
        if version is not None and version == self._of:
            return self._sets
        self._of = version
        columns = [[row.get(header) for row in rows] for header in self._headers]
        if columns != self._columns or len(rows) != len(self._sets):
            known = dict(zip(zip(*self._columns, strict=True), self._sets, strict=False))
            keys = zip(*columns, strict=True) if columns else [()] * len(rows)
            self._sets = [known[key] if key in known else self._make(key) for key in keys]
            different = set(self._sets)
            self.apart = len(different) == len(self._sets) and None not in different
        self._columns = columns
        return self._sets

    def _make(self, key: tuple[Value | None, ...]) -> LabelValues | None:
        known = zip(self._headers, key, strict=True)
        return label_values(
            self._family, {header: value for header, value in known if value is not None}, self._length
        )


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


def sample(
    family: Family,
    rows: Iterable[Row],
    now: float,
    length: int,
    over: Collection[Row] = (),
    firsts: Firsts | None = None,
    limit: int = sys.maxsize,
    label_sets_of: LabelSets | None = None,
    labelled: object = None,
) -> Samples:
    """What the rows say, by the family's declaration.

    Args:
        over: the rows of the table that the family is over.
        firsts: what was told apart before, if labels are bounded.
        now: Unix time (s).
        length: bytes that a label's value may have.
        limit: how many zeros there may be; those beyond are refused.
        label_sets_of: what knows the label sets of the last rows.
        labelled: what differs when label sets may do; None: nobody has watched.
    """
    out = Samples()
    firsts = firsts or Firsts(family)
    rows = list(rows)
    complete = (family.complete or "").lower()
    if complete and not all(complete in row for row in rows):  # whether it counts is just what is not known
        return out
    known = label_sets_of or LabelSets(family, length)
    sets = known.of(rows, labelled)
    alone = known.apart and not firsts.bounded
    if firsts.bounded:
        sets = [None if labels is None else firsts(labels) for labels in sets]
    if alone and (numbers := _column(family, rows)) is not None:
        out.values = Columns(cast(list[LabelValues], sets), numbers)
    else:
        out.values = _values(family, out, sets, rows, now)
    if over or family.zeros == "closed":
        out.values = values = dict(out.values)
        zeros = [closed_choices(family)] if family.zeros == "closed" else []
        for choices in itertools.chain((choices_over(family, row, length) for row in over), zeros):
            if choices is not None:
                zero, more = label_sets(choices, limit)
                for labels in zero:
                    values.setdefault(firsts(labels), 0.0)
                    limit -= 1
                out.refused += more
    return out


def _column(family: Family, rows: Iterable[Row]) -> Sequence[float] | None:
    """The numbers of rows that are apart: with them, a page needs a quarter less."""
    reader = family.value
    return reader.column(rows) if type(reader) is Number and not family.distinct else None


def _values(
    family: Family, out: Samples, sets: Sequence[LabelValues | None], rows: Sequence[Row], now: float
) -> dict[LabelValues, float]:
    values: dict[LabelValues, float] = {}
    if family.kind == "states":
        for labels in sets:
            if labels is not None and not _put_state(family, values, labels):
                out.refused += 1  # another row of the same labels was first
    elif family.value is not None and not family.distinct:
        _put_numbers(family, out, values, zip(sets, rows, strict=True), now)
    elif family.kind == "info":
        values.update(dict.fromkeys([labels for labels in sets if labels is not None], 1.0))
    else:
        _count(family, values, sets, rows)
    return values


def _put_state(family: Family, values: dict[LabelValues, float], labels: LabelValues) -> bool:
    """The thing is in the last label's state, and in no other; False if it has one already."""
    thing, state = labels[:-1], labels[-1]
    choices = family.labels["state"].choices
    if (*thing, choices[0]) in values:
        return False
    for choice in choices:
        values[*thing, choice] = float(choice == state)
    return True


def _count(
    family: Family,
    values: dict[LabelValues, float],
    sets: Iterable[LabelValues | None],
    rows: Iterable[Row],
) -> None:
    """How many rows have each label set, or how many different values of a header they have."""
    if family.distinct:
        header = family.distinct.lower()
        found = dict.fromkeys(zip(sets, (row.get(header) for row in rows), strict=True))
        sets = [labels for labels, _ in found]
    if not family.labels:
        values[()] = 0.0
    for labels, count in Counter(sets).items():
        if labels is not None:
            values[labels] = float(count)


def _put_numbers(
    family: Family,
    out: Samples,
    values: dict[LabelValues, float],
    rows: Iterable[tuple[LabelValues | None, Row]],
    now: float,
) -> None:
    """The numbers that rows have; of equal labels the first, the sum or the largest, as declared."""
    reader = cast(NumberReader, family.value)
    for labels, row in rows:
        if labels is None:
            continue
        try:
            value = reader.number(row, now)
        except Unreadable:
            out.unreadable += 1
            continue
        if value is None:
            continue
        before = values.get(labels)
        if before is None:
            values[labels] = value
        elif family.take == "sum":
            values[labels] = before + value
        elif family.take == "max":
            values[labels] = max(before, value)
        else:
            out.refused += 1
