"""Where rows come from: lists that are polled, events as they happen, and what we know ourselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from exporter.metrics.folds import Folded, Open
from exporter.metrics.readers import Condition, LabelReader, Row, Value


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
    where: Condition | None = None  # which events of that name count


@dataclass(frozen=True)
class Table:
    """Rows by key: replaced whole by a list, kept fresh by events.

    Args:
        name: what it is called in `asterisk_table_rows`.
        event: the list's event that is a row; empty: the response itself is the only row.
        lines: a regular expression instead; each line of a show command whose beginning it matches is a row,
            whose headers are its named groups.
        key: the headers that tell rows apart; none: there is one row at the most.
        rename: names that headers have here, and what the list calls them.
        reads: headers that are made of a list's item, by what reads them of it.
        where: which rows are kept at all.
        live: the events that keep it fresh.
        compared: headers that live events keep true; a list that says otherwise is a correction.
        kept: headers that only events set; they survive a list as long as their row does.
        slack: how far a list and the events can be apart (s). A list can be ahead of the events: what
            one of these settles within this time was no mistake. It can be behind them as well: what
            an event made or removed so shortly before is not the list's to judge.
    """

    name: str
    event: str = ""
    lines: str = ""
    key: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict, hash=False)
    reads: Mapping[str, LabelReader] = field(default_factory=dict, hash=False)
    where: Condition | None = None
    live: tuple[Live, ...] = ()
    compared: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    slack: float = 2.0

    def __hash__(self) -> int:
        return hash((self.name, self.event))  # it is looked up all the time; few differ in the rest alone


@dataclass(frozen=True)
class Each:
    """One question for each thing: its name goes into the parameter `param`.

    The names are fixed, or those in a header of another table's rows: the header itself, or all that
    the expression `find` finds in it. `forms` are what is asked of each, `{}` being its name.
    """

    param: str
    names: tuple[str, ...] = ()
    of: Table | None = None
    header: str = ""
    find: str = ""
    forms: tuple[str, ...] = ("{}",)

    def asked(self, rows: Iterable[Row]) -> list[str]:
        """What goes into the parameter, question by question; `rows` are those of the table."""
        names: list[str] = list(self.names)
        for row in rows if self.of else ():
            value = str(row.get(self.header.lower(), ""))
            names += re.findall(self.find, value) if self.find else [value] * bool(value)
        return [form.format(name) for name in dict.fromkeys(names) for form in self.forms]


@dataclass(frozen=True)
class Poll:
    """An action that is sent again and again, and the tables that its answer fills.

    With `each` it is asked once for each thing, and all the answers together fill the tables. A row
    also has the parameters that were asked with, where the answer has no header of that name.
    `every` (s) is for what changes more seldom than its collector's interval.

    A poll `instead_of` another is asked only where our user may not ask the other. It fills the tables
    of the same names, which it declares as its own list tells them. Without an `optional` one the
    collector still counts as supported.
    """

    action: str
    fills: tuple[Table, ...]
    params: tuple[tuple[str, str], ...] = ()
    each: Each | None = None
    every: float | None = None
    instead_of: Poll | None = None
    optional: bool = False

    def __hash__(self) -> int:
        return hash((self.action, self.params))

    @property
    def question(self) -> str:
        """What is asked, for people: two polls that ask the same are asked once."""
        words = [self.action, *(f"{name}={value}" for name, value in self.params)]
        if self.each:
            names = ",".join(self.each.names) or "*"
            words.append(f"{self.each.param}={self.each.of.name if self.each.of else names}")
            if self.each.forms != ("{}",):
                words.append(" ".join(self.each.forms))
        if self.instead_of:
            words.append(f"instead of {self.instead_of.question}")
        return " ".join(words)


@dataclass(frozen=True)
class Joined:
    """The rows of a table, each with the headers of the row in `other` that it belongs to.

    A row belongs where the headers of `other`'s key say. Its own headers win; without such a row it
    stands alone.
    """

    table: Table
    other: Table


@dataclass(frozen=True)
class Derived:
    """Rows that are made of whole tables: what no row of them can say alone.

    Args:
        of: the tables, each with the headers that are read of its rows.
        make: is called with the rows of each table, in that order. Equal ones make the same rows.
        some: it does without tables that Asterisk, or our user's rights, do not give: `make` gets no rows of
            these. Those that can be had must be known, as ever.
    """

    of: tuple[tuple[Table, tuple[str, ...]], ...]
    make: Callable[..., Iterable[Row]]
    some: bool = False


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


@dataclass(frozen=True)
class Fixed:
    """Rows that the configuration gives: each a tuple of headers (in lower case) and values."""

    rows: tuple[tuple[tuple[str, Value], ...], ...]


Source: TypeAlias = Table | Joined | Derived | Events | Folded | Open | Facts | Fixed | Happenings


def tables_of(source: Source) -> tuple[Table, ...]:
    """The tables whose rows a source reads."""
    match source:
        case Table():
            return (source,)
        case Joined():
            return (source.table, source.other)
        case Derived():
            return tuple(table for table, _ in source.of)
    return ()
