"""Plays recorded AMI text into the state of a server, without a connection, at a fixed time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import cast

import pytest

from exporter.ami import Client, ConnectionFailed, Message, Session
from exporter.ami.codec import Decoder
from exporter.collectors import COLLECTORS
from exporter.metrics.exposition import Writer
from exporter.pbx.polls import Answer
from exporter.pbx.state import Pbx
from exporter.pbx.view import View

WIRE = Path(__file__).parent.parent / "wire"
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
    pbx.link.connected(cast(Client, Line()), time.time())
    pbx.link.boot(Message(b"Event: FullyBooted\r\nUptime: 600\r\nLastReload: 300"), time.time())
    return pbx


class Replay:
    """A server to which recorded packets come. Time stands still unless it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        monkeypatch.setattr("time.time", lambda: self.now)
        self.pbx = up(Pbx("lab", tuple(COLLECTORS.values()), {}))
        self.view = View(self.pbx)

    def play(self, version: str, *names: str) -> None:
        """Take in files of tests/wire: answers to polls first, then events, as they were recorded."""
        packets = []
        for name in names:
            packets += Decoder().feed((WIRE / version / f"{name}.ami").read_bytes())
        messages = [Message(packet) for packet in packets]
        for state in self.pbx.polls.values():
            answer = [m for m in messages if m.get("ActionID") == f"rec-{state.poll.action}"]
            if answer:
                state.supported = True
                state.succeeded(0.002, self.now)
                items = [m for m in answer[1:] if not m.get("EventList")]
                self.pbx.swap(state, [Answer(answer[0], items)])
        for message in messages:
            if message.kind == "Event" and message.get("ActionID") is None:
                self.pbx.take(message)

    def page(self) -> str:
        """The page of metrics."""
        return Writer().write(self.view.blocks()).decode()
