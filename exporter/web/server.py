"""Listens, and serves the application until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterable
from typing import TypeAlias

from aiohttp import web

from exporter.config import ConfigError, Problem
from exporter.config.changes import Settled, stamp
from exporter.config.errors import Place
from exporter.web.addresses import BACKLOG, Address, bound, listen, parse
from exporter.web.routes import Routes
from exporter.web.security import Gate, WebConfig, read
from exporter.web.settings import USUAL, Settings
from exporter.web.source import Source

log = logging.getLogger(__name__)

GRACE = 0.3  # seconds that running requests get to end, and again to be cancelled
IDLE = 90.0  # s that a connection may take to bring its next request, whole
LINGER = 2.0  # s in which a body that nobody asked for is read and thrown away
LOOK = 5.0  # s between looks at the web config file and its certificates

_Site: TypeAlias = tuple[socket.socket, web.SockSite]


class Server:
    """A running web server. Made by `start`."""

    def __init__(self, runner: web.AppRunner, gate: Gate, settings: Settings) -> None:
        self._runner = runner
        self._gate = gate
        self._settings = settings
        self._file = settings.config_file
        self._config = WebConfig()
        self._sites: list[_Site] = []
        self._watch: asyncio.Task[None] | None = None
        self.addresses: tuple[str, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it is served, without a slash at the end."""
        scheme = "https" if self._config.tls_server_config else "http"
        return tuple(f"{scheme}://{address}{self._settings.prefix}" for address in self.addresses)

    async def _open(self, wanted: Iterable[Address]) -> None:
        """Listen on every address. Raises ConfigError, ListenFailed."""
        tls = self._secure(read(self._file) if self._file else self._config)
        before = self._state()
        real = []
        for address in wanted:
            sock = await listen(address)
            try:
                self._sites.append(await self._serve(sock, tls))
            except BaseException:
                sock.close()
                raise
            real.append(bound(sock))
        self.addresses = tuple(map(str, real))
        for url in self.urls:
            log.info("listening on %s", url)
        exposed = [str(address) for address in real if not address.loopback]
        if exposed and self._gate.open:
            text = "open to others without authentication on %s: whoever reaches it reads metrics and status"
            log.warning(text, ", ".join(exposed))
        if self._file:
            self._watch = asyncio.create_task(self._look(Settled(before)))

    def _secure(self, config: WebConfig) -> ssl.SSLContext | None:
        """Admit requests by a web config; what TLS is spoken with."""
        tls = config.tls_server_config
        context = tls.context() if tls else None
        self._config = config
        self._gate.set(config)
        return context

    async def _serve(self, sock: socket.socket, tls: ssl.SSLContext | None) -> _Site:
        site = web.SockSite(self._runner, sock, ssl_context=tls, backlog=BACKLOG)
        await site.start()
        return sock, site

    async def _look(self, settled: Settled) -> None:
        """Take the web config file and its certificates anew when they change; bad ones change nothing."""
        while True:
            await asyncio.sleep(LOOK)
            if not settled.changed(self._state()):
                continue
            try:
                await self._renew()
            except ConfigError as error:
                for problem in error.problems:
                    log.error("web config not taken: the one before stays: %s", problem)  # noqa: TRY400
            except Exception:  # a bug of ours must not end looking
                log.exception("web config not taken: an error of our own")

    async def _renew(self) -> None:
        assert self._file  # noqa: S101  # else nobody looks
        config = await asyncio.to_thread(read, self._file)
        if config == WebConfig() != self._config:
            text = "says nothing any more: only a restart takes all locks away"
            raise ConfigError([Problem(Place(str(self._file)), (), text)])
        tls = self._secure(config)
        for index, (sock, site) in enumerate(self._sites):
            # Both have the same queue of clients, so none of them is turned away.
            self._sites[index] = await self._serve(sock.dup(), tls)
            await site.stop()
        log.info("web config read again")

    def _state(self) -> object:
        """What changes when a file changes."""
        tls = self._config.tls_server_config
        named = (tls.cert_file, tls.key_file, tls.client_ca_file) if tls else ()
        return [stamp(file) for file in (self._file, *named) if file]

    async def stop(self) -> None:
        """Close every address and end what still runs, within a second."""
        if self._watch:
            self._watch.cancel()
        await self._runner.cleanup()


async def start(source: Source, addresses: Iterable[str], settings: Settings = USUAL) -> Server:
    """Serve on every address, in the spelling of Prometheus; port 0 is any free port.

    Raises ValueError if one is misspelled, ListenFailed if one cannot be had, ConfigError if the web config
    file is bad; then none is kept.
    """
    wanted = [parse(address) for address in addresses]
    gate = Gate(WebConfig())
    runner = web.AppRunner(
        Routes(source, settings, gate).application(),
        handler_cancellation=True,
        access_log=None,
        shutdown_timeout=GRACE,
        keepalive_timeout=IDLE,
        lingering_time=LINGER,
    )
    await runner.setup()
    server = Server(runner, gate, settings)
    try:
        await server._open(wanted)
    except BaseException:
        await server.stop()
        raise
    return server
