"""Rows to samples: label sets and their values, by what a family declares."""

from __future__ import annotations

import itertools
import math
import sys
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from exporter.metrics.families import Family
from exporter.metrics.labels import OTHER
from exporter.metrics.readers import Row, Unreadable

LabelValues: TypeAlias = tuple[str, ...]


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

    values: dict[LabelValues, float] = field(default_factory=dict)
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


Choices: TypeAlias = Sequence[tuple[str, ...]]  # what each label can be


class Firsts:
    """Tells apart only the first different values of labels that are bounded so; the rest are `other`.

    Args:
        known: label sets that were told apart before, in their order.
    """

    def __init__(self, family: Family, known: Iterable[LabelValues] = ()) -> None:
        most = [reader.most for reader in family.labels.values()]
        self._bounded = tuple((index, bound, set[str]()) for index, bound in enumerate(most) if bound)
        for labels in known if self._bounded else ():
            self(labels)

    def __call__(self, labels: LabelValues) -> LabelValues:
        """The labels as they are told."""
        if not self._bounded:
            return labels
        values = list(labels)
        for index, most, seen in self._bounded:
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
    over: Iterable[Row] = (),
    firsts: Firsts | None = None,
    limit: int = sys.maxsize,
) -> Samples:
    """What the rows say, by the family's declaration.

    Args:
        over: the rows of the table that the family is over.
        firsts: what was told apart before, if labels are bounded.
        now: Unix time (s).
        length: bytes that a label's value may have.
        limit: how many zeros there may be; those beyond are refused.
    """
    out = Samples()
    values = out.values
    firsts = firsts or Firsts(family)
    if not family.labels and family.value is None and family.kind != "info":
        values[()] = 0.0
    distinct: dict[LabelValues, set[object]] = {}
    known = (family.complete or "").lower()
    for row in rows:
        if known and known not in row:  # whether it counts is just what is not known
            return Samples()
        labels = label_values(family, row, length)
        if labels is None:
            continue
        labels = firsts(labels)
        if family.distinct:
            distinct.setdefault(labels, set()).add(row.get(family.distinct.lower()))
            continue
        if family.value is None:
            value: float | None = 1.0
        else:
            try:
                value = family.value.number(row, now)
            except Unreadable:
                out.unreadable += 1
                continue
        if value is None:
            continue
        if family.kind == "states":
            _put_state(family, out, labels)
        else:
            _take(family, out, labels, value)
    for labels, different in distinct.items():
        values[labels] = float(len(different))
    zeros = [closed_choices(family)] if family.zeros == "closed" else []
    for choices in itertools.chain((choices_over(family, row, length) for row in over), zeros):
        if choices is not None:
            sets, more = label_sets(choices, limit)
            for labels in sets:
                values.setdefault(firsts(labels), 0.0)
                limit -= 1
            out.refused += more
    return out


def _put_state(family: Family, out: Samples, labels: LabelValues) -> None:
    """The thing is in the last label's state, and in no other."""
    thing, state = labels[:-1], labels[-1]
    choices = family.labels["state"].choices
    if (*thing, choices[0]) in out.values:
        out.refused += 1  # another row of the same labels was first
        return
    for choice in choices:
        out.values[*thing, choice] = float(choice == state)


def _take(family: Family, out: Samples, labels: LabelValues, value: float) -> None:
    before = out.values.get(labels)
    if before is None:
        out.values[labels] = value
    elif family.kind == "info":
        return
    elif family.value is None or family.take == "sum":
        out.values[labels] = before + value
    elif family.take == "max":
        out.values[labels] = max(before, value)
    else:
        out.refused += 1
