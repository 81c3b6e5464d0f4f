"""Samples as two columns, label sets and numbers: most families never need to look one up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias, cast, overload

LabelValues: TypeAlias = tuple[str, ...]

_NUMBER = "(?:[1-9][0-9]{0,5}+|0)"  # from a million on it would be written with an exponent
_NUMBERS = re.compile(rf"(?:{_NUMBER}\n)*+{_NUMBER}")


class Whole(Sequence[float]):
    """Whole numbers below a million that came as texts, read when asked."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    @classmethod
    def of(cls, values: list[str | float]) -> Whole | None:
        """These, if all are such texts; written as Asterisk writes a number, without zeros in front."""
        try:
            joined = "\n".join(cast(list[str], values))
        except TypeError:  # some are numbers already
            return None
        whole = _NUMBERS.fullmatch(joined) and joined.count("\n") == len(values) - 1
        return cls(cast(list[str], values)) if whole else None

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> Whole: ...
    def __getitem__(self, index: int | slice) -> float | Whole:
        return Whole(self.texts[index]) if isinstance(index, slice) else float(self.texts[index])

    def __iter__(self) -> Iterator[float]:
        return map(float, self.texts)

    def __len__(self) -> int:
        return len(self.texts)


class Columns(Mapping[LabelValues, float]):
    """The numbers of label sets that are all different, in their order.

    The list of label sets is the same object as long as nothing has changed in it.
    """

    def __init__(self, labels: Sequence[LabelValues], numbers: Sequence[float]) -> None:
        self.labels = labels
        self.numbers = numbers

    @cached_property
    def _found(self) -> dict[LabelValues, float]:
        return dict(zip(self.labels, self.numbers, strict=True))

    def __getitem__(self, labels: LabelValues) -> float:
        return self._found[labels]

    def __iter__(self) -> Iterator[LabelValues]:
        return iter(self.labels)

    def __len__(self) -> int:
        return len(self.labels)


def columns(values: Mapping[LabelValues, float]) -> tuple[Sequence[LabelValues], Sequence[float]]:
    """The label sets of samples, and their numbers."""
    if isinstance(values, Columns):
        return values.labels, values.numbers
    return list(values), list(values.values())
