"""The exporter's view of itself: its version, its configuration, its event loop, its process."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from exporter import __version__
from exporter.metrics.exposition import Block
from exporter.metrics.own import OWN
from exporter.metrics.readers import Row
from exporter.metrics.sampling import sample
from exporter.metrics.sources import Facts
from exporter.pbx.tallies import Tally

LAG_EVERY = 0.5  # s
_EOF = b"# EOF\n"


def revision(checkout: Path) -> str:
    """The commit that is checked out there; `unknown` where an installed package lies."""
    git = checkout / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        name = head.removeprefix("ref: ")
        if name == head:  # no branch
            return head
        if (git / name).exists():
            return (git / name).read_text().strip()
        packed = (line.split() for line in (git / "packed-refs").read_text().splitlines())
        return next(fields[0] for fields in packed if fields[1:] == [name])
    except (OSError, StopIteration):
        return "unknown"


class Own:
    """Facts and tallies of the exporter itself; process_* and python_info come from prometheus_client."""

    def __init__(self) -> None:
        self.config_good = True
        self.config_time = time.time()
        self._revision = revision(Path(__file__).parent.parent)
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._tallies = {
            family.name: Tally(family, 1000, 128)
            for family in OWN.families
            if not isinstance(family.source, Facts)
        }

    def reloaded(self) -> None:
        """A good configuration was read."""
        self.config_good = True
        self.config_time = time.time()

    async def watch_loop(self) -> None:
        """Measure how late the event loop is, until cancelled."""
        (lag,) = self._tallies.values()
        while True:
            due = time.monotonic() + LAG_EVERY
            await asyncio.sleep(LAG_EVERY)
            lag.add({"seconds": max(0.0, time.monotonic() - due)}, time.time())

    def blocks(self) -> Iterator[Block]:
        """The families that speak of the exporter."""
        facts: Row = {
            "version": __version__,
            "revision": self._revision,
            "python": platform.python_version(),
            "reloadsuccessful": float(self.config_good),
            "reloadtime": self.config_time,
        }
        for family in OWN.families:
            if tally := self._tallies.get(family.name):
                yield Block(family, None, tally.values)
            else:
                yield Block(family, None, sample(family, [facts], time.time(), 128).values)

    def complete(self, page: bytes, openmetrics: bool) -> bytes:
        """A page, and process_* and python_info after what is on it."""
        if not openmetrics:
            return page + generate_latest(self._registry)
        process: bytes = generate_openmetrics(self._registry)  # type: ignore[no-untyped-call]
        return page.removesuffix(_EOF) + process  # which has the end mark
