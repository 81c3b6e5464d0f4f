"""How the headers of a row become a label or a number, and which rows count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeAlias

# A row holds headers of an AMI message by their names in lower case, as they came. Headers that begin
# with "@" are ours: "@at" is when the row was read (Unix time, s).
Value: TypeAlias = str | float
Row: TypeAlias = Mapping[str, Value]

AT = "@at"
_NUMBER = re.compile(r" *-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})? *")
_LONGEST_PART = 9  # digits of hours, minutes or seconds


class Unreadable(ValueError):
    """A header is there, but is not what it should be."""


class LabelReader(Protocol):
    """Turns a row into a label's value; None: the row has none."""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""

    @property
    def choices(self) -> tuple[str, ...]:
        """All values it can give, if their set is closed; else empty."""

    def label(self, row: Row) -> str | None:
        """The label's value."""


class NumberReader(Protocol):
    """Turns a row into a number; None: this Asterisk does not send it. Raises Unreadable."""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""

    @property
    def ages(self) -> bool:
        """Whether the number changes while the row does not."""

    def number(self, row: Row, now: float) -> float | None:
        """The number; `now` is Unix time (s)."""


class Condition(Protocol):
    """Tells which rows count."""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""

    def holds(self, row: Row) -> bool:
        """Whether the row counts."""


@dataclass(frozen=True)
class _OneHeader:
    header: str

    @cached_property
    def key(self) -> str:
        """The header's name as rows have it."""
        return self.header.lower()

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header,)


# -- labels ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text(_OneHeader):
    """The header as it stands; `default` when it is absent or empty."""

    default: str | None = None

    choices: tuple[str, ...] = field(default=(), init=False, repr=False)

    def label(self, row: Row) -> str | None:
        """The header's text."""
        value = row.get(self.key)
        if value is None or value == "":
            return self.default
        return str(value)


@dataclass(frozen=True)
class Choice(_OneHeader):
    """The header translated by a closed dictionary; anything else is `other`."""

    names: Mapping[str, str]
    other: str = "other"
    default: str | None = None  # when the header is absent

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """All values it can give."""
        return tuple(dict.fromkeys((*self.names.values(), self.other)))

    def label(self, row: Row) -> str | None:
        """The translated header."""
        value = row.get(self.key)
        if value is None:
            return self.default
        return self.names.get(str(value), self.other)


@dataclass(frozen=True)
class Part(_OneHeader):
    """What the first group of a regular expression finds in the header, then like Choice.

    Without `names` the part itself is the label.
    """

    pattern: str
    names: Mapping[str, str] | None = None
    other: str = "other"

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


# -- numbers -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number(_OneHeader):
    """The header as a number, times `scale`; with `zero=False` a 0 means "none": no sample."""

    scale: float = 1.0
    zero: bool = True

    ages: bool = field(default=False, init=False, repr=False)

    def number(self, row: Row, now: float) -> float | None:  # noqa: ARG002
        """The number. An empty header is an absent one."""
        value = row.get(self.key)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            if not _NUMBER.fullmatch(value):
                raise Unreadable(f"{self.header}: {value[:40]!r} is not a number")
            value = float(value)
        if value == 0 and not self.zero:
            return None
        return value * self.scale if self.scale != 1.0 else value


@dataclass(frozen=True)
class Seconds(_OneHeader):
    """The header as a duration, ``hh:mm:ss`` or a number of seconds."""

    ages: bool = field(default=False, init=False, repr=False)

    def number(self, row: Row, now: float) -> float | None:  # noqa: ARG002
        """The duration (s)."""
        value = row.get(self.key)
        if value is None or value == "":
            return None
        if isinstance(value, float):
            return value
        parts = str(value).strip().split(":")
        if len(parts) > 3 or not all(
            part.isascii() and part.isdigit() and len(part) <= _LONGEST_PART for part in parts
        ):
            raise Unreadable(f"{self.header}: {str(value)[:40]!r} is not a duration")
        seconds = 0
        for part in parts:
            seconds = seconds * 60 + int(part)
        return float(seconds)


@dataclass(frozen=True)
class Age(Seconds):
    """How old the thing is now: the header's duration when it was read, and the time since."""

    ages: bool = field(default=True, init=False, repr=False)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, AT)

    def number(self, row: Row, now: float) -> float | None:
        """The age (s). What an event has just made has no duration yet: it began then."""
        at = row.get(AT)
        if at is None:
            return None
        return max(0.0, now - float(at) + (super().number(row, now) or 0.0))


# -- conditions --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Is:
    """The header has one of these values."""

    header: str
    values: tuple[str, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header,)

    def holds(self, row: Row) -> bool:
        """Whether it has."""
        return row.get(self.header.lower()) in self.values


@dataclass(frozen=True)
class Matches:
    """The whole header matches a regular expression; an absent one is empty."""

    header: str
    pattern: str

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @cached_property
    def _key(self) -> str:
        return self.header.lower()

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header,)

    def holds(self, row: Row) -> bool:
        """Whether it does."""
        return self._whole.fullmatch(str(row.get(self._key, ""))) is not None


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
