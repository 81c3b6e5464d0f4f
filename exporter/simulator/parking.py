"""The parking lot: who waits in which space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exporter.simulator.channels import Bridge, Channel, Tell
from exporter.simulator.company import FIRST_SPACE, LAST_SPACE, LOT, PARKING_TIME
from exporter.simulator.devices import INUSE, NOT_INUSE, Devices
from exporter.simulator.wire import Part


@dataclass(slots=True, eq=False)
class Parked:
    """A call in a space."""

    channel: Channel
    space: int
    since: float  # Unix time (s)

    def row(self, now: float, *retriever: Channel) -> tuple[Part, ...]:
        """The values of ParkedCall; those of UnParkedCall with who takes it."""
        waited = int(now - self.since)
        numbers = (str(self.space), str(max(PARKING_TIME - waited, 0)), str(waited))
        return (self.channel, *retriever, self.channel.device, LOT, *numbers)


class Parking:
    """A lot, and the bridge that all in it share, which stays."""

    def __init__(
        self, tell: Tell, clock: Callable[[], float], devices: Devices, bridge: Callable[[], Bridge]
    ) -> None:
        self.calls: dict[int, Parked] = {}
        self._tell = tell
        self._clock = clock
        self._devices = devices
        self._make = bridge
        self._bridge: Bridge | None = None

    def park(self, channel: Channel) -> Parked | None:
        """Give a call the first free space; None if there is none."""
        free = (n for n in range(FIRST_SPACE, LAST_SPACE + 1) if n not in self.calls)
        space = next(free, None)
        if space is None:
            return None
        parked = self.calls[space] = Parked(channel, space, self._clock())
        self._tell("ParkedCall", *parked.row(parked.since))
        self._devices.become(f"park:{space}@parkedcalls", INUSE)
        return parked

    @property
    def bridge(self) -> Bridge:
        """Where parked calls wait."""
        if self._bridge is None:
            self._bridge = self._make()
        return self._bridge

    def end(self, parked: Parked, event: str, *retriever: Channel) -> None:
        """The waiting is over: the event says how."""
        del self.calls[parked.space]
        self._tell(event, *parked.row(self._clock(), *retriever))
        self._devices.become(f"park:{parked.space}@parkedcalls", NOT_INUSE)
