"""The section `custom`, metrics of your own; a docstring here is the editor's help."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator

from exporter.config.custom_readers import LabelOrHeader, ValueOrHeader, Where
from exporter.config.custom_values import (
    HEADER,
    STRING,
    TABLE,
    Action,
    Buckets,
    Class,
    Command,
    EntryName,
    EventName,
    EventNames,
    Header,
    Headers,
    MetricName,
    OneOf,
    Or,
    Sentence,
    TableName,
    Windows,
    bare,
    listed,
    name,
    some,
)
from exporter.config.section import Section
from exporter.config.values import Interval, LabelName, Text
from exporter.metrics.custom import Entry
from exporter.metrics.options import Pattern


class LiveRule(Section):
    """An event that keeps a table fresh between lists: it sets or removes the row of its key."""

    event: EventName
    """The event's name."""
    does: Literal["create", "update", "remove"] = "update"
    """create: makes the row, or sets it; update: sets the row if there is one; remove: ends it."""
    rename: dict[Header, Header] | None = None
    """Headers that the event calls otherwise: the list's name, then the event's."""
    sets: dict[Header, str] | None = None
    """Headers that the event sets by being there."""
    where: Where | None = None
    """Which events count."""


class TableSection(Section):
    """Rows by key: those of a list, of the answer itself (neither event nor lines), or of lines."""

    event: Header | None = None
    """The event of the list that is a row."""
    lines: Pattern | None = None
    """A regular expression with named groups; each line of a show command that begins so is a row."""
    key: Headers | None = None
    """The headers that tell rows apart; none: one row at the most."""
    rename: dict[Header, Header] | None = None
    """Names that headers shall have here, and what the list calls them."""
    where: Where | None = None
    """Which rows are kept."""
    live: tuple[LiveRule, ...] | None = None
    """Events that keep it fresh."""
    compared: tuple[Header, ...] | None = None
    """Headers that live events keep true; a list that says otherwise is counted as a correction."""
    kept: tuple[Header, ...] | None = None
    """Headers that only events set; they survive a list as long as their row does."""

    @model_validator(mode="after")
    def _one_kind(self) -> TableSection:
        if self.event and self.lines:
            raise ValueError("a table has an event or lines, not both")
        if self.lines is not None and not re.compile(self.lines).groupindex:
            raise ValueError("lines needs named groups, such as (?P<count>[0-9]+)")
        return self


def _for_each(value: Any) -> Any:
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("expected one parameter and what it is asked for, as in {Mailbox: [6001, 6002]}")
    return value


def _things(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return value
    if isinstance(value, str) and re.fullmatch(rf"{TABLE.pattern}\.{HEADER.pattern}", value):
        return value
    raise ValueError("expected a list of names (numbers in quotes), or table.Header")


class PollSection(OneOf):
    """A question that is asked again and again."""

    kinds: ClassVar = {"action": "params for_each", "command": ""}
    common: ClassVar = "fills every"

    action: Action | None = None
    """One of the reading actions."""
    command: Command | None = None
    """One of the show commands that do no harm."""
    params: dict[Header, Text] | None = None
    """Parameters of the action."""
    for_each: (
        Annotated[
            dict[
                Header,
                Annotated[
                    Any,
                    BeforeValidator(_things),
                    WithJsonSchema({"type": ["string", "array"], "items": STRING}),
                ],
            ],
            BeforeValidator(_for_each),
        ]
        | None
    ) = None
    """Ask once for each: a parameter with a list of names, or with a header of a table: table.Header."""
    fills: Annotated[tuple[TableName, ...], BeforeValidator(listed), Or(STRING)] | None = None
    """The tables that the answer fills; by default all that it can fill."""
    every: Interval | None = None
    """Ask more seldom than the others."""


# -- metrics -----------------------------------------------------------------------------------


class SourceSection(OneOf):
    """Where rows come from; the name of a table alone is that table."""

    kinds: ClassVar = {"table": "joined where", "event": "where", "fold": "rows! where"}

    table: TableName | None = None
    """A table of this entry, or of a built-in collector."""
    joined: TableName | None = None
    """Another table: each row has the headers of the row that it belongs to there, by that table's key."""
    event: EventNames | None = None
    """An event, or several, as they happen."""
    fold: TableName | None = None
    """What a built-in collector makes of several events."""
    rows: TableName | None = None
    """Which of its rows."""
    where: Where | None = None
    """Which rows count."""


class MetricSection(OneOf):
    """One metric."""

    kinds: ClassVar = {
        "gauge": "value take distinct zeros over complete windows crowd",
        "counter": "value zeros over crowd",
        "histogram": "value! buckets! zeros over exemplar",
        "info": "labels!",
        "states": "state! crowd",
    }
    common: ClassVar = "help! of! labels"

    gauge: MetricName | None = None
    """A number that goes up and down; its name, without asterisk_."""
    counter: MetricName | None = None
    """A sum that only grows; its name ends in _total."""
    histogram: MetricName | None = None
    """How often a number fell into which bucket."""
    info: MetricName | None = None
    """Texts as labels of a constant 1; its name ends in _info."""
    states: MetricName | None = None
    """A series for each state a thing can be in: 1 for the one it is in, 0 for the rest."""
    help: Sentence | None = None
    """One sentence: what the value means."""
    of: Annotated[SourceSection, *bare("table", name)] | None = None
    """Where its rows come from."""
    labels: dict[LabelName, LabelOrHeader] | None = None
    """The labels by name."""
    value: ValueOrHeader | None = None
    """What is read from a row; without it rows are counted."""
    state: LabelOrHeader | None = None
    """What tells the state: a choice."""
    buckets: Buckets | None = None
    """Upper bounds that rise, or short (1 ms to 10 s), wait (1 s to 20 min), talk (5 s to 2 h)."""
    take: Literal["sum", "first", "max"] | None = None
    """What becomes of several rows with equal labels: by default the first counts."""
    distinct: Header | None = None
    """Count different values of this header instead of rows."""
    zeros: Literal["none", "closed", "seen"] | None = None
    """Show as 0: all values that labels can take (closed), or all that were there (seen)."""
    over: TableName | None = None
    """A table for each row of which every label set is there, as 0 if need be."""
    complete: Header | None = None
    """A header that every row must have, else there is no sample."""
    windows: Windows | None = None
    """The most at one time within each of these durations: label `window`."""
    exemplar: Header | None = None
    """A header that names an example for each bucket (OpenMetrics)."""
    crowd: TableName | None = None
    """A table; while it has more than 500 rows the metric is left out."""


class CustomSection(Section):
    """What is asked and shown under one name."""

    help: Sentence | None = None
    """One sentence for the reference of metrics."""
    interval: Interval = 30.0
    """From the start of one poll to the start of the next."""
    poll: PollSection | None = None
    """The question that is asked."""
    polls: tuple[PollSection, ...] | None = None
    """The questions, if there are several."""
    tables: dict[TableName, TableSection] | None = None
    """What the answers are kept in."""
    read: tuple[Class, ...] | None = None
    """Read classes of events that are not well known."""
    metrics: Annotated[tuple[MetricSection, ...], AfterValidator(some)]
    """The metrics."""

    @model_validator(mode="after")
    def _one_poll(self) -> CustomSection:
        if self.poll and self.polls:
            raise ValueError("give poll, or polls if there are several")
        return self

    def entry(self, key: str) -> Entry:
        """The same, as a collector is made of it."""
        return Entry(key, self.model_dump(exclude_unset=True))


Custom = dict[EntryName, CustomSection]
