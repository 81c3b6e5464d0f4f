"""Plays recorded AMI text into the state of a server, without a connection, at a fixed time."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from exporter.ami import Client, ConnectionFailed, Message, Session
from exporter.collectors import COLLECTORS
from exporter.metrics.exposition import Writer
from exporter.pbx import clock
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from tests.collectors.asked import Recorded

NOW = 1_795_519_700.0


class Line:
    """As much of a client as the state of a server looks at."""

    def __init__(self) -> None:
        self.closed: asyncio.Future[ConnectionFailed] = asyncio.get_running_loop().create_future()
        self.session = Session()
        self.bytes_received = 1000
        self.bytes_sent = 100
        self.certificate_expiry = None


def up(pbx: Pbx) -> Pbx:
    """A server that is logged in and booted."""
    pbx.link.connected(cast(Client, Line()), clock.now())
    pbx.link.boot(Message(b"Event: FullyBooted\r\nUptime: 600\r\nLastReload: 300"), clock.now())
    return pbx


class Replay:
    """A server to which recorded packets come. Time stands still unless it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        monkeypatch.setattr("exporter.pbx.clock.now", lambda: self.now)
        monkeypatch.setattr("exporter.pbx.clock.wall", lambda moment: moment)
        self.pbx = up(Pbx("lab", tuple(COLLECTORS.values()), {}))
        self.view = View(self.pbx)

    def play(self, version: str, *names: str) -> None:
        """Take in files of tests/wire: answers to polls first, then events, as they were recorded."""
        recorded = Recorded(version, *names)
        recorded.tell(self)
        for event in recorded.events:
            self.pbx.take(event)

    def page(self) -> str:
        """The page of metrics."""
        return Writer().write(self.view.blocks()).decode()
