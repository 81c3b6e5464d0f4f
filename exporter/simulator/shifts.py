"""The agents' day: breaks with a reason, leaving a queue and coming back to it."""

from __future__ import annotations

import random
from collections.abc import Callable

from exporter.simulator.agents import Agent, Member
from exporter.simulator.queues import Queues
from exporter.simulator.timeline import Story

_WORK = 600.0  # s from one break of an agent to the next, on average
_BREAK = 150.0
_REASONS = ("lunch", "training", "meeting", "")
_LOGGED_IN = 1800.0  # s that an agent stays in a queue, on average
_LOGGED_OUT = 300.0


def shifts(queues: Queues, rng: random.Random, tell: Callable[[Story], None]) -> Story:
    """Breaks and absences of all agents. That there are many of them costs nothing while nothing happens."""
    agents = queues.agents
    often = len(agents) * (1 / _WORK + 1 / _LOGGED_IN)
    while agents:
        yield rng.expovariate(often)
        agent = rng.choice(agents)
        if rng.random() < _LOGGED_IN / (_LOGGED_IN + _WORK):
            if not any(member.paused for member in agent.places):
                tell(_break(queues, agent, rng))
        elif idle := [member for member in agent.places if member.free]:
            tell(_absence(queues, rng.choice(idle), rng))


def _break(queues: Queues, agent: Agent, rng: random.Random) -> Story:
    """A break; a talk goes on meanwhile."""
    queues.pause(agent, rng.choice(_REASONS))
    yield rng.expovariate(1 / _BREAK)
    queues.pause(agent, None)


def _absence(queues: Queues, member: Member, rng: random.Random) -> Story:
    """Some time outside of a queue."""
    queues.log_out(member)
    yield rng.expovariate(1 / _LOGGED_OUT)
    queues.log_in(member.queue, member.agent)
