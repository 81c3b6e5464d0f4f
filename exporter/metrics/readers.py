"""What reads the headers of a row: for a label, for a number, to tell which rows count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias

# A row holds headers of an AMI message by their names in lower case, as they came. Headers that begin
# with "@" are ours: "@at" is when the row was read (Unix time, s).
Value: TypeAlias = str | float
Row: TypeAlias = Mapping[str, Value]

AT = "@at"
CLOCK = "@clock"  # the same moment by the clock of the PBX
ACCOUNT = "@account"  # as whom we are logged in


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

    @property
    def most(self) -> int:
        """How many different values of events it may give; those beyond are `other`. 0: no such bound."""

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
class OneHeader:
    """A reader of one header, named as Asterisk writes it."""

    header: str

    @cached_property
    def key(self) -> str:
        """The header's name as rows have it."""
        return self.header.lower()

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header,)
