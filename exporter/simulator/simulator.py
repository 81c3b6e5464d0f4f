"""A simulated Asterisk: traffic behind a port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from exporter.simulator import actions, wire
from exporter.simulator.company import Size
from exporter.simulator.faults import Fault
from exporter.simulator.packets import CLASSES, EVENTS
from exporter.simulator.requests import Request
from exporter.simulator.server import Server
from exporter.simulator.switch import Switch
from exporter.simulator.traffic import Traffic
from exporter.simulator.versions import VERSIONS


class Simulator(Server):
    """Speaks AMI like an Asterisk with calls on it. Very many fit into one process.

    Nothing happens before the first client comes, and while no client wants events it happens late.

    Args:
        version: 16 or 22.
        seed: the same seed gives the same calls; None another run each time.
        speed: calls come so much more often, and everything in them takes so much less time.
        calls_per_second: on average, at speed 1, in the busiest hour.
        size: how large the PBX is.
        system_name: of asterisk.conf; it stands in every event and in every unique id.
        warm_up: seconds of calls, at speed 1, that lie behind it when the first client comes.
        users: secrets by user name.
        faults: what goes wrong on the line to its clients.
    """

    def __init__(
        self,
        *,
        version: str = "22",
        seed: int | None = None,
        speed: float = 1.0,
        calls_per_second: float = 0.5,
        size: Size | None = None,
        system_name: str = "",
        warm_up: float = 600.0,
        users: Mapping[str, str] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        self._version = VERSIONS[version]
        super().__init__(self._version.ami, users, faults)
        self._seed = seed
        self._speed = speed
        self._rate = calls_per_second
        self._size = size
        self._system_name = system_name
        self._warm_up = warm_up / speed

    @cached_property
    def _traffic(self) -> Traffic:
        return Traffic(
            self.now() - self._warm_up,
            self._publish,
            seed=self._seed,
            speed=self._speed,
            calls_per_second=self._rate,
            size=self._size,
            system_name=self._system_name,
            version=self._version,
            hears_media=lambda: bool(self.mask & CLASSES["reporting"]),
        )

    @property
    def switch(self) -> Switch:
        """The PBX as it is now: what an exporter should say of it."""
        self.catch_up()
        return self._traffic.switch

    @property
    def started(self) -> float:
        """When it started (Unix time)."""
        return self._traffic.switch.started

    @property
    def due(self) -> float | None:
        """When the next thing happens (Unix time); None if nothing ever will."""
        return self._traffic.due

    def advance(self, until: float) -> None:
        """Let everything happen that is due."""
        self._traffic.advance(until)

    def answer(self, request: Request) -> bytes:
        """The answer of the PBX as it is now."""
        return actions.answer(self.switch, request, self.now())

    def _publish(self, name: str, at: float, parts: Sequence[wire.Part]) -> None:
        """Write an event once, for all who want it; not at all if nobody does."""
        mask = EVENTS[name].mask
        if self.mask & mask:
            self.tell(mask, wire.event(name, at, parts, self._system_name, self._version))
