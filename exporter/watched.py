"""One server of the configuration, watched: its state, its session, and what the pages show of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from operator import attrgetter
from typing import TypeAlias

from exporter.config import Config
from exporter.config.model import Server
from exporter.metrics import Collector, Trunk
from exporter.metrics.catalogue import mask
from exporter.metrics.labelsets import clean
from exporter.metrics.readers import Row
from exporter.pbx import clock
from exporter.pbx.declared import Unchanged
from exporter.pbx.handover import hand_over
from exporter.pbx.poller import Poller, Target
from exporter.pbx.shown import Shown
from exporter.pbx.state import Limits, Pbx
from exporter.pbx.view import View
from exporter.web import ServerStatus

log = logging.getLogger(__name__)

STATES = {
    "connecting": "connecting",
    "booting": "logged in, waits until Asterisk is booted",
    "up": "up",
    "down": "down",
    "refused": "login refused",
}

MOST_TRUNKS = 100  # that are found; where phones authenticate outbound too, who is a trunk must be said
END = 1.5  # s that logging off may take in all

Parts: TypeAlias = tuple[str, tuple[Collector, ...], Mapping[str, float], Limits, frozenset[str], Shown]


class Watched:
    """One server and all that belongs to it."""

    def __init__(self, config: Config, server: Server) -> None:
        self.server = server
        self._config = config
        self._found: tuple[Trunk, ...] = ()
        self.pbx = Pbx(*self._parts(config, server, config.declarations(server.name)))
        self.pbx.on_found = self._on_found
        self.view = View(self.pbx)
        target = Target(server.endpoint(), server.credentials, mask(self.pbx.collectors))
        self.poller = Poller(self.pbx, target)
        self._task: asyncio.Task[None] | None = None

    @staticmethod
    def _parts(config: Config, server: Server, collectors: tuple[Collector, ...]) -> Parts:
        """What the state of a server is made of."""
        limits = Limits(config.limits.series_per_metric, config.limits.label_length)
        intervals = {name: config.settings(server.name, name).interval for name in server.collectors}
        shown = Shown(server.show_callers, tuple(server.queue_groups.items()))
        return server.name, collectors, intervals, limits, server.named, shown

    def state_under(self, config: Config, unchanged: Unchanged) -> Pbx:
        """Its state under a new configuration: the one it has, if that says nothing new of it."""
        pbx, server = self.pbx, config.servers[self.server.name]
        declared = config.declarations(server.name, self._found)
        parts = self._parts(config, server, unchanged.kept(declared, pbx.collectors))
        same = parts == (pbx.name, pbx.collectors, pbx.intervals, pbx.limits, pbx.named, pbx.shown)
        return pbx if same else Pbx(*parts)

    def _on_found(self, rows: list[Row]) -> None:
        """Tell the trunks apart that this server turns out to have."""
        # One that a list leaves out may be back in the next: it stays, and with it its sums.
        length = self.pbx.limits.label_length
        named = (Trunk(clean(str(row["trunk"]), length), str(row["match"])) for row in rows)
        here = {*self._found, *named}
        found = tuple(sorted(here, key=attrgetter("name")))
        fields: dict[str, object] = {"server": self.server.name}
        if len(found) > MOST_TRUNKS:
            fields["trunks"] = len(found)
            log.warning("Too many to be trunks: name them in the configuration", extra={"fields": fields})
            return
        if found == self._found:
            return
        self._found = found
        fields["trunks"] = ",".join(trunk.name for trunk in found)
        log.info("Trunks found", extra={"fields": fields})
        self.go_on(self._config, self.server, self.state_under(self._config, Unchanged()))

    def go_on(self, config: Config, server: Server, pbx: Pbx) -> None:
        """Go on as a new configuration says, on the same session."""
        self._config, self.server = config, server
        if pbx is self.pbx:
            return
        events = mask(pbx.collectors)
        pbx.on_found = self._on_found
        hand_over(self.pbx, pbx)
        self.pbx, self.view = pbx, View(pbx, self.view)
        self.poller.reconfigure(pbx, events)

    def start(self, delay: float) -> None:
        """Begin to watch, after some seconds."""

        async def watch() -> None:
            await asyncio.sleep(delay)
            await self.poller.run()

        self._task = asyncio.create_task(watch())

    async def stop(self) -> None:
        """Log off and watch no more; it takes END at the most."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=END)

    def status(self) -> ServerStatus:
        """What the status page shows of it."""
        pbx, link = self.pbx, self.pbx.link

        def number(name: str) -> float | None:
            value = self.view.values(name).get(())
            return value if isinstance(value, float) else None

        failing = pbx.health.failing(link)
        version = next(iter(self.view.values("asterisk_info")), ("",))[0]
        return ServerStatus(
            name=pbx.name,
            address=str(self.poller.target.endpoint),
            up=link.up,
            state=STATES[link.state],
            since=clock.wall(link.since) if link.since else 0.0,
            error=link.error,
            version=version,
            active_calls=number("asterisk_active_calls"),
            active_channels=number("asterisk_active_channels"),
            round_trip=link.pong.round_trip if link.pong else None,
            events_per_second=link.event_rate,
            collectors_failing=tuple(failing),
            notes=(
                *dict.fromkeys(failing.values()),
                *(f"{table.name}: {n} rows, too many to show each" for table, n in self.view.crowds.items()),
            ),
        )
