"""The declaration of a metric: its name, what it means, where it comes from, its labels and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from exporter.metrics.labels import Text
from exporter.metrics.readers import Condition, LabelReader, NumberReader
from exporter.metrics.sources import Source, Table

Kind: TypeAlias = Literal["gauge", "counter", "histogram", "info", "states"]
Zeros: TypeAlias = Literal["none", "closed", "seen"]

PREFIX = "asterisk_"
SERVER = "server"

# Upper bounds of buckets (s): of what a machine does, of people that wait, of people that talk.
SHORT = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WAIT = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0)
TALK = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0)


@dataclass(frozen=True)
class Family:
    """One metric. Make it with `gauge`, `counter`, `histogram`, `info` or `states`.

    Attributes:
        value: what is read from a row; without it a family counts rows.
        take: what becomes of several rows with equal labels: their sum, the first, the largest.
        distinct: count different values of this header instead of rows.
        where: which rows count.
        zeros: label sets that are shown as 0 without a row: `closed`, all that closed labels allow;
            `seen`, all that were there since the session began.
        over: a table for each row of which every label set is there, as 0 if need be: labels of closed
            sets take all their values, the others are read from that row.
        complete: a header that every row must have, else there is no sample: what only events tell is
            not known of rows that are older than the session.
        per_server: whether it speaks of a server, or of the exporter alone.
        windows: names and lengths (s): the largest that the value was within each, label `window`.
        exemplar: a header that names an example for each bucket, where the format has room for it.
        crowd: a table that the family speaks of row by row: with more than MOST rows it is not shown.
    """

    kind: Kind
    name: str
    help: str
    source: Source
    labels: Mapping[str, LabelReader] = field(default_factory=dict)
    value: NumberReader | None = None
    take: Literal["sum", "first", "max"] = "first"
    distinct: str | None = None
    where: Condition | None = None
    zeros: Zeros = "none"
    over: Table | None = None
    complete: str | None = None
    windows: Mapping[str, float] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()
    exemplar: str | None = None
    crowd: Table | None = None
    per_server: bool = True

    @cached_property
    def label_names(self) -> tuple[str, ...]:
        """The labels' names, `server` first if the metric speaks of one."""
        names = (SERVER, *self.labels) if self.per_server else tuple(self.labels)
        return (*names, "window") if self.windows else names

    @cached_property
    def headers(self) -> frozenset[str]:
        """The headers that are read of a row, in lower case."""
        headers = [header for reader in self.labels.values() for header in reader.headers]
        for part in (self.value, self.where):
            if part is not None:
                headers += part.headers
        headers += [header for header in (self.distinct, self.complete, self.exemplar) if header]
        return frozenset(header.lower() for header in headers)

    @cached_property
    def label_headers(self) -> tuple[str, ...]:
        """Those of them that say which rows count, and how these are labelled."""
        headers = [header for reader in self.labels.values() for header in reader.headers]
        headers += self.where.headers if self.where is not None else ()
        return tuple(dict.fromkeys(header.lower() for header in headers))

    @cached_property
    def over_headers(self) -> frozenset[str]:
        """The headers that are read of a row of `over`, in lower case."""
        open_labels = [reader for reader in self.labels.values() if not reader.choices]
        headers = [header for reader in open_labels for header in reader.headers]
        return frozenset(header.lower() for header in headers)

    @cached_property
    def ages(self) -> bool:
        """Whether its value changes while its rows do not."""
        return bool(self.windows) or (self.value is not None and self.value.ages)


Labels: TypeAlias = Mapping[str, LabelReader | str]


def _labels(labels: Labels | None) -> dict[str, LabelReader]:
    return {
        name: Text(reader) if isinstance(reader, str) else reader for name, reader in (labels or {}).items()
    }


def gauge(
    name: str,
    text: str,
    source: Source,
    labels: Labels | None = None,
    value: NumberReader | None = None,
    *,
    take: Literal["sum", "first", "max"] = "first",
    distinct: str | None = None,
    where: Condition | None = None,
    zeros: Zeros = "none",
    over: Table | None = None,
    complete: str | None = None,
    windows: Mapping[str, float] | None = None,
    crowd: Table | None = None,
) -> Family:
    """A number that goes up and down. Without `value` it counts rows; a bare label is a header's text."""
    return Family(
        "gauge",
        PREFIX + name,
        text,
        source,
        _labels(labels),
        value,
        take=take,
        distinct=distinct,
        where=where,
        zeros=zeros,
        over=over,
        complete=complete,
        windows=windows or {},
        crowd=crowd,
    )


def counter(
    name: str,
    text: str,
    source: Source,
    labels: Labels | None = None,
    value: NumberReader | None = None,
    *,
    where: Condition | None = None,
    zeros: Zeros = "none",
    over: Table | None = None,
    crowd: Table | None = None,
) -> Family:
    """A sum that only grows: of events, or one that Asterisk keeps itself. The name ends in _total."""
    return Family(
        "counter",
        PREFIX + name,
        text,
        source,
        _labels(labels),
        value,
        take="sum",
        where=where,
        zeros=zeros,
        over=over,
        crowd=crowd,
    )


def histogram(
    name: str,
    text: str,
    source: Source,
    labels: Labels | None = None,
    value: NumberReader | None = None,
    *,
    buckets: tuple[float, ...],
    where: Condition | None = None,
    zeros: Zeros = "none",
    over: Table | None = None,
    exemplar: str | None = None,
) -> Family:
    """How often a number fell into which bucket; `buckets` are their upper bounds, rising."""
    return Family(
        "histogram",
        PREFIX + name,
        text,
        source,
        _labels(labels),
        value,
        where=where,
        zeros=zeros,
        over=over,
        buckets=buckets,
        exemplar=exemplar,
    )


def info(name: str, text: str, source: Source, labels: Labels, *, where: Condition | None = None) -> Family:
    """Texts as labels of a constant 1. The name ends in _info."""
    return Family("info", PREFIX + name, text, source, _labels(labels), where=where)


def states(
    name: str,
    text: str,
    source: Source,
    labels: Labels,
    state: LabelReader,
    *,
    where: Condition | None = None,
    crowd: Table | None = None,
) -> Family:
    """A series for each state that a thing can be in: 1 for the one it is in, 0 for the rest."""
    return Family(
        "states", PREFIX + name, text, source, {**_labels(labels), "state": state}, where=where, crowd=crowd
    )
