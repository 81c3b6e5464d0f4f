"""Numbers that stand in no header: what a word means, what lies between two headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from exporter.metrics.numbers import Number
from exporter.metrics.readers import OneHeader, Row


@dataclass(frozen=True)
class Code(OneHeader):
    """The number that a dictionary has for the header's text; `other` for another text, None: no sample."""

    names: Mapping[str, float]
    other: float | None = None

    ages: bool = field(default=False, init=False, repr=False)

    def number(self, row: Row, now: float) -> float | None:
        """The number. An absent header has none."""
        value = row.get(self.key)
        return None if value is None else self.names.get(str(value), self.other)


@dataclass(frozen=True)
class Difference(OneHeader):
    """The header as a number, less that of another header, plus `offset`."""

    less: str
    offset: float = 0.0

    ages: bool = field(default=False, init=False, repr=False)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, self.less)

    @cached_property
    def _numbers(self) -> tuple[Number, Number]:
        return Number(self.header, offset=self.offset), Number(self.less)

    def number(self, row: Row, now: float) -> float | None:
        """The difference; None if one of the two is absent."""
        one, other = (number.number(row, now) for number in self._numbers)
        return None if one is None or other is None else one - other
