"""What no client can do: fill all scrapes, keep connections for ever, send too much, leave its path."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from exporter.web import Server, Settings, answers, server, start

from .asking import Get
from .source import Fake, status


@pytest.mark.parametrize("settings", [Settings(max_requests=2)])
@pytest.mark.parametrize("path", ["/metrics", "/probe?target=hq"])
async def test_scrapes_at_one_time_are_limited(get: Get, source: Fake, path: str) -> None:
    """More are told to come again; nobody else has to wait, and the next one is answered."""
    source.hold = asyncio.Event()
    held = [asyncio.create_task(get(path)) for _ in range(2)]
    while len(source.asked) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    response, body = await get(path)
    assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert body == b"More than 2 scrapes at one time. Try again.\n"
    assert (await get("/-/healthy"))[0].status == 200
    source.hold.set()
    assert [response.status for response, _ in await asyncio.gather(*held)] == [200, 200]
    assert (await get(path))[0].status == 200


@pytest.mark.parametrize("settings", [Settings(max_requests=0)])
async def test_no_limit(get: Get) -> None:
    """0 stands for any number."""
    assert (await get("/metrics"))[0].status == 200


@asynccontextmanager
async def connected(running: Server) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection, cut at the end."""
    host, port = running.addresses[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("settings", [Settings(max_requests=1)])
async def test_who_does_not_read_is_left(
    get: Get, server: Server, source: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that nobody reads keeps its scrape for a while only."""
    monkeypatch.setattr(answers, "SENDING", 1.5)
    source.body = b"up 1.0\n" * 3_000_000
    async with connected(server) as (_, slow):
        slow.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        while not source.asked:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        source.body = b"up 1.0\n"
        assert (await get("/metrics"))[0].status == 503
        async with asyncio.timeout(20):
            while (await get("/metrics"))[0].status == 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: ", b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\nGET"],
)
async def test_idle_connections_are_closed(
    source: Fake, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """Who sends nothing, half a request, or nothing more, is not waited for longer than a while."""
    monkeypatch.setattr(server, "IDLE", 0.4)
    running = await start(source, ["127.0.0.1:0"])
    try:
        async with connected(running) as (reader, writer), asyncio.timeout(10):
            writer.write(sent)
            await reader.read()
    finally:
        await running.stop()


async def test_a_trickle_of_headers_is_no_activity(source: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then does not keep a connection open."""
    monkeypatch.setattr(server, "IDLE", 0.5)
    running = await start(source, ["127.0.0.1:0"])
    try:
        async with connected(running) as (reader, writer), asyncio.timeout(10):
            writer.write(b"GET /metrics HTTP/1.1\r\nX: ")
            closed = asyncio.create_task(reader.read())
            while not closed.done():
                writer.write(b"x")
                await asyncio.wait([closed], timeout=0.05)
            with suppress(ConnectionResetError):  # a byte that comes after the end is answered with it
                assert not closed.result().startswith(b"HTTP/1.1 200")
    finally:
        await running.stop()


async def test_a_body_is_not_waited_for(source: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is answered at once, and what never comes is not waited for."""
    monkeypatch.setattr(server, "LINGER", 0.3)
    running = await start(source, ["127.0.0.1:0"])
    try:
        async with connected(running) as (reader, writer), asyncio.timeout(10):
            writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc")
            assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")
    finally:
        await running.stop()


async def test_a_thousand_idle_connections_are_no_trouble(server: Server, get: Get) -> None:
    """Others are answered meanwhile."""
    host, port = server.addresses[0].split(":")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = [socket.create_connection((host, int(port)), timeout=10) for _ in range(1000)]
    try:
        begun = time.monotonic()
        assert (await get("/metrics"))[0].status == 200
        assert time.monotonic() - begun < 1.0 * 5
    finally:
        for sock in idle:
            sock.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"GET /metrics HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["url", "header", "headers", "length", "smuggled", "short", "tls"],
)
async def test_what_is_no_request(server: Server, sent: bytes) -> None:
    """It is 400, and the connection ends."""
    async with connected(server) as (reader, writer), asyncio.timeout(20):
        writer.write(sent + b"\r\n")
        answer = await reader.read()
        assert answer.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
        assert b"<" not in answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/static/../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/%00",
    ],
)
async def test_paths_lead_nowhere_else(server: Server, source: Fake, path: str) -> None:
    """No spelling of a path reads a file."""
    source.rows = [status("hq")]
    async with connected(server) as (reader, writer), asyncio.timeout(20):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        assert answer.split(b" ")[1] in (b"400", b"404")
        assert b"root:" not in answer
