"""The composition root: a configuration in, a running exporter out; the only file that knows everyone."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import resource
import signal
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager

from exporter import __version__
from exporter.config import Config, ConfigError
from exporter.metrics.exposition import Writer
from exporter.own import Own
from exporter.pbx.declared import Unchanged
from exporter.pbx.state import Pbx
from exporter.watched import Watched
from exporter.web import ListenFailed, ServerStatus, start

log = logging.getLogger(__name__)


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


class Exporter:
    """All servers of a configuration, watched; what the web floor serves."""

    def __init__(self, config: Config) -> None:
        self.own = Own()
        with _lasting():
            self.watched = {name: Watched(config, server) for name, server in config.servers.items()}
        self._writer = Writer()

    # -- what the web floor asks ---------------------------------------------------------------

    def page(self, openmetrics: bool, servers: Collection[str] | None) -> bytes:
        """The page of metrics: of all servers (None), of some, or of the exporter alone (empty)."""
        chosen = self.watched.keys() if servers is None else servers
        blocks = [block for name in chosen for block in self.watched[name].view.blocks()]
        if servers:
            return self._writer.write(blocks, openmetrics)
        page = self._writer.write([*blocks, *self.own.blocks()], openmetrics)
        return self.own.complete(page, openmetrics)

    def names(self) -> Set[str]:
        """The names of the configured servers."""
        return self.watched.keys()

    def servers(self) -> list[ServerStatus]:
        """Every configured server, and how it is."""
        return [watched.status() for watched in self.watched.values()]

    def waiting(self) -> list[str]:
        """The names of the servers that were not tried yet."""
        return [name for name, watched in self.watched.items() if not watched.pbx.link.tried]

    # -- life ----------------------------------------------------------------------------------

    async def run(self, addresses: Iterable[str], ready: Callable[[tuple[str, ...]], None]) -> None:
        """Watch and serve until cancelled; then log off everywhere.

        Args:
            ready: called with the addresses once they are served.

        Raises ValueError or ListenFailed if an address cannot be had.
        """
        web = await start(self, addresses)
        for watched in self.watched.values():
            watched.start(self._delay(len(self.watched)))
        ready(web.addresses)
        try:
            await self.own.watch_loop()
        finally:
            await asyncio.gather(web.stop(), *(watched.stop() for watched in self.watched.values()))

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
        for watched in made.values():
            watched.start(self._delay(len(made)))
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

    @staticmethod
    def _delay(servers: int) -> float:
        """A thousand servers are not called in one moment."""
        return random.uniform(0, min(5.0, servers / 100))  # noqa: S311


def run(read: Callable[[], Config], addresses: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; the exit code. SIGHUP reads the configuration again.

    Args:
        read: reads the configuration; raises ConfigError.
    """
    config = read()
    _warn(config)
    log.info("Starting asterisk-ami-exporter", extra={"fields": {"version": __version__}})
    _raise_descriptor_limit()
    return asyncio.run(until_signal(Exporter(config), addresses, read=read))


async def until_signal(
    exporter: Exporter,
    addresses: Sequence[str],
    ready: Callable[[tuple[str, ...]], None] = lambda _: None,
    read: Callable[[], Config] | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; the exit code. SIGHUP reloads, if there is something to read."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(exporter.run(addresses, ready))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    asked = asyncio.Event()
    reloads = None
    if read:  # without, the end of a terminal is the end of what runs in it
        loop.add_signal_handler(signal.SIGHUP, asked.set)
        reloads = asyncio.create_task(_reload(exporter, read, asked))
    try:
        await task
    except asyncio.CancelledError:
        log.info("Ended")
        return 0
    except (ListenFailed, ValueError) as error:
        log.error("Cannot listen", extra={"fields": {"error": str(error)}})  # noqa: TRY400
        return 1
    finally:
        if reloads:
            reloads.cancel()
    return 0


async def _reload(exporter: Exporter, read: Callable[[], Config], asked: asyncio.Event) -> None:
    """Read the configuration again when asked, one at a time; a bad one changes nothing."""
    while True:
        await asked.wait()
        asked.clear()
        try:
            config = await asyncio.to_thread(read)
            _warn(config)
            await exporter.reload(config)
        except ConfigError as error:
            exporter.own.config_good = False
            for problem in error.problems:
                fields = {"error": str(problem)}
                log.error("Configuration not reloaded: the one before stays", extra={"fields": fields})  # noqa: TRY400
        except Exception:  # a bug of ours must not end reloading
            exporter.own.config_good = False
            log.exception("Configuration not reloaded: an error of our own")


def _warn(config: Config) -> None:
    for warning in config.warnings:
        log.warning("%s", warning)


def _raise_descriptor_limit() -> None:
    """A session and a scrape are a descriptor each; the soft limit is low for no good reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
