"""What the configuration may say of queues: which, under what names, how finely."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from exporter.metrics import Options
from exporter.metrics.families import TALK, WAIT
from exporter.metrics.options import Bounds, Pattern, Word, chosen
from exporter.metrics.readers import Condition


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
        return chosen("Queue", self.include, self.exclude)
