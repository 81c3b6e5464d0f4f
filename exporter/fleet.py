"""All servers of a configuration, watched; what the web floor asks of them."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
from collections.abc import Collection, Iterator, Mapping, Set
from contextlib import contextmanager

from exporter.config import Config
from exporter.config.dump import dump
from exporter.guests import Guests
from exporter.metrics.exposition import Block, Writer
from exporter.own import Own
from exporter.pbx.declared import Unchanged
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from exporter.watched import Watched
from exporter.web import ServerStatus
from exporter.web.turns import Turns

log = logging.getLogger(__name__)

ALWAYS = "ami"  # the collector that says whether a server is up


@contextmanager
def _lasting() -> Iterator[None]:
    """Make what stays. All stands still while Python looks through all that there is, as it often would."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what was made is old at once, without having been looked through,
        gc.unfreeze()  # and can be freed as ever
        gc.enable()


class Fleet:
    """The servers, and how to go on with others."""

    def __init__(self, config: Config) -> None:
        self.own = Own()
        self.config = config
        with _lasting():
            self.watched = {name: Watched(config, server) for name, server in config.servers.items()}
        self.guests = Guests()
        self._writer = Writer()

    # -- what the web floor asks ---------------------------------------------------------------

    async def page(
        self, openmetrics: bool, servers: Collection[str] | None, collectors: Set[str] | None = None
    ) -> bytes:
        """The page of metrics: of all servers (None), of some, or of the exporter alone (empty).

        Args:
            collectors: of the servers, what these collectors tell (None: all); whether it is up always.
        """
        page, turns = self._writer.page(openmetrics), Turns()
        for name in list(self.watched) if servers is None else servers:
            watched = self.watched.get(name) or self.guests.watched.get(name)
            if watched is None:  # a reload has taken it away
                continue
            for block in _blocks(watched.view, collectors):
                page.add(block)
                if turns.over:  # to await nothing takes as long as a block
                    await turns.rest()
        if servers:
            return page.whole()
        for block in self.own.blocks():
            page.add(block)
        return self.own.complete(page.whole(), openmetrics)

    def names(self) -> Set[str]:
        """The names of the configured servers."""
        return self.watched.keys()

    def collectors(self) -> Set[str]:
        """The names of the collectors that run at one of them at least."""
        entries = (entry.server for entry in self.config.matched.values())
        return {name for server in (*self.config.servers.values(), *entries) for name in server.collectors}

    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """By server: the labels that service discovery gives it."""
        return {name: watched.server.labels for name, watched in self.watched.items()}

    def servers(self) -> list[ServerStatus]:
        """Every configured server, and how it is."""
        return [watched.status() for watched in self.watched.values()]

    def status(self, name: str) -> ServerStatus:
        """How a server is. Raises KeyError."""
        return self.watched[name].status()

    def view(self, name: str) -> View:
        """What is known of a server. Raises KeyError."""
        return self.watched[name].view

    def waiting(self) -> list[str]:
        """The names of the servers that were not tried yet."""
        return [name for name, watched in self.watched.items() if not watched.pbx.link.tried]

    def written(self) -> str:
        """The configuration in force as YAML, without its secrets. It takes a while; needs no loop."""
        return dump(self.config)

    async def open(self, target: str, seconds: float) -> bool:
        """Whether a target is known; one that only `match` knows is watched from now on.

        Args:
            seconds: how long to wait until it was tried.

        Raises Crowded.
        """
        return target in self.watched or await self.guests.open(self.config, target, seconds)

    # -- life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to watch."""
        for watched in self.watched.values():
            watched.start(_delay(len(self.watched)))

    async def stop(self) -> None:
        """Log off everywhere."""
        await asyncio.gather(*(watched.stop() for watched in self.watched.values()), self.guests.stop())

    async def reload(self, config: Config) -> None:
        """Watch what a new configuration says. Servers that are reached as before keep their sessions."""
        with _lasting():
            states, made = await self._prepared(config)
            for name, pbx in states.items():
                await asyncio.sleep(0)
                try:
                    self.watched[name].go_on(config, config.servers[name], pbx)
                except Exception:
                    log.exception("Starts anew: an error of our own", extra={"fields": {"server": name}})
                    made[name] = Watched(config, config.servers[name])
        kept = {name: self.watched[name] for name in states.keys() - made.keys()}
        # An old session ends before a new one begins: a user may be allowed only one.
        await asyncio.gather(*(watched.stop() for name, watched in self.watched.items() if name not in kept))
        self.watched = {name: kept.get(name) or made[name] for name in config.servers}
        self.config = config
        await self.guests.stop()  # the next probe lets them in again, as the new configuration says
        for watched in made.values():
            watched.start(_delay(len(made)))
        self.own.reloaded()
        log.info("Configuration reloaded", extra={"fields": {"kept": len(kept), "started": len(made)}})

    async def _prepared(self, config: Config) -> tuple[dict[str, Pbx], dict[str, Watched]]:
        """What servers that go on, and those that start, need under a new configuration.

        All that can fail is done here, where nothing has changed yet. Sessions go on meanwhile.
        """
        states, made, unchanged = dict[str, Pbx](), dict[str, Watched](), Unchanged()
        for name, server in config.servers.items():
            await asyncio.sleep(0)
            watched = self.watched.get(name)
            if watched and watched.server.connection == server.connection:
                states[name] = watched.state_under(config, unchanged)
            else:
                made[name] = Watched(config, server)
        return states, made


def _blocks(view: View, collectors: Set[str] | None) -> Iterator[Block]:
    """What a server says, of some collectors alone if any are named."""
    if collectors is None:
        return view.blocks()
    chosen = [each for each in view.pbx.collectors if each.name in collectors or each.name == ALWAYS]
    names = {family.name for each in chosen for family in each.families}
    return view.blocks(names)


def _delay(servers: int) -> float:
    """A thousand servers are not called in one moment."""
    return random.uniform(0, min(5.0, servers / 100))  # noqa: S311
