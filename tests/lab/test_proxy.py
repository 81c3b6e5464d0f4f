"""What the fault proxy does to a connection, seen by a client of an echo server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.lab.proxy import HOST, FaultProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TIMEOUT = 5
SHORT = 0.1


class Client(asyncio.Protocol):
    """Keeps each piece as it arrived, and how the connection ended."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.heard = asyncio.Event()
        self.ended = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        self.heard.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set_result(exc)

    async def hears(self, text: bytes) -> bool:
        async with asyncio.timeout(TIMEOUT):
            while b"".join(self.pieces) != text:
                self.heard.clear()
                await self.heard.wait()
        return True


@asynccontextmanager
async def echo() -> AsyncIterator[FaultProxy]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    async with FaultProxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()
    await asyncio.sleep(0)


async def connect(proxy: FaultProxy, text: bytes = b"hello") -> Client:
    """A client that has sent a text and heard it again."""
    _, client = await asyncio.get_running_loop().create_connection(Client, HOST, proxy.port)
    client.transport.write(text)
    assert await client.hears(text)
    return client


async def end_of(client: Client) -> Exception | None:
    error: Exception | None = await asyncio.wait_for(client.ended, TIMEOUT)
    return error


async def test_it_forwards_and_counts() -> None:
    """Without a fault everything passes, both ways, and is counted."""
    async with echo() as proxy:
        text = bytes(range(256)) * 4000
        client = await connect(proxy, text)
        assert (proxy.sent, proxy.received) == (len(text), len(text))
        assert (proxy.accepted, proxy.links) == (1, 1)
        client.transport.close()


async def test_an_end_of_the_client_reaches_the_server_and_comes_back() -> None:
    """A client that has said all hears the rest of the answer, and then its end."""
    async with echo() as proxy:
        client = await connect(proxy)
        client.transport.write(b" again")
        client.transport.write_eof()
        assert await end_of(client) is None
        assert b"".join(client.pieces) == b"hello again"


async def test_cut() -> None:
    """A cut is an orderly end."""
    async with echo() as proxy:
        client = await connect(proxy)
        proxy.cut()
        assert await end_of(client) is None


async def test_cut_after_some_bytes() -> None:
    """A cut after some bytes lets exactly so many through, and the next connection all."""
    async with echo() as proxy:
        client = await connect(proxy)
        proxy.cut_after(3)
        client.transport.write(b"abcdefgh")
        assert await end_of(client) is None
        assert b"".join(client.pieces) == b"helloabc"
        (await connect(proxy)).transport.close()


async def test_reset() -> None:
    """A reset is an error at the client, not an orderly end."""
    async with echo() as proxy:
        client = await connect(proxy)
        proxy.reset()
        assert isinstance(await end_of(client), ConnectionResetError)


async def test_stall_and_resume() -> None:
    """A stalled connection is silent and stays; afterwards nothing is missing."""
    async with echo() as proxy:
        client = await connect(proxy)
        proxy.stall()
        client.transport.write(b" there")
        await asyncio.sleep(SHORT)
        assert b"".join(client.pieces) == b"hello"
        assert not client.ended.done()
        proxy.resume()
        assert await client.hears(b"hello there")
        client.transport.close()


async def test_half_open() -> None:
    """A half-open connection takes what the client sends, answers nothing and does not end."""
    async with echo() as proxy:
        client = await connect(proxy)
        proxy.half_open()
        client.transport.write(b" there")
        await asyncio.sleep(SHORT)
        assert b"".join(client.pieces) == b"hello"
        assert not client.ended.done()
        assert proxy.sent == len(b"hello")
        (await connect(proxy)).transport.close()
        client.transport.close()


async def test_byte_by_byte() -> None:
    """Byte by byte, the client gets each byte on its own."""
    async with echo() as proxy:
        proxy.byte_by_byte()
        client = await connect(proxy, b"one at a time")
        assert client.pieces == [b"one at a time"[i : i + 1] for i in range(13)]
        client.transport.close()


async def test_refuse_and_accept() -> None:
    """A refused connection fails at once, an old one lives, and later the same port answers again."""
    async with echo() as proxy:
        client = await connect(proxy)
        port = proxy.port
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await connect(proxy)
        client.transport.write(b" there")
        assert await client.hears(b"hello there")
        await proxy.accept()
        assert proxy.port == port
        (await connect(proxy)).transport.close()
        client.transport.close()


async def test_no_server() -> None:
    """Without a server behind it, a connection is made and ends at once."""
    async with echo() as proxy:
        proxy.target_port = 1
        _, client = await asyncio.get_running_loop().create_connection(Client, HOST, proxy.port)
        assert await end_of(client) is None


async def test_leaving_ends_all() -> None:
    """When the proxy is left its connections end, and the port is closed."""
    async with echo() as proxy:
        client = await connect(proxy)
    assert await end_of(client) is None
    with pytest.raises(ConnectionRefusedError):
        await connect(proxy)
