"""The composition root: a configuration in, a running exporter out; the only file that knows everyone."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from exporter import __version__, notify
from exporter.config import Config, ConfigError
from exporter.fleet import Fleet
from exporter.web import USUAL, ListenFailed, Settings, start

log = logging.getLogger(__name__)

LOOK = 5.0  # s between looks at the files of the configuration


class Exporter(Fleet):
    """A fleet that is served, and that can be told to read its configuration again.

    Args:
        read: reads the configuration; raises ConfigError.
    """

    def __init__(self, config: Config, read: Callable[[], Config] | None = None) -> None:
        super().__init__(config)
        self.read = read
        self._problems: tuple[str, ...] = ()
        self._one_at_a_time = asyncio.Lock()
        self._next: asyncio.Task[tuple[str, ...]] | None = None  # that has not begun

    async def run(
        self,
        addresses: Iterable[str],
        ready: Callable[[tuple[str, ...]], None],
        settings: Settings = USUAL,
    ) -> None:
        """Watch and serve until cancelled; then log off everywhere.

        Args:
            ready: called with the URLs that are served then.

        Raises ValueError or ListenFailed if an address cannot be had, ConfigError if the web config is bad.
        """
        web = await start(self, addresses, settings)
        self.start()
        ready(web.urls)
        notify.tell(notify.READY, notify.status(f"serves {', '.join(web.urls)}"))
        try:
            await self.own.watch_loop()
        finally:
            notify.tell(notify.STOPPING)
            await asyncio.gather(web.stop(), self.stop())

    def problems(self) -> tuple[str, ...]:
        """Why the configuration on disk is not the one in force; empty if it is."""
        return self._problems

    async def reread(self) -> tuple[str, ...]:
        """Read the configuration again, one at a time. A bad one changes nothing: what is wrong with it."""
        if self.read is None:
            return ("there is no file to read",)
        if self._next is None:
            self._next = asyncio.create_task(self._reread(self.read))
        # Who asked may go away: what has begun is brought to its end all the same.
        return await asyncio.shield(self._next)

    async def _reread(self, read: Callable[[], Config]) -> tuple[str, ...]:
        async with self._one_at_a_time:
            self._next = None  # who asks from now on wants what is read later
            notify.reloading()
            try:
                config = await asyncio.to_thread(read)
                _warn(config)
                await self.reload(config)
            except ConfigError as error:
                self._problems = tuple(map(str, error.problems))
                for problem in self._problems:
                    fields = {"error": problem}
                    log.error("Configuration not reloaded: the one before stays", extra={"fields": fields})  # noqa: TRY400
            except Exception:  # a bug of ours must not end reloading
                self._problems = ("an error of our own; the log says more",)
                log.exception("Configuration not reloaded: an error of our own")
            else:
                self._problems = ()
            self.own.config_good = not self._problems
            told = f"configuration not reloaded: {self._problems[0]}" if self._problems else "reloaded"
            notify.tell(notify.READY, notify.status(told))
            return self._problems


def run(
    read: Callable[[], Config],
    addresses: Sequence[str],
    settings: Settings = USUAL,
    changed: Callable[[], bool] | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; the exit code. SIGHUP reads the configuration again.

    Args:
        read: reads the configuration; raises ConfigError.
        changed: whether its files have changed since it was last asked; asked every few seconds.
    """
    config = read()
    _warn(config)
    log.info("Starting asterisk-ami-exporter", extra={"fields": {"version": __version__}})
    _raise_descriptor_limit()
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        return runner.run(until_signal(Exporter(config, read), addresses, settings=settings, changed=changed))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Makes uvloop's loops, where that is installed."""
    try:
        new_loop: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    except ImportError:
        return None
    return new_loop


async def until_signal(
    exporter: Exporter,
    addresses: Sequence[str],
    ready: Callable[[tuple[str, ...]], None] = lambda _: None,
    settings: Settings = USUAL,
    changed: Callable[[], bool] | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; the exit code. SIGHUP reloads, if there is something to read."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(exporter.run(addresses, ready, settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    asked = asyncio.Event()
    others = [asyncio.create_task(notify.keep_alive())]
    if exporter.read:  # without, the end of a terminal is the end of what runs in it
        loop.add_signal_handler(signal.SIGHUP, asked.set)
        others.append(asyncio.create_task(_reload(exporter, asked)))
    if changed:
        others.append(asyncio.create_task(_watch(changed, asked)))
    try:
        await task
    except asyncio.CancelledError:
        log.info("Ended")
        return 0
    except (ListenFailed, ValueError) as error:
        log.error("Cannot listen", extra={"fields": {"error": str(error)}})  # noqa: TRY400
        return 1
    finally:
        for other in others:
            other.cancel()
    return 0


async def _reload(exporter: Exporter, asked: asyncio.Event) -> None:
    """Read the configuration again when asked."""
    while True:
        await asked.wait()
        asked.clear()
        await exporter.reread()


async def _watch(changed: Callable[[], bool], asked: asyncio.Event) -> None:
    """Ask for a reload when files have changed."""
    while True:
        await asyncio.sleep(LOOK)
        if await asyncio.to_thread(changed):
            asked.set()


def _warn(config: Config) -> None:
    for warning in config.warnings:
        log.warning("%s", warning)


def _raise_descriptor_limit() -> None:
    """A session and a scrape are a descriptor each; the soft limit is low for no good reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
