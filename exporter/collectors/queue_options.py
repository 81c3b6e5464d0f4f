"""What the configuration may say of queues: which, under what names, how finely."""

from __future__ import annotations

import itertools
import math
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from exporter.metrics import All, Matches, Not, Options
from exporter.metrics.families import TALK, WAIT
from exporter.metrics.readers import Condition


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


def _word(value: str) -> str:
    if not value or not value.isprintable():
        raise ValueError("must be printable text, and not empty")
    return value


def _bounds(values: tuple[float, ...]) -> tuple[float, ...]:
    if not values or not all(math.isfinite(value) and value > 0 for value in values):
        raise ValueError("buckets are numbers of seconds above 0, at least one")
    if any(one >= other for one, other in itertools.pairwise(values)):
        raise ValueError("buckets must rise from one to the next")
    return values


Pattern = Annotated[str, AfterValidator(_pattern), WithJsonSchema({"type": "string", "format": "regex"})]
Word = Annotated[str, AfterValidator(_word), WithJsonSchema({"type": "string", "minLength": 1})]
Bounds = Annotated[tuple[float, ...], AfterValidator(_bounds), Field(max_length=50)]


class QueueBuckets(Options):
    """Upper bounds of the buckets of histograms (s), rising."""

    wait: Bounds = WAIT
    """Of waits in the queue."""
    ring: Bounds = WAIT
    """Of how long it rang at the member who answered."""
    talk: Bounds = TALK
    """Of how long they talked."""


class QueuesOptions(Options):
    """Options of the collector queues."""

    members: Literal["auto", True, False] = "auto"
    """Metrics for each member: true, false, or auto, which leaves them out while a server has more than 500."""
    include: tuple[Pattern, ...] = ()
    """Regular expressions; only queues whose whole name matches one are told of. Without any: all queues."""
    exclude: tuple[Pattern, ...] = ()
    """Regular expressions; queues whose whole name matches one are not told of, even if included."""
    aliases: dict[Word, Word] = Field(default_factory=dict)
    """Names to show instead of a queue's own; counts of queues that share one are added up."""
    pause_reasons: tuple[Word, ...] = ()
    """The reasons of pauses that are told apart; the rest are other. Without any: the first 50 that come."""
    buckets: QueueBuckets = Field(default_factory=QueueBuckets)
    """Upper bounds of the buckets of histograms (s)."""
    exemplars: bool = False
    """Give histograms of waits and talks the Linkedid of a call as an example (in OpenMetrics)."""

    @property
    def watched(self) -> Condition | None:
        """Which rows and events are of a queue that is told of; None: all."""
        conditions: list[Condition] = []
        if self.include:
            conditions.append(Matches("Queue", _any(self.include)))
        if self.exclude:
            conditions.append(Not(Matches("Queue", _any(self.exclude))))
        return All(tuple(conditions)) if conditions else None


def _any(patterns: tuple[str, ...]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)
