"""Queues of the simulated PBX: who waits, who serves, what Asterisk adds up; each change sends its event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, Protocol

from exporter.simulator.channels import Channel
from exporter.simulator.wire import Part

# Of enum ast_device_state.
NOT_IN_USE, IN_USE, RINGING = "1", "2", "6"


class Tell(Protocol):
    """Sends an event."""

    def __call__(self, event: str, *parts: Part) -> None:
        """Its name, and what stands in it."""


class Setup(NamedTuple):
    """A queue in queues.conf, and how it is reached."""

    exten: str
    weight: int  # of so many calls to queues this many go to it
    agents: range
    strategy: str
    service_level: int


# Agent 5 serves two queues.
QUEUES = {
    "support": Setup("7001", 5, range(1, 6), "rrmemory", 20),
    "sales": Setup("7002", 4, range(5, 9), "fewestcalls", 10),
    "billing": Setup("7003", 2, range(9, 11), "linear", 30),
}


@dataclass(slots=True, eq=False)
class Agent:
    """Somebody with a phone, who serves queues."""

    name: str
    interface: str
    state: str = NOT_IN_USE
    places: list[Member] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Member:
    """An agent's place in a queue. Times are Unix times (s)."""

    queue: str
    agent: Agent
    login: int
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
        return self.agent.state == NOT_IN_USE and not self.paused

    def snapshot(self) -> tuple[str, ...]:
        """The values of QueueMember and of events, up to PausedReason."""
        numbers = (self.taken, self.last_call, self.last_pause, self.login, int(self.in_call))
        phone = self.agent.interface
        start = (self.queue, self.agent.name, phone, phone, "static", "0")
        return (*start, *map(str, numbers), self.agent.state, str(int(self.paused)), self.reason)


@dataclass(slots=True, eq=False)
class Caller:
    """Somebody in a queue. Times are Unix times (s)."""

    channel: Channel
    queue: Queue
    joined: float
    original: int  # the position at which it came
    called: tuple[Member, Channel] | None = None  # whom it rings at, or speaks to, and their leg
    since: float = 0.0  # when that began to ring, or the talk began
    held: int = 0  # s that it waited until somebody answered

    @property
    def position(self) -> int:
        """From 1."""
        return self.queue.callers.index(self) + 1

    @property
    def offer(self) -> tuple[Part, ...]:
        """What events say of the call to an agent."""
        if self.called is None:
            raise ValueError("nobody is called")
        member, leg = self.called
        return (self.channel, leg, self.queue.name, member.agent.interface, member.agent.name)

    def entry(self, now: float) -> tuple[str, ...]:
        """The values of QueueEntry, which writes an unknown name without its angles."""
        channel = self.channel
        ends = (part.strip("<>") for part in (*channel.caller, *channel.connected))
        start = (self.queue.name, str(self.position), channel.name, channel.uniqueid)
        return (*start, *ends, str(_whole(self.joined, now)), "0")


@dataclass(slots=True, eq=False)
class Queue:
    """A queue, with what Asterisk adds up since it started."""

    name: str
    setup: Setup
    members: list[Member] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    completed: int = 0
    abandoned: int = 0
    completed_in_time: int = 0  # within the service level
    abandoned_in_time: int = 0
    hold: int = 0  # moving averages (s)
    talk: int = 0

    def snapshot(self) -> tuple[str, ...]:
        """The values of wire.QUEUE_PARAMS."""
        numbers = (len(self.callers), self.hold, self.talk, self.completed, self.abandoned)
        answered = _percent(self.completed_in_time, self.completed)
        offered = _percent(self.completed_in_time + self.abandoned_in_time, self.completed + self.abandoned)
        level = str(self.setup.service_level)
        return (self.name, "0", self.setup.strategy, *map(str, numbers), level, answered, offered, "0")

    def choose(self, caller: Caller) -> Member | None:
        """Whom to call for a caller; nobody while those before it could have all that are free."""
        free = [member for member in self.members if member.free]
        if not free:
            return None
        before = self.callers[: self.callers.index(caller)]
        if len(free) <= sum(other.called is None for other in before):
            return None
        match self.setup.strategy:
            case "rrmemory":
                return min(free, key=lambda member: member.turn)
            case "fewestcalls":
                return min(free, key=lambda member: member.taken)
        return free[0]


