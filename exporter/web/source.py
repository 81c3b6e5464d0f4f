"""What the web floor shows, and who gives it: it knows nothing of Asterisk itself."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server, for people. Numbers are None when they are not known.

    Attributes:
        up: whether we are logged in.
        state: what its connection does, in words.
        since: Unix time at which it came into this state.
        error: the last error in plain words; empty if there was none.
        version: what it says it is.
        round_trip: time from a Ping to its answer (s).
        collectors_failing: names of the collectors whose last poll failed.
        notes: what else one should know of it, in words.
    """

    name: str
    address: str
    up: bool
    state: str
    since: float
    error: str = ""
    version: str = ""
    active_calls: float | None = None
    active_channels: float | None = None
    round_trip: float | None = None
    events_per_second: float | None = None
    collectors_failing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """Whoever knows the servers. Nothing here waits: all answers come from memory."""

    def page(self, openmetrics: bool, servers: Collection[str] | None) -> bytes:
        """The page of metrics: of all servers (None), of some, or of the exporter alone (empty)."""

    def names(self) -> Set[str]:
        """The names of the configured servers."""

    def servers(self) -> list[ServerStatus]:
        """Every configured server, and how it is."""

    def waiting(self) -> list[str]:
        """The names of the servers that were not tried yet."""
