"""Servers that nobody listed: watched from the first probe of them until nobody probes them any more."""

from __future__ import annotations

import asyncio
import time

from exporter.config import Config
from exporter.pbx.link import Link
from exporter.watched import Watched
from exporter.web import Crowded

IDLE = 300.0  # s without a probe: five scrapes of a minute each, and more than Prometheus remembers a sample
LOOK = 0.05  # s


class Guests:
    """Hosts that `match` knows, as far as they are watched."""

    def __init__(self) -> None:
        self.watched: dict[str, Watched] = {}
        self._ends: dict[str, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def open(self, config: Config, host: str, seconds: float) -> bool:
        """Whether the configuration knows the host; then it is watched, and was tried or `seconds` are over.

        Raises Crowded if too many are watched already.
        """
        watched = self.watched.get(host)
        if watched is None:
            opened = config.opened(host)
            if opened is None:
                return False
            if len(self.watched) >= config.limits.matched_hosts:
                raise Crowded(f"{len(self.watched)} hosts are watched already: limits.matched_hosts")
            watched = self.watched[host] = Watched(opened, opened.servers[host])
            watched.start(0.0)
        self._keep(host)
        until = time.monotonic() + seconds
        while not _tried(watched.pbx.link) and time.monotonic() < until:  # noqa: ASYNC110  # seldom, and short
            await asyncio.sleep(LOOK)
        return True

    async def stop(self) -> None:
        """Log off from all of them."""
        for end in self._ends.values():
            end.cancel()
        self._ends.clear()
        watched, self.watched = self.watched, {}
        await asyncio.gather(*(each.stop() for each in watched.values()), *self._ending)

    def _keep(self, host: str) -> None:
        if end := self._ends.get(host):
            end.cancel()
        self._ends[host] = asyncio.get_running_loop().call_later(IDLE, self._end, host)

    def _end(self, host: str) -> None:
        del self._ends[host]
        task = asyncio.create_task(self.watched.pop(host).stop())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _tried(link: Link) -> bool:
    """Whether it is known if the host is up: one that is logged in is not, before it is booted."""
    return link.up or (link.tried and link.client is None)
