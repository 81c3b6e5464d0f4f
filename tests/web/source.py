"""A source that tests fill by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from exporter.web import ServerStatus

NOW = 1_700_000_000.0


def status(name: str, **changes: object) -> ServerStatus:
    """A server that is well, but for the changes."""
    fields: dict[str, object] = {
        "name": name,
        "address": f"{name}.example.com:5038",
        "up": True,
        "state": "connected",
        "since": NOW - 90,
        "version": "22.10.0",
        "active_calls": 12.0,
        "active_channels": 24.0,
        "round_trip": 0.0012,
        "events_per_second": 3.25,
    }
    return ServerStatus(**(fields | changes))  # type: ignore[arg-type]


@dataclass
class Fake:
    """Answers with what it was given, and remembers what it was asked."""

    rows: list[ServerStatus] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)
    body: bytes = b"up 1.0\n"
    failure: Exception | None = None
    asked: list[tuple[bool, Collection[str] | None]] = field(default_factory=list)

    def page(self, openmetrics: bool, servers: Collection[str] | None) -> bytes:
        """The same page in both formats, but for its end."""
        self.asked.append((openmetrics, servers))
        if self.failure:
            raise self.failure
        return self.body + b"# EOF\n" if openmetrics else self.body

    def names(self) -> set[str]:
        """The names of the rows."""
        return {row.name for row in self.rows}

    def servers(self) -> list[ServerStatus]:
        """The rows."""
        return self.rows

    def waiting(self) -> list[str]:
        """The untried."""
        return self.untried
