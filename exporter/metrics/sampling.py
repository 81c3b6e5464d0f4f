"""Rows to samples: label sets and their values, by what a family declares."""

from __future__ import annotations

import itertools
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from exporter.metrics.columns import Columns, LabelValues
from exporter.metrics.families import Family
from exporter.metrics.labelsets import Firsts, LabelSets, choices_over, closed_choices, label_sets
from exporter.metrics.numbers import Number
from exporter.metrics.readers import NumberReader, Row, Unreadable

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
