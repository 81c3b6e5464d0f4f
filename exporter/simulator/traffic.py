"""Calls that come by chance, and the PBX that they happen to. It has no clock: somebody moves it."""

from __future__ import annotations

import random

from exporter.simulator.calls import call
from exporter.simulator.plans import Planner
from exporter.simulator.queue_calls import breaks
from exporter.simulator.switch import Publish, Switch
from exporter.simulator.timeline import Story, Timeline

_FEWEST_PHONES = 20


class Traffic:
    """A PBX and its calls: the same seed and start give the same events, however it is moved.

    Args:
        start: Unix time at which the PBX starts, without a call.
        publish: is told each event.
        speed: calls come so much more often, and everything in them takes so much less time.
        calls_per_second: on average, at speed 1.
        max_channels: a call that would make them more does not come.
    """

    def __init__(
        self,
        start: float,
        publish: Publish,
        *,
        seed: int | None = None,
        speed: float = 1.0,
        calls_per_second: float = 0.5,
        max_channels: int = 200,
        system_name: str = "",
    ) -> None:
        self._rng = random.Random(seed)  # noqa: S311
        self._timeline = Timeline(start, speed)
        self.switch = Switch(self._rng, lambda: self._timeline.now, publish, system_name)
        self._planner = Planner(self._rng, max(max_channels, _FEWEST_PHONES))
        self._rate = calls_per_second
        self._max_channels = max_channels
        if calls_per_second > 0:
            self._timeline.tell(self._arrivals())
            for agent in self.switch.queues.agents:
                self._timeline.tell(breaks(self.switch.queues, agent, self._rng))

    @property
    def due(self) -> float | None:
        """When the next thing happens; None if nothing ever will."""
        return self._timeline.due

    def advance(self, until: float) -> None:
        """Let everything happen that is due."""
        self._timeline.advance(until)

    def _arrivals(self) -> Story:
        while True:
            yield self._rng.expovariate(self._rate)
            plan = self._planner.draw()
            taken = len(self.switch.channels) + self.switch.queues.expected
            if taken + plan.legs <= self._max_channels:
                self._timeline.tell(call(self.switch, plan))
