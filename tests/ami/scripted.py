"""A server on loopback that plays a script: what it says, what it expects, and how it fails."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Self

import pytest

from exporter.ami import TLS, Client, ConnectionFailed, Credentials, Endpoint, Timing

from .build import GREETING, event, packet

# Short, so that a test that runs into a deadline does not wait; nothing pings unless a test wants it.
QUICK = Timing(connect=2.0, greeting=0.3, login=0.5, action=0.3, ping=0.3, ping_every=(60.0, 60.0))
BOOTED = event("FullyBooted", "Status: Fully Booted", privilege="system,all")


async def until(condition: Callable[[], object], seconds: float = 3.0) -> None:
    """Wait until this is so; that it never is fails the test."""
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.002)


async def fail(endpoint: Endpoint, timing: Timing = QUICK) -> ConnectionFailed:
    """Why no connection could be had."""
    with pytest.raises(ConnectionFailed) as failed:
        await Client.connect(endpoint, Credentials("exporter", "s3cret"), timing=timing)
    return failed.value


class Peer:
    """One connection, as the script sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._rest = b""
        self.reads: list[bytes] = []  # each as it came from the socket

    async def say(self, *packets: bytes) -> None:
        """Send these bytes in one write."""
        self._writer.write(b"".join(packets))
        await self._writer.drain()

    async def heard(self, name: str = "") -> dict[str, str]:
        """The next action; it must be this one, if one is named."""
        while b"\r\n\r\n" not in self._rest:
            data = await self._reader.read(65536)
            if not data:
                raise EOFError(f"closed while waiting for {name}")
            self.reads.append(data)
            self._rest += data
        action, _, self._rest = self._rest.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in action.decode().split("\r\n"))
        assert name in ("", headers["Action"]), f"{name} was expected, and {headers} came"
        return headers

    async def answer(
        self, name: str, *lines: str, word: str = "Success", then: bytes = b""
    ) -> dict[str, str]:
        """Wait for an action and answer it in one packet, with more glued to it if wanted."""
        action = await self.heard(name)
        await self.say(packet(f"Response: {word}", f"ActionID: {action['ActionID']}", *lines), then)
        return action

    async def list(self, name: str, item: str, count: int, end: str, first: bytes = b"") -> None:
        """Wait for an action and answer it with a list of numbered items, after what else comes first."""
        action = await self.heard(name)
        own = f"ActionID: {action['ActionID']}"
        items = [packet(f"Event: {item}", own, f"Number: {n}") for n in range(count)]
        last = packet(f"Event: {end}", own, "EventList: Complete", f"ListItems: {count}")
        await self.say(first, packet("Response: Success", own, "EventList: start"), *items, last)

    async def login(self, then: bytes = BOOTED) -> None:
        """The dialogue of a login that succeeds, without events."""
        await self.say(GREETING)
        await self.answer("Challenge", "Challenge: 816492")
        await self.answer("Login", "Message: Authentication accepted", then=then)

    async def gone(self) -> None:
        """Wait until the client has closed, whatever it still says."""
        while await self._reader.read(65536):
            pass

    async def goodbye(self) -> None:
        """Answer a Logoff as Asterisk does."""
        await self.answer("Logoff", "Message: Thanks for all the fish.", word="Goodbye")

    def reset(self) -> None:
        """Close with RST."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def half_close(self) -> None:
        """Send FIN and go on reading."""
        self._writer.write_eof()


Script = Callable[[Peer], Awaitable[Any]]


async def idle(peer: Peer) -> None:
    """The shortest session: a login and a goodbye."""
    await peer.login()
    await peer.goodbye()


class Scripted:
    """A server that plays its scripts, one for each connection; the last one is played again and again.

    A script that fails fails the test. When a script returns the connection is closed.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = list(scripts)
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self.connections = 0
        self.peers: list[Peer] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        self._server.close()
        await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._errors and kind is None:
            raise self._errors[0]

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def connect(self, *, tls: TLS | None = None, timing: Timing = QUICK, **options: Any) -> Client:
        """A client that has logged in."""
        endpoint = Endpoint(self.endpoint.host, self.endpoint.port, tls)
        return await Client.connect(endpoint, Credentials("exporter", "s3cret"), timing=timing, **options)

    async def played(self) -> None:
        """Wait until all scripts that have started are over."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        peer = Peer(reader, writer)
        self.peers.append(peer)
        try:
            await script(peer)
        except (EOFError, OSError, asyncio.CancelledError):
            pass  # the client went away, or the test is over: what it saw is the test's matter
        except BaseException as error:
            self._errors.append(error)
        finally:
            self._tasks.discard(task)
            writer.close()
