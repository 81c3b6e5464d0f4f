"""A simulated Asterisk on a TCP port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from exporter.simulator import wire
from exporter.simulator.session import Pbx, Session
from exporter.simulator.traffic import Traffic

TICK = 0.02  # s at least from one batch of events to the next


class Simulator:
    """Speaks AMI like an Asterisk 22 with calls on it. Many fit into one process.

    Args:
        seed: the same seed gives the same calls; None another run each time.
        speed: calls come so much more often, and everything in them takes so much less time.
        calls_per_second: on average, at speed 1.
        max_channels: a call that would make them more does not come.
        system_name: of asterisk.conf; it stands in every event and in every unique id.
        warm_up: seconds of calls, at speed 1, that lie behind it when it starts to listen.
        users: secrets by user name.
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        speed: float = 1.0,
        calls_per_second: float = 0.5,
        max_channels: int = 200,
        system_name: str = "",
        warm_up: float = 600.0,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.users = dict(users or {"exporter": "exporter"})
        self._system_name = system_name
        # The time of the wall, but never back: it moves the calls.
        self._epoch = time.time() - time.monotonic()
        self._traffic = Traffic(
            self.now() - warm_up / speed,
            self._publish,
            seed=seed,
            speed=speed,
            calls_per_second=calls_per_second,
            max_channels=max_channels,
            system_name=system_name,
        )
        self._pbx = Pbx(self._traffic.switch, self.now, self.users)
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Unix time, as this PBX has it."""
        return self._epoch + time.monotonic()

    @property
    def channels(self) -> int:
        """How many channels there are: what an exporter should say."""
        return len(self._traffic.switch.channels)

    @property
    def bridges(self) -> int:
        """How many bridges there are."""
        return len(self._traffic.switch.bridges)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen, and let calls come; the port, which the system chooses for 0."""
        self._traffic.advance(self.now())
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Session(self._pbx), host, port)
        self._tick()
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    async def stop(self) -> None:
        """Close the port and every session."""
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
            for session in list(self._pbx.sessions):
                session.cut()
            await self._server.wait_closed()
            self._server = None

    def _tick(self) -> None:
        """Let happen what is due, and wait for what comes next: one timer, and none without calls."""
        now = self.now()
        self._traffic.advance(now)
        for session in list(self._pbx.sessions):
            session.flush()
        if self._traffic.due is not None:
            pause = max(self._traffic.due - now, TICK)
            self._timer = asyncio.get_running_loop().call_later(pause, self._tick)

    def _publish(self, name: str, at: float, parts: Sequence[wire.Part]) -> None:
        """Write an event once, for all who want it; not at all if nobody does."""
        mask = wire.EVENTS[name].mask
        packet = b""
        for session in self._pbx.sessions:
            if session.mask & mask:
                packet = packet or wire.event(name, at, parts, self._system_name)
                session.tell(packet)
