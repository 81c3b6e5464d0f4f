"""Which rows count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from exporter.metrics.readers import Condition, OneHeader, Row, Value

_REMEMBERED = 1024  # texts that each expression was matched with
_LONGEST = 128  # characters of one


@dataclass(frozen=True)
class Is(OneHeader):
    """The header has one of these values."""

    values: tuple[str, ...]

    def holds(self, row: Row) -> bool:
        """Whether it has."""
        return row.get(self.key) in self.values


@dataclass(frozen=True)
class Matches(OneHeader):
    """The whole header matches a regular expression; an absent one is empty."""

    pattern: str

    @cached_property
    def _known(self) -> _Matching:
        return _Matching(self.pattern)

    def holds(self, row: Row) -> bool:
        """Whether it does."""
        return self._known[row.get(self.key, "")]


class _Matching(dict[Value, bool]):
    """Which texts a regular expression matches: those of devices, say, come again and again."""

    def __init__(self, pattern: str) -> None:
        self._fullmatch = re.compile(pattern).fullmatch

    def __missing__(self, value: Value) -> bool:
        matches = self._fullmatch(str(value)) is not None
        if len(self) >= _REMEMBERED:
            self.clear()
        if isinstance(value, str) and len(value) <= _LONGEST:
            self[value] = matches
        return matches


@dataclass(frozen=True)
class Not:
    """The condition does not hold."""

    condition: Condition

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return self.condition.headers

    def holds(self, row: Row) -> bool:
        """Whether it does not."""
        return not self.condition.holds(row)


@dataclass(frozen=True)
class All:
    """All of these conditions hold."""

    conditions: tuple[Condition, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return tuple(header for condition in self.conditions for header in condition.headers)

    def holds(self, row: Row) -> bool:
        """Whether they do."""
        return all(condition.holds(row) for condition in self.conditions)
