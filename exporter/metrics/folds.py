"""Folds: machines that make one row of several events, such as a call of its beginning and its end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from exporter.metrics.readers import Row

if TYPE_CHECKING:
    from exporter.metrics.sources import Table

Told: TypeAlias = tuple[str, Row]


class Machine:
    """What a fold remembers of one server. It has no clock and does no IO: times (Unix, s) are given.

    Whatever it remembers is bounded. Every method but `rows` and `forget` returns what is now known, as
    pairs of a name, which `Folded` refers to, and a row.
    """

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:
        """An event came; names of headers are in lower case."""
        raise NotImplementedError

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterable[Told]:
        """A list was read: the rows that a table has now, also those that live events made."""
        return ()

    def tick(self, now: float) -> Iterable[Told]:
        """About a second is over."""
        return ()

    def rows(self, what: str) -> Iterable[Row]:
        """What has begun and not ended, for `Open`."""
        return ()

    def forget(self) -> None:
        """The session is over: how what is open goes on nobody sees."""


@dataclass(frozen=True)
class Seed:
    """A table that tells a fold what there was before its first event, and the headers that it reads."""

    table: Table
    headers: tuple[str, ...]


@dataclass(frozen=True)
class Fold:
    """Declares a fold: the events that it takes, the headers that it reads of them, how it is made, and
    the tables that it is told of."""

    name: str
    events: tuple[str, ...]
    reads: tuple[str, ...]
    make: Callable[[], Machine] = field(repr=False)
    seeds: tuple[Seed, ...] = ()

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True)
class Folded:
    """The rows of one name that a fold gives as they happen; added up like events."""

    fold: Fold
    what: str


@dataclass(frozen=True)
class Open:
    """The rows of one name that a fold holds now."""

    fold: Fold
    what: str
