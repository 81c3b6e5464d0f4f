"""A source that tests fill by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Set
from dataclasses import dataclass, field

from exporter.pbx.state import Pbx
from exporter.pbx.view import View
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
    hold: asyncio.Event | None = None  # until it is set, no page is made
    wrong: tuple[str, ...] = ()  # with the configuration on disk
    views: dict[str, View] = field(default_factory=dict)
    asked: list[tuple[bool, Collection[str] | None]] = field(default_factory=list)
    chosen: list[Set[str] | None] = field(default_factory=list)
    rereads: int = 0

    async def page(
        self, openmetrics: bool, servers: Collection[str] | None, collectors: Set[str] | None = None
    ) -> bytes:
        """The same page in both formats, but for its end."""
        self.asked.append((openmetrics, servers))
        self.chosen.append(collectors)
        if self.hold:
            await self.hold.wait()
        if self.failure:
            raise self.failure
        return self.body + b"# EOF\n" if openmetrics else self.body

    def names(self) -> set[str]:
        """The names of the rows."""
        return {row.name for row in self.rows}

    def collectors(self) -> set[str]:
        """Three."""
        return {"ami", "channels", "queues"}

    def labels(self) -> dict[str, dict[str, str]]:
        """A site for each."""
        return {row.name: {"site": f"of {row.name}"} for row in self.rows}

    def servers(self) -> list[ServerStatus]:
        """The rows."""
        return self.rows

    def status(self, name: str) -> ServerStatus:
        """A row."""
        return next(row for row in self.rows if row.name == name)

    def view(self, name: str) -> View:
        """The view that the test made, or of a server that was not tried."""
        if name not in self.views:
            self.views[name] = View(Pbx(name, (), {}))
        return self.views[name]

    def waiting(self) -> list[str]:
        """The untried."""
        return self.untried

    def written(self) -> str:
        """A configuration."""
        return "servers: {hq: {secret: <secret>}}\n"

    async def open(self, target: str, _seconds: float) -> bool:
        """Whether it is a row."""
        return target in self.names()

    async def reread(self) -> tuple[str, ...]:
        """What is wrong."""
        self.rereads += 1
        return self.wrong

    def problems(self) -> tuple[str, ...]:
        """What is wrong."""
        return self.wrong