class Queues:
    """All queues and their agents."""

    def __init__(self, tell: Tell, clock: Callable[[], float]) -> None:
        self._tell = tell
        self._clock = clock
        self._turns = count(1)
        self.queues = {name: Queue(name, setup) for name, setup in QUEUES.items()}
        last = max(setup.agents.stop for setup in QUEUES.values())
        self.agents = tuple(Agent(f"Agent {n}", f"PJSIP/agent-{n}") for n in range(1, last))
        for queue in self.queues.values():
            for number in queue.setup.agents:
                agent = self.agents[number - 1]
                member = Member(queue.name, agent, int(clock()))
                agent.places.append(member)
                queue.members.append(member)

    @property
    def expected(self) -> int:
        """How many channels can come at any moment, for callers that are there already."""
        waiting = sum(caller.called is None for queue in self.queues.values() for caller in queue.callers)
        return min(waiting, sum(agent.state == NOT_IN_USE for agent in self.agents))

    # -- callers -------------------------------------------------------------------------------

    def join(self, name: str, channel: Channel) -> Caller:
        """A caller comes, and waits last."""
        queue = self.queues[name]
        caller = Caller(channel, queue, self._clock(), len(queue.callers) + 1)
        queue.callers.append(caller)
        self._tell("QueueCallerJoin", channel, name, str(caller.position), str(len(queue.callers)))
        return caller

    def leave(self, caller: Caller) -> None:
        """A caller waits no longer."""
        queue, position = caller.queue, caller.position
        queue.callers.remove(caller)
        self._tell("QueueCallerLeave", caller.channel, queue.name, str(position), str(len(queue.callers)))

    def abandon(self, caller: Caller) -> None:
        """Nobody has answered a caller, and nobody will."""
        queue, held = caller.queue, _whole(caller.joined, self._clock())
        queue.abandoned += 1
        queue.abandoned_in_time += held <= queue.setup.service_level
        places = (str(caller.position), str(caller.original))
        self._tell("QueueCallerAbandon", caller.channel, queue.name, *places, str(held))

    # -- calls to agents -----------------------------------------------------------------------

    def offer(self, caller: Caller, member: Member, leg: Channel) -> None:
        """An agent is called for a caller."""
        member.turn = next(self._turns)
        caller.called, caller.since = (member, leg), self._clock()
        self._tell("AgentCalled", *caller.offer)

    def miss(self, caller: Caller) -> None:
        """An agent has let it ring; the time is in milliseconds, which it is nowhere else."""
        self._tell("AgentRingNoAnswer", *caller.offer, f"{1000 * _whole(caller.since, self._clock())}")

    def connect(self, caller: Caller, member: Member) -> None:
        """An agent has answered."""
        queue, now = caller.queue, self._clock()
        caller.held, rang, caller.since = _whole(caller.joined, now), _whole(caller.since, now), now
        queue.hold = _average(queue.hold, caller.held, first=not queue.completed + queue.abandoned)
        member.in_call = True
        self._tell("AgentConnect", *caller.offer, str(caller.held), str(rang))

    def complete(self, caller: Caller, member: Member, reason: str) -> None:
        """A talk is over; the reason is who ended it."""
        queue, now = caller.queue, self._clock()
        talked = _whole(caller.since, now)
        queue.completed += 1
        queue.completed_in_time += caller.held <= queue.setup.service_level
        queue.talk = _average(queue.talk, talked, first=queue.completed == 1)
        member.taken += 1
        member.last_call, member.in_call = int(now), False
        self._tell("AgentComplete", *caller.offer, str(caller.held), str(talked), reason)

    # -- agents --------------------------------------------------------------------------------

    def become(self, agent: Agent, state: str) -> None:
        """An agent's phone changes its state: each of its queues tells."""
        agent.state = state
        for member in agent.places:
            self._tell_member("QueueMemberStatus", member)

    def pause(self, agent: Agent, reason: str | None) -> None:
        """An agent takes a break in all its queues, or comes back, for which there is no reason."""
        for member in agent.places:
            member.paused, member.reason = reason is not None, reason or ""
            if member.paused:
                member.last_pause = int(self._clock())
            self._tell_member("QueueMemberPause", member)

    def _tell_member(self, event: str, member: Member) -> None:
        self._tell(event, member, "0", "0")


def _whole(begin: float, end: float) -> int:
    """Seconds as Asterisk counts them: from one whole second to another."""
    return int(end) - int(begin)


def _average(before: int, value: int, *, first: bool) -> int:
    """A moving average, in whole seconds, as Asterisk keeps it."""
    return value if first else (3 * before + value) // 4


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0.0:.1f}"
