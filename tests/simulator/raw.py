"""A client that says what it likes and hears what comes, packet by packet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from exporter.ami import Message
from exporter.simulator.simulator import Simulator

USER, SECRET = "exporter", "exporter"


@asynccontextmanager
async def simulated(**options: Any) -> AsyncIterator[tuple[Simulator, int]]:
    """A simulator, without calls unless they are wanted, and its port."""
    simulator = Simulator(**({"calls_per_second": 0.0, "seed": 1} | options))
    port = await simulator.start()
    try:
        yield simulator, port
    finally:
        await simulator.stop()


class Raw:
    """A connection, after the greeting."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port: int) -> Raw:
        """Connect and hear the greeting."""
        raw = cls(*await asyncio.open_connection("127.0.0.1", port))
        assert await raw.reader.readline() == b"Asterisk Call Manager/11.0.0\r\n"
        return raw

    @classmethod
    async def login(cls, port: int, events: str = "off") -> Raw:
        """Connect and log in with the secret in clear."""
        raw = await cls.connect(port)
        answer = await raw.ask("Action: Login", f"Username: {USER}", f"Secret: {SECRET}", f"Events: {events}")
        assert answer.get("Message") == "Authentication accepted"
        return raw

    def say(self, *lines: str) -> None:
        """Send one action."""
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")

    async def hear(self) -> Message:
        """The next packet."""
        async with asyncio.timeout(3):
            packet = await self.reader.readuntil(b"\r\n\r\n")
        return Message(packet.removesuffix(b"\r\n\r\n"))

    async def ask(self, *lines: str) -> Message:
        """Send one action and hear the next packet."""
        self.say(*lines)
        return await self.hear()

    async def closed(self) -> bool:
        """Whether the other side closes, in time, without another word."""
        async with asyncio.timeout(3):
            return await self.reader.read() == b""

    async def close(self) -> None:
        """Close our side."""
        self.writer.close()
        await self.writer.wait_closed()
