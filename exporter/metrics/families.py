"""The declaration of a metric: its name, what it means, where it comes from, its labels and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from exporter.metrics.readers import Condition, LabelReader, NumberReader, Text
from exporter.metrics.sources import Source

Kind: TypeAlias = Literal["gauge", "counter", "histogram", "info", "states"]
Zeros: TypeAlias = Literal["none", "closed", "seen"]

PREFIX = "asterisk_"
SERVER = "server"

# Upper bounds of buckets (s).
SHORT = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


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
        complete: a header that every row must have, else there is no sample: what only events tell is
            not known of rows that are older than the session.
        per_server: whether it speaks of a server, or of the exporter alone.
        windows: names and lengths (s): the largest that the value was within each, label `window`.
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
    complete: str | None = None
    windows: Mapping[str, float] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()
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
        headers += [header for header in (self.distinct, self.complete) if header]
        return frozenset(header.lower() for header in headers)

    @property
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
    complete: str | None = None,
    windows: Mapping[str, float] | None = None,
) -> Family:
    """A number that goes up and down. Without `value` it counts rows; a bare label is a header's text."""
    return Family(
        "gauge",
        PREFIX + name,
        text,
        source,
        _labels(labels),
        value,
        take,
        distinct,
        where,
        zeros,
        complete,
        windows or {},
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
) -> Family:
    """A sum that only grows: of events, or one that Asterisk keeps itself. The name ends in _total."""
    return Family("counter", PREFIX + name, text, source, _labels(labels), value, "sum", None, where, zeros)


def histogram(
    name: str,
    text: str,
    source: Source,
    labels: Labels | None = None,
    value: NumberReader | None = None,
    *,
    buckets: tuple[float, ...],
    where: Condition | None = None,
) -> Family:
    """How often a number fell into which bucket; `buckets` are their upper bounds, rising."""
    return Family(
        "histogram", PREFIX + name, text, source, _labels(labels), value, where=where, buckets=buckets
    )


def info(name: str, text: str, source: Source, labels: Labels) -> Family:
    """Texts as labels of a constant 1. The name ends in _info."""
    return Family("info", PREFIX + name, text, source, _labels(labels))


def states(name: str, text: str, source: Source, labels: Labels, state: LabelReader) -> Family:
    """One series for each state a thing can be in, 1 for the one it is in; label `state`."""
    return Family("states", PREFIX + name, text, source, {**_labels(labels), "state": state})
