"""The server: where it listens, and how it stops."""

from __future__ import annotations

import asyncio
import logging
import time

import aiohttp
import pytest

from exporter.web import ListenFailed, Server, start

from .source import Fake


async def test_several_addresses(source: Fake, caplog: pytest.LogCaptureFixture) -> None:
    """Each address is served and has its line in the log; on loopback nothing is open to others."""
    caplog.set_level(logging.INFO)
    server = await start(source, ["127.0.0.1:0", "127.0.0.2:0"])
    try:
        async with aiohttp.ClientSession() as client:
            for address in server.addresses:
                assert f"listening on http://{address}" in caplog.messages
                async with client.get(f"http://{address}/-/healthy") as response:
                    assert response.status == 200
        assert len(caplog.messages) == 2
    finally:
        await server.stop()


async def test_an_open_address_is_said(source: Fake, caplog: pytest.LogCaptureFixture) -> None:
    """One line says that others can read, and where."""
    server = await start(source, ["0.0.0.0:0", "127.0.0.1:0"])
    await server.stop()
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "without authentication" in record.message
    assert server.addresses[0] in record.message
    assert server.addresses[1] not in record.message


async def test_an_address_in_use(server: Server, source: Fake) -> None:
    """The error says which address and why, and the others that were had are given back."""
    probe = await start(source, ["127.0.0.1:0"])
    await probe.stop()
    with pytest.raises(ListenFailed, match=f"cannot listen on {server.addresses[0]}: the port is in use"):
        await start(source, [probe.addresses[0], server.addresses[0]])
    again = await start(source, probe.addresses)
    await again.stop()


async def test_a_misspelled_address(source: Fake) -> None:
    """It is refused before anything is opened."""
    with pytest.raises(ValueError, match="write HOST:PORT"):
        await start(source, ["127.0.0.1:0", "nonsense"])


async def test_stop_waits_for_nobody(source: Fake) -> None:
    """Clients that idle, that are half way through asking, or that do not read, delay no stop by 1 s."""
    source.body = b"up 1.0\n" * 3_000_000
    server = await start(source, ["127.0.0.1:0"])
    host, port = server.addresses[0].split(":")
    writers = []
    for sent in (
        b"",
        b"GET /met",
        b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(sent)
        await writer.drain()
        writers.append(writer)
    async with asyncio.timeout(5):
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    begun = time.monotonic()
    await server.stop()
    assert time.monotonic() - begun < 1.0
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))
    for writer in writers:
        writer.transport.abort()
