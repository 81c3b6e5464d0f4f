"""A server that is logged in, without a connection."""

from __future__ import annotations

import asyncio
from typing import cast

from exporter.ami import Client, ConnectionFailed, Message, Session
from exporter.collectors import COLLECTORS
from exporter.pbx import clock
from exporter.pbx.state import Pbx


class _Line:
    """As much of a client as the state of a server looks at."""

    def __init__(self) -> None:
        self.closed: asyncio.Future[ConnectionFailed] = asyncio.Future(loop=asyncio.new_event_loop())
        self.session = Session()
        self.bytes_received = 0
        self.bytes_sent = 0
        self.certificate_expiry = None


def up(pbx: Pbx) -> Pbx:
    """The server, logged in and booted."""
    pbx.link.connected(cast(Client, _Line()), clock.now())
    pbx.link.boot(Message(b"Event: FullyBooted\r\nUptime: 600\r\nLastReload: 300"), clock.now())
    return pbx


def all_collectors() -> Pbx:
    """A server with every collector, which has read all its lists; there was nothing in them."""
    pbx = up(Pbx("pbx", tuple(COLLECTORS.values()), {}))
    for table in pbx.tables.values():
        table.swap((), clock.now())
    return pbx
