"""What pages show of a server beside its metrics, as the configuration wants it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from exporter.metrics.sources import Table

CALLER = frozenset({"calleridname", "calleridnum"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What is kept for pages alone.

    Attributes:
        callers: whether it is kept who waits in queues.
        queue_groups: names, each with regular expressions for whole names of queues; the first counts.
    """

    callers: bool = False
    queue_groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def headers(self, table: Table) -> Set[str]:
        """The headers of a table's rows that are kept beside those that metrics read."""
        return CALLER if self.callers and table.name == "queue_callers" else frozenset()
