"""Queues of the simulated PBX: who waits, who serves, what Asterisk adds up; each change sends its event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from exporter.simulator.agents import STATUS, Agent, Member
from exporter.simulator.channels import Channel, Tell
from exporter.simulator.company import Company, Setup
from exporter.simulator.wire import Part


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
        """The values of QueueParams."""
        numbers = (len(self.callers), self.hold, self.talk, self.completed, self.abandoned)
        answered = _percent(self.completed_in_time, self.completed)
        offered = _percent(self.completed_in_time + self.abandoned_in_time, self.completed + self.abandoned)
        level = str(self.setup.service_level)
        return (self.name, "0", self.setup.strategy, *map(str, numbers), level, answered, offered, "0")

    def summary(self, now: float) -> tuple[str, ...]:
        """The values of QueueSummary."""
        longest = max((_whole(caller.joined, now) for caller in self.callers), default=0)
        numbers = (
            *(len(self.members), sum(member.free for member in self.members), len(self.callers)),
            *(self.hold, self.talk, longest),
        )
        return (self.name, *map(str, numbers))

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

    def __init__(self, tell: Tell, clock: Callable[[], float], company: Company) -> None:
        self._tell = tell
        self._clock = clock
        self._turns = count(1)
        self.queues = {setup.name: Queue(setup.name, setup) for setup in company.queues}
        self.agents = tuple(Agent(f"Agent {n}", one.device) for n, one in enumerate(company.agents, 1))
        self._by_device = {agent.interface: agent for agent in self.agents}
        for queue in self.queues.values():
            for number in queue.setup.agents:
                agent = self.agents[number - 1]
                self._place(queue, Member(queue.name, agent, int(clock())))

    def _place(self, queue: Queue, member: Member) -> None:
        member.agent.places.append(member)
        queue.members.append(member)

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

    def become(self, device: str, state: str) -> None:
        """A device has changed its state: if it is an agent's phone, each of its queues tells."""
        if agent := self._by_device.get(device):
            agent.state = STATUS[state]
            for member in agent.places:
                self._tell_member("QueueMemberStatus", member)

    def pause(self, agent: Agent, reason: str | None) -> None:
        """An agent takes a break in all its queues, or comes back, for which there is no reason."""
        for member in agent.places:
            member.paused, member.reason = reason is not None, reason or ""
            if member.paused:
                member.last_pause = int(self._clock())
            self._tell_member("QueueMemberPause", member, *([reason] if reason else []))

    def log_out(self, member: Member) -> None:
        """An agent leaves a queue, without a call of it."""
        self.queues[member.queue].members.remove(member)
        member.agent.places.remove(member)
        self._tell_member("QueueMemberRemoved", member)

    def log_in(self, queue: str, agent: Agent) -> None:
        """An agent comes to a queue."""
        member = Member(queue, agent, int(self._clock()), dynamic=True)
        self._place(self.queues[queue], member)
        self._tell_member("QueueMemberAdded", member)

    def _tell_member(self, event: str, member: Member, *more: str) -> None:
        self._tell(event, member, "0", "0", *more)


def _whole(begin: float, end: float) -> int:
    """Seconds as Asterisk counts them: from one whole second to another."""
    return int(end) - int(begin)


def _average(before: int, value: int, *, first: bool) -> int:
    """A moving average, in whole seconds, as Asterisk keeps it."""
    return value if first else (3 * before + value) // 4


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0.0:.1f}"
