"""A TCP port with AMI sessions behind it, and a timer that hands out what happens, whatever it is."""

from __future__ import annotations

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from exporter.simulator.faults import LASTS, Fault
from exporter.simulator.requests import Request
from exporter.simulator.session import Session

TICK = 0.05  # s at least from one batch of events to the next
IDLE = 60.0  # s after which a PBX whose events nobody wants does what was due meanwhile


class Server(ABC):
    """Speaks AMI to any number of clients.

    Args:
        ami_version: as the greeting names it.
        users: secrets by user name.
        faults: what goes wrong on the line to its clients.
    """

    def __init__(self, ami_version: str, users: Mapping[str, str] | None, faults: Sequence[Fault]) -> None:
        self.ami_version = ami_version
        self.users = dict(users or {"exporter": "exporter"})
        self.sessions: set[Session] = set()
        self.mask = 0  # the classes of events that any session wants
        self._faults = faults
        # The time of the wall, but never back: it moves the calls.
        self._epoch = time.time() - time.monotonic()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._trouble: list[asyncio.Task[None]] = []

    def now(self) -> float:
        """Unix time, as this PBX has it."""
        return self._epoch + time.monotonic()

    # -- what it is all about ------------------------------------------------------------------

    @property
    @abstractmethod
    def started(self) -> float:
        """When the PBX started (Unix time)."""

    @property
    @abstractmethod
    def due(self) -> float | None:
        """When the next thing happens (Unix time); None if nothing ever will."""

    @abstractmethod
    def advance(self, until: float) -> None:
        """Let everything happen that is due, and publish it."""

    @abstractmethod
    def answer(self, request: Request) -> bytes:
        """The whole answer to an action that is none of the session's own."""

    # -- life ----------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; the port, which the system chooses for 0. Raises OSError."""
        chosen = await self._listen(host, port)
        self._trouble = [asyncio.create_task(self._suffer(fault, host, chosen)) for fault in self._faults]
        return chosen

    async def stop(self) -> None:
        """Close the port and every session."""
        for task in self._trouble:
            task.cancel()
        await self._close()

    # -- for sessions --------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Let happen what is due, and hand out its events."""
        self.advance(self.now())
        for session in list(self.sessions):
            session.flush()

    def wake(self) -> None:
        """A session came, went or wants other events: wait for what is due, if somebody wants to hear it."""
        self.mask = 0
        for session in self.sessions:
            self.mask |= session.mask
        self._wait()

    def tell(self, mask: int, packet: bytes) -> None:
        """Give an event of these classes to all who want it."""
        for session in self.sessions:
            if session.mask & mask:
                session.tell(packet)

    # -- inside --------------------------------------------------------------------------------

    async def _listen(self, host: str, port: int) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Session(self), host, port)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    async def _close(self) -> None:
        server, self._server = self._server, None
        if self._timer is not None:
            self._timer.cancel()
        if server is not None:
            server.close()
            for session in list(self.sessions):
                session.cut()
            await server.wait_closed()

    def _wait(self) -> None:
        """One timer, and none if nothing happens."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._server is not None and (due := self.due) is not None:
            pause = max(due - self.now(), TICK) if self.mask else IDLE
            self._timer = asyncio.get_running_loop().call_later(pause, self._tick)

    async def _listens_again(self, host: str, port: int) -> bool:
        """False if somebody else has the port now."""
        try:
            await self._listen(host, port)
        except OSError:
            return False
        return True

    def _tick(self) -> None:
        self.catch_up()
        self._wait()

    async def _suffer(self, fault: Fault, host: str, port: int) -> None:
        """Let a fault befall every session, again and again, but not at all servers in one moment."""
        await asyncio.sleep(fault.every * random.uniform(0.5, 1.0))  # noqa: S311
        while True:
            if fault.name == "refuse":
                await self._close()
                await asyncio.sleep(LASTS)
                if not await self._listens_again(host, port):
                    continue
            for session in list(self.sessions):
                session.suffer(fault.name)
            await asyncio.sleep(fault.every)
