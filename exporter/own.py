"""The exporter's view of itself: its version, its configuration, its event loop, its process."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Iterator

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


class Own:
    """Facts and tallies of the exporter itself; process_* and python_info come from prometheus_client."""

    def __init__(self) -> None:
        self.config_good = True
        self.config_time = time.time()
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
            "revision": "unknown",
            "python": platform.python_version(),
            "reloadsuccessful": float(self.config_good),
            "reloadtime": self.config_time,
        }
        for family in OWN.families:
            if tally := self._tallies.get(family.name):
                yield Block(family, None, tally.distributions if family.buckets else tally.sums)
            else:
                yield Block(family, None, sample(family, [facts], time.time(), 128).values)

    def process(self, openmetrics: bool) -> bytes:
        """process_* and python_info, without an end mark."""
        if not openmetrics:
            return generate_latest(self._registry)
        page: bytes = generate_openmetrics(self._registry)  # type: ignore[no-untyped-call]
        return page.removesuffix(_EOF)
