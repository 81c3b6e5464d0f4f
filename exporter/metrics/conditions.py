"""Which rows count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from exporter.metrics.readers import Condition, OneHeader, Row


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
    def _whole(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def holds(self, row: Row) -> bool:
        """Whether it does."""
        return self._whole.fullmatch(str(row.get(self.key, ""))) is not None


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
