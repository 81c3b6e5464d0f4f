"""What the web floor shows, and who gives it: it knows nothing of Asterisk itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from typing import Protocol

from exporter.pbx.view import View


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


class Crowded(Exception):
    """Too many targets at one time."""


class Source(Protocol):
    """Whoever knows the servers. A page takes its time, `open` and `reread` wait: all else is at hand."""

    async def page(
        self, openmetrics: bool, servers: Collection[str] | None, collectors: Set[str] | None = None
    ) -> bytes:
        """The page of metrics: of all servers (None), of some, or of the exporter alone (empty).

        Args:
            collectors: of the servers, what these collectors tell (None: all of them).
        """

    def names(self) -> Set[str]:
        """The names of the configured servers."""

    def collectors(self) -> Set[str]:
        """The names of the collectors that run at one of them at least."""

    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """By server: the labels that service discovery gives it."""

    def servers(self) -> list[ServerStatus]:
        """Every configured server, and how it is."""

    def waiting(self) -> list[str]:
        """The names of the servers that were not tried yet."""

    def written(self) -> str:
        """The configuration in force as YAML, without its secrets. May take a while; needs no loop."""

    async def open(self, target: str, seconds: float) -> bool:
        """Whether a target is known; one that only a pattern knows is watched from now on.

        Args:
            seconds: how long to wait until it was tried.

        Raises Crowded.
        """

    async def reread(self) -> tuple[str, ...]:
        """Read the configuration again. What is wrong with it, and then the one before stays."""

    # -- what pages ask ------------------------------------------------------------------------

    def status(self, name: str) -> ServerStatus:
        """How a server is. Raises KeyError."""

    def view(self, name: str) -> View:
        """What is known of a server. Raises KeyError."""

    def problems(self) -> tuple[str, ...]:
        """Why the configuration on disk is not the one in force; empty if it is."""
