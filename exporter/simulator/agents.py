"""Agents of queues, and the places that each has in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.simulator.devices import INUSE, NOT_INUSE, ONHOLD, RINGING, RINGINUSE, UNAVAILABLE

# Of enum ast_device_state.
STATUS = {NOT_INUSE: "1", INUSE: "2", UNAVAILABLE: "5", RINGING: "6", RINGINUSE: "7", ONHOLD: "8"}
FREE = STATUS[NOT_INUSE]


@dataclass(slots=True, eq=False)
class Agent:
    """Somebody with a phone, who serves queues."""

    name: str
    interface: str
    state: str = FREE
    places: list[Member] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Member:
    """An agent's place in a queue. Times are Unix times (s)."""

    queue: str
    agent: Agent
    login: int
    dynamic: bool = False  # it has logged in by itself
    taken: int = 0
    last_call: int = 0
    last_pause: int = 0
    in_call: bool = False
    paused: bool = False
    reason: str = ""
    turn: int = 0  # when it was last called, among all

    @property
    def free(self) -> bool:
        """Whether it can be called now."""
        return self.agent.state == FREE and not self.paused

    def snapshot(self) -> tuple[str, ...]:
        """The values of QueueMember and of events, up to PausedReason."""
        numbers = (self.taken, self.last_call, self.last_pause, self.login, int(self.in_call))
        phone = self.agent.interface
        kind = "dynamic" if self.dynamic else "static"
        start = (self.queue, self.agent.name, phone, phone, kind, "0")
        return (*start, *map(str, numbers), self.agent.state, str(int(self.paused)), self.reason)
