"""Listens, and serves the application until it is stopped."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from aiohttp import web

from exporter.web.addresses import bound, listen, parse
from exporter.web.routes import Routes
from exporter.web.source import Source

log = logging.getLogger(__name__)

GRACE = 0.3  # seconds that running requests get to end, and again to be cancelled


class Server:
    """A running web server. Made by `start`."""

    def __init__(self, runner: web.AppRunner, addresses: tuple[str, ...]) -> None:
        self._runner = runner
        self.addresses = addresses

    async def stop(self) -> None:
        """Close every address and end what still runs, within a second."""
        await self._runner.cleanup()


async def start(source: Source, addresses: Iterable[str]) -> Server:
    """Serve on every address, in the spelling of Prometheus; port 0 is any free port.

    Raises ValueError if one is misspelled, ListenFailed if one cannot be had; then none is kept.
    """
    wanted = [parse(address) for address in addresses]
    runner = web.AppRunner(
        Routes(source).application(), handler_cancellation=True, access_log=None, shutdown_timeout=GRACE
    )
    await runner.setup()
    real = []
    try:
        for address in wanted:
            sock = await listen(address)
            try:
                await web.SockSite(runner, sock).start()
            except BaseException:
                sock.close()
                raise
            real.append(bound(sock))
    except BaseException:
        await runner.cleanup()
        raise
    for address in real:
        log.info("listening on http://%s", address)
    if exposed := [str(address) for address in real if not address.loopback]:
        log.warning(
            "open to others without authentication on %s: whoever reaches it reads metrics and status",
            ", ".join(exposed),
        )
    return Server(runner, tuple(map(str, real)))
