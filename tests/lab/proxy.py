"""A TCP proxy on loopback that breaks connections in every way that a network does."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

HOST = "127.0.0.1"
CHUNK = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST instead of FIN


class Link:
    """A client's connection, and ours to the server for it."""

    def __init__(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.from_client, self.to_client = client
        self.from_server, self.to_server = server
        self.half_open = False

    def close(self) -> None:
        self.to_client.close()
        self.to_server.close()


class FaultProxy:
    """`async with FaultProxy(port) as proxy`, connect to proxy.port; faults hit the links of that moment."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self.accepted = 0
        self.sent = 0  # bytes from clients to the server
        self.received = 0  # bytes from the server to clients
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._bytewise = False
        self._left: int | None = None  # bytes that may still reach clients before the cut

    @property
    def links(self) -> int:
        """Connections of clients that are open."""
        return len(self._links)

    def cut(self) -> None:
        """Ends the connections at both sides, with a FIN."""
        for link in self._links:
            link.close()

    def cut_after(self, count: int) -> None:
        """Lets so many bytes more reach the clients, then cuts: in the middle of a message, say."""
        self._left = count

    def reset(self) -> None:
        """Ends the connections with an RST to the client, as a server that died does."""
        for link in self._links:
            link.to_client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            link.to_client.transport.abort()
            link.to_server.transport.abort()

    def stall(self) -> None:
        """Forwards nothing, either way; the connections stay, also those that are still made."""
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def half_open(self) -> None:
        """The server is gone and nobody tells the client: what it sends is lost, and it hears nothing."""
        for link in self._links:
            link.half_open = True
            link.to_server.transport.abort()

    def byte_by_byte(self, on: bool = True) -> None:
        """Sends each byte on its own, and lets the other end run in between."""
        self._bytewise = on

    def refuse(self) -> None:
        """Nobody listens any more; the connections stay."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def accept(self) -> None:
        """Listens, on the same port as before."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._connected, HOST, self.port, reuse_address=True)
            self.port = self._listener.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the closed transports let go of their sockets

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection(HOST, self.target_port)
        except OSError:
            writer.close()
            return
        link = Link((reader, writer), server)
        self._links.add(link)
        try:
            await asyncio.gather(self._up(link), self._down(link))
        finally:
            self._links.discard(link)
            link.close()

    async def _up(self, link: Link) -> None:
        with suppress(ConnectionError):
            while data := await link.from_client.read(CHUNK):
                await self._flowing.wait()
                if not link.half_open:
                    await self._write(link.to_server, data)
                    self.sent += len(data)
        self._end(link.to_server)

    async def _down(self, link: Link) -> None:
        with suppress(ConnectionError):
            while data := await link.from_server.read(CHUNK):
                await self._flowing.wait()
                if self._left is not None:
                    data = data[: self._left]
                    self._left -= len(data)
                await self._write(link.to_client, data)
                self.received += len(data)
                if self._left == 0:
                    self._left = None
                    self.cut()
                    return
        if not link.half_open:
            self._end(link.to_client)

    @staticmethod
    def _end(writer: asyncio.StreamWriter) -> None:
        if not writer.is_closing():
            with suppress(OSError):  # the far end has reset it, and nobody has told us yet
                writer.write_eof()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        pieces = [data[i : i + 1] for i in range(len(data))] if self._bytewise else [data]
        for piece in pieces:
            if writer.is_closing():
                return
            writer.write(piece)
            await writer.drain()
            # a reader in this loop gets its turn in the second round
            await asyncio.sleep(0)
            await asyncio.sleep(0)
