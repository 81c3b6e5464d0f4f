"""Where rows come from: lists that are polled, events as they happen, and what we know ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Live:
    """An event that keeps a table fresh between lists.

    It creates, updates or removes the row of its key: it sets, it never adds or subtracts, so that
    the same event twice does no harm. A row takes over every header that the event has.
    """

    event: str
    does: Literal["create", "update", "remove"] = "update"
    rename: Mapping[str, str] = field(default_factory=dict, hash=False)  # the list's header: the event's
    sets: Mapping[str, str] = field(default_factory=dict, hash=False)  # what the event says by being there


@dataclass(frozen=True)
class Table:
    """Rows by key: replaced whole by a list, kept fresh by events.

    Args:
        name: what it is called in `asterisk_table_rows`.
        event: the list's event that is a row; empty: the response itself is the only row.
        key: the headers that tell rows apart.
        live: the events that keep it fresh.
        compared: headers that live events keep true; a list that says otherwise is a correction.
        kept: headers that only events set; they survive a list as long as their row does.
    """

    name: str
    event: str = ""
    key: tuple[str, ...] = ()
    live: tuple[Live, ...] = ()
    compared: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Poll:
    """An action that is sent again and again, and the tables that its answer fills.

    `every` (s) is for what changes more seldom than its collector's interval.
    """

    action: str
    fills: tuple[Table, ...]
    params: tuple[tuple[str, str], ...] = ()
    every: float | None = None

    @property
    def question(self) -> str:
        """What is asked, for people: two polls that ask the same are asked once."""
        return " ".join((self.action, *(f"{name}={value}" for name, value in self.params)))


@dataclass(frozen=True, init=False)
class Events:
    """Events as they happen; their sums live as long as the exporter does."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True)
class Facts:
    """What the exporter knows of its own work with one server: rows of a name."""

    name: str


@dataclass(frozen=True)
class Happenings:
    """Single happenings of the exporter's own work, added up like events."""

    name: str


Source: TypeAlias = Table | Events | Facts | Happenings
