"""Readers that make one header of another, so that lists and events name a thing alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.metrics.readers import OneHeader, Row


@dataclass(frozen=True)
class Made(OneHeader):
    """What these readers have in common: their values are no closed set."""

    choices: tuple[str, ...] = field(default=(), init=False, repr=False)
    most: int = field(default=0, init=False, repr=False)


@dataclass(frozen=True)
class Named(Made):
    """The header with something before it."""

    before: str

    def label(self, row: Row) -> str | None:
        """The longer name."""
        value = row.get(self.key)
        return f"{self.before}{value}" if value else None


@dataclass(frozen=True)
class IfThere(Made):
    """The header, if another one is not empty."""

    other: str

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, self.other)

    def label(self, row: Row) -> str | None:
        """The header's text."""
        return str(row.get(self.key, "")) if row.get(self.other.lower()) else None


@dataclass(frozen=True)
class Between(Made):
    """Two headers with something between them."""

    between: str
    other: str

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, self.other)

    def label(self, row: Row) -> str | None:
        """Both."""
        one, other = row.get(self.key), row.get(self.other.lower())
        return f"{one}{self.between}{other}" if one and other else None
