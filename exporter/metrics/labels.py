"""How the headers of a row become a label."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from exporter.metrics.readers import OneHeader, Row

OTHER = "other"


@dataclass(frozen=True)
class Text(OneHeader):
    """The header as it stands, or what `names` calls it; `default` when it is absent or empty.

    Of events, only the `most` first different values are told apart (0: all); the rest are `other`.
    """

    default: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    most: int = 0

    choices: tuple[str, ...] = field(default=(), init=False, repr=False)

    def label(self, row: Row) -> str | None:
        """The header's text."""
        value = row.get(self.key)
        if value is None or value == "":
            return self.default
        text = str(value)
        return self.names.get(text, text)


@dataclass(frozen=True)
class Choice(OneHeader):
    """The header translated by a closed dictionary; anything else is `other`."""

    names: Mapping[str, str]
    other: str = OTHER
    default: str | None = None  # when the header is absent

    most: int = field(default=0, init=False, repr=False)

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """All values it can give."""
        every = (*self.names.values(), self.other, self.default)
        return tuple(dict.fromkeys(name for name in every if name is not None))

    def label(self, row: Row) -> str | None:
        """The translated header."""
        value = row.get(self.key)
        if value is None:
            return self.default
        return self.names.get(str(value), self.other)


@dataclass(frozen=True)
class Part(OneHeader):
    """What the first group of a regular expression finds in the header, then like Choice.

    Without `names` the part itself is the label.
    """

    pattern: str
    names: Mapping[str, str] | None = None
    other: str = OTHER

    most: int = field(default=0, init=False, repr=False)

    @cached_property
    def _find(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """All values it can give, if there is a dictionary."""
        return tuple(dict.fromkeys((*self.names.values(), self.other))) if self.names else ()

    def label(self, row: Row) -> str | None:
        """The part found."""
        value = row.get(self.key)
        if value is None:
            return None
        match = self._find.match(str(value))
        if not match:
            return self.other
        return self.names.get(match[1], self.other) if self.names else match[1]


@dataclass(frozen=True)
class FirstMatch(OneHeader):
    """The name of the first regular expression that the whole header matches, else `other` (None: no label).

    `cut` is a regular expression for an end that does not count, such as the suffix of a channel.
    """

    cases: tuple[tuple[str, str], ...]  # pattern, name
    other: str | None = OTHER
    cut: str = ""

    most: int = field(default=0, init=False, repr=False)

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(f"(?:{pattern})(?:{self.cut})"), name) for pattern, name in self.cases)

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """All values it can give."""
        every = (*(name for _, name in self.cases), self.other)
        return tuple(dict.fromkeys(name for name in every if name is not None))

    def label(self, row: Row) -> str | None:
        """The first name that fits; an absent header is an empty one."""
        value = str(row.get(self.key, ""))
        return next((name for pattern, name in self._patterns if pattern.fullmatch(value)), self.other)
