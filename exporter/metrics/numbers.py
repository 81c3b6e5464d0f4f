"""How the headers of a row become a number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exporter.metrics.columns import Whole
from exporter.metrics.readers import AT, CLOCK, NumberReader, OneHeader, Row, Unreadable, Value

_NUMBER = re.compile(r" *-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})? *")
REMEMBERED = 32_768  # texts
_LONGEST = 20  # digits of a number
_LONGEST_PART = 9  # digits of hours, minutes or seconds
_TRUE = frozenset({"1", "yes", "true", "on", "y", "t"})
_FALSE = frozenset({"0", "no", "false", "off", "n", "f"})


class _Texts(dict[Value, float]):
    """Texts of numbers as numbers. Most are small and whole, or were read before."""

    def __missing__(self, value: Value) -> float:
        if isinstance(value, float):
            return value
        whole = len(value) <= _LONGEST and value.isascii() and value.isdigit()
        if not whole and not _NUMBER.fullmatch(value):
            raise Unreadable(value)
        if len(self) >= REMEMBERED:
            self.clear()
        number = self[value] = float(value)
        return number


_TEXTS = _Texts()


@dataclass(frozen=True)
class Number(OneHeader):
    """The header as a number, times `scale`, plus `offset`; with `zero=False` a 0 means "none": no sample."""

    scale: float = 1.0
    zero: bool = True
    offset: float = 0.0

    ages: bool = field(default=False, init=False, repr=False)

    def number(self, row: Row, now: float) -> float | None:
        """The number. An empty header is an absent one."""
        value = row.get(self.key)
        if value is None or value == "":
            return None
        try:
            value = _TEXTS[value]
        except Unreadable:
            raise Unreadable(f"{self.header}: {str(value)[:40]!r} is not a number") from None
        if value == 0 and not self.zero:
            return None
        return value * self.scale + self.offset

    def column(self, rows: Iterable[Row]) -> Sequence[float] | None:
        """The numbers of many rows; None if they have to be looked at one by one."""
        if not self.zero or (self.scale, self.offset) != (1.0, 0.0):
            return None
        key = self.key
        try:
            values = [row[key] for row in rows]
            return Whole.of(values) or [_TEXTS[value] for value in values]
        except (KeyError, Unreadable):
            return None


@dataclass(frozen=True)
class Flag(OneHeader):
    """1 for a header that says yes (yes, true, on, 1), 0 for one that says no."""

    ages: bool = field(default=False, init=False, repr=False)

    def number(self, row: Row, now: float) -> float | None:
        """1 or 0. An empty header is an absent one."""
        value = row.get(self.key)
        if value is None or value == "":
            return None
        word = str(value).strip().lower()
        if word not in _TRUE | _FALSE:
            raise Unreadable(f"{self.header}: {str(value)[:40]!r} is neither yes nor no")
        return float(word in _TRUE)


@dataclass(frozen=True)
class Seconds(OneHeader):
    """The header as a duration, ``hh:mm:ss`` or a number of seconds."""

    ages: bool = field(default=False, init=False, repr=False)

    def number(self, row: Row, now: float) -> float | None:
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


@dataclass(frozen=True)
class Since(Number):
    """The time from the header, which is Unix time by the clock of the PBX, until now."""

    ages: bool = field(default=True, init=False, repr=False)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, AT, CLOCK)

    def number(self, row: Row, now: float) -> float | None:
        """The time (s)."""
        then, at, clock = super().number(row, now), row.get(AT), row.get(CLOCK)
        if then is None or at is None or clock is None:
            return None
        return max(0.0, float(clock) - then + now - float(at))


@dataclass(frozen=True)
class Exceeds:
    """1 if a number is larger than another, 0 if not."""

    one: NumberReader
    other: NumberReader

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (*self.one.headers, *self.other.headers)

    @property
    def ages(self) -> bool:
        """Whether it changes while the row does not."""
        return self.one.ages or self.other.ages

    def number(self, row: Row, now: float) -> float | None:
        """1 or 0; None if one of them is absent."""
        one, other = self.one.number(row, now), self.other.number(row, now)
        return None if one is None or other is None else float(one > other)


@dataclass(frozen=True)
class Case(OneHeader):
    """What another reader reads, chosen by the header's text; None for a text that has none."""

    readers: Mapping[str, NumberReader]

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, *(header for reader in self.readers.values() for header in reader.headers))

    @property
    def ages(self) -> bool:
        """Whether it changes while the row does not."""
        return any(reader.ages for reader in self.readers.values())

    def number(self, row: Row, now: float) -> float | None:
        """The number of the reader that the text has."""
        reader = self.readers.get(str(row.get(self.key, "")))
        return reader.number(row, now) if reader else None
