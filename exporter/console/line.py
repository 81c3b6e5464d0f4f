"""The session with Asterisk, in a thread of its own, for callers that wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from exporter.ami import (
    Action,
    ActionFailed,
    Client,
    ConnectionFailed,
    Credentials,
    Endpoint,
    Message,
    Packet,
    Packets,
    Reply,
    Timing,
)

T = TypeVar("T")


class Line:
    """A session that can be opened again. Its listeners are called in its thread and must not block.

    Args:
        on_packet: is told every packet, the login's too, and the AMI version.
        on_event: is told the events that can be believed.
        on_lost: is told why a session ended that nobody here has closed.
        timeout: seconds that Asterisk may take for an answer.
    """

    def __init__(
        self,
        *,
        on_packet: Callable[[Packet, str], None],
        on_event: Callable[[Message], None],
        on_lost: Callable[[ConnectionFailed], None],
        timeout: float,
    ) -> None:
        self._on_packet = on_packet
        self._on_event = on_event
        self._on_lost = on_lost
        self._timing = Timing(action=timeout)
        self._client: Client | None = None
        self._unbelieved = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="line", daemon=True)
        self._thread.start()

    def connect(self, endpoint: Endpoint, credentials: Credentials) -> str:
        """Open a session, in the place of the last one; the AMI version. Raises ConnectionFailed."""
        return self._wait(self._connect(endpoint, credentials))

    def ask(self, action: Action) -> Reply:
        """Send an action and wait for its whole answer. Raises ActionFailed, LocalProtocolError."""
        return self._wait(self._ask(action))

    def end(self) -> int:
        """Log off, and end the thread; how many packets came that cannot be believed."""
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        return self._unbelieved

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()  # who waited was interrupted

    async def _connect(self, endpoint: Endpoint, credentials: Credentials) -> str:
        await self._close()
        packets = Packets()

        def tap(data: bytes, sent: bool) -> None:
            try:
                found = [packets.sent(data)] if sent else packets.received(data)
            except ConnectionFailed:  # the client finds the same, and tells
                return
            for packet in found:
                self._on_packet(packet, packets.greeting or "")

        client = await Client.connect(
            endpoint, credentials, wanted=None, on_event=self._on_event, tap=tap, timing=self._timing
        )
        client.closed.add_done_callback(lambda why: self._closed(client, why.result()))
        self._client = client
        return packets.greeting or ""

    async def _ask(self, action: Action) -> Reply:
        if self._client is None:
            raise ActionFailed("closed", f"{action.name}: there is no session; reconnect logs in again")
        return await self._client.send(action)

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _closed(self, client: Client, why: ConnectionFailed) -> None:
        self._unbelieved += client.session.anomalies.total()
        if client is self._client:
            self._client = None
            self._on_lost(why)
