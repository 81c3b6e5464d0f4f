"""A PBX and what happens to it by chance. It has no clock: somebody moves it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from exporter.simulator.calls import call
from exporter.simulator.company import TRUNKS, Size, company
from exporter.simulator.media import Media, reports
from exporter.simulator.plans import Plan, Planner, busy
from exporter.simulator.security import Security
from exporter.simulator.shifts import shifts
from exporter.simulator.switch import Publish, Switch
from exporter.simulator.timeline import Story, Timeline
from exporter.simulator.versions import V22, Version
from exporter.simulator.weather import weather


class Traffic:
    """A PBX and its calls: the same seed and start give the same events, however it is moved.

    Args:
        start: Unix time at which the PBX starts, without a call.
        publish: is told each event.
        speed: calls come so much more often, and everything in them takes so much less time.
        calls_per_second: on average, at speed 1, in the busiest hour. Without calls nothing happens at all.
        size: how large the PBX is.
        hears_media: whether anybody wants reports of RTCP now.
    """

    def __init__(
        self,
        start: float,
        publish: Publish,
        *,
        seed: int | None = None,
        speed: float = 1.0,
        calls_per_second: float = 0.5,
        size: Size | None = None,
        system_name: str = "",
        version: Version = V22,
        hears_media: Callable[[], bool] = lambda: False,
    ) -> None:
        self._rng = random.Random(seed)  # noqa: S311
        self._timeline = timeline = Timeline(start, speed)
        self._size = size or Size()
        self._rate = calls_per_second
        self._reserved = 0  # channels that calls under way have, or may still need
        of = company(self._size)
        self.switch = switch = Switch(self._rng, self._now, publish, system_name, of, version)
        self._planner = Planner(self._rng, of)
        if calls_per_second > 0:
            media = Media(switch.tell, self._now, self._rng.getrandbits(32))
            security = Security(switch.tell, self._now, self._rng, of)
            tell = timeline.tell
            tell(self._arrivals(start))
            tell(shifts(switch.queues, self._rng, tell))
            tell(reports(media, lambda: list(switch.channels.values()), hears_media, speed))
            weather(switch.endpoints, security, self._rng, tell)

    def _now(self) -> float:
        return self._timeline.now

    @property
    def due(self) -> float | None:
        """When the next thing happens; None if nothing ever will."""
        return self._timeline.due

    def advance(self, until: float) -> None:
        """Let everything happen that is due."""
        self._timeline.advance(until)

    def _arrivals(self, start: float) -> Story:
        """Calls by chance, more of them in busy hours."""
        while True:
            yield self._rng.expovariate(self._rate)
            passed = (self._timeline.now - start) * self._timeline.speed
            if self._rng.random() > busy(passed):
                continue
            plan = self._possible(self._planner.draw())
            if plan and self._reserved + plan.legs <= self._size.channels:
                self._timeline.tell(self._counted(plan))

    def _possible(self, plan: Plan) -> Plan | None:
        """A carrier that is down brings no calls, and takes none; a phone that is away makes none."""
        reached = self.switch.endpoints.reached
        if not reached(plan.source):
            return None
        if plan.target and not reached(plan.target):
            return replace(plan, outcome="congestion") if plan.target in TRUNKS else None
        return plan

    def _counted(self, plan: Plan) -> Story:
        self._reserved += plan.legs
        yield from call(self.switch, plan)
        self._reserved -= plan.legs
