"""What Asterisk's own applications keep: messages in mailboxes, agents who have logged in, faxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exporter.simulator.channels import Channel, Tell
from exporter.simulator.company import AGENTS, MAILBOX_CONTEXT, Company
from exporter.simulator.devices import INUSE, NOT_INUSE, UNAVAILABLE, Devices
from exporter.simulator.wire import Part


@dataclass(slots=True, eq=False)
class Mailbox:
    """Messages that nobody has heard, and the others."""

    new: int = 0
    old: int = 0


@dataclass(frozen=True, slots=True)
class Login:
    """An agent's channel, and since when it is there (Unix time, s)."""

    channel: Channel
    since: float


class Desk:
    """Mailboxes, agents of agents.conf and the fax machine of a PBX."""

    def __init__(self, tell: Tell, clock: Callable[[], float], devices: Devices, company: Company) -> None:
        self.mailboxes = {number: Mailbox() for number in company.mailboxes}
        self.agents: dict[str, Login] = {}
        self.faxes = 0
        self._tell = tell
        self._clock = clock
        self._devices = devices
        for agent in AGENTS:
            devices.states[f"Agent:{agent}"] = UNAVAILABLE

    def leave_message(self, channel: Channel, number: str) -> None:
        """A caller leaves a message."""
        self.mailboxes[number].new += 1
        self._tell_waiting(channel, number)

    def hear_messages(self, channel: Channel, number: str) -> None:
        """Somebody hears all that is new, and throws away what is old."""
        mailbox = self.mailboxes[number]
        mailbox.new, mailbox.old = 0, mailbox.new
        self._tell_waiting(channel, number)

    def log_in(self, channel: Channel, agent: str) -> None:
        """An agent comes and waits for calls."""
        self.agents[agent] = Login(channel, self._clock())
        self._tell("AgentLogin", channel, agent)
        self._devices.become(f"Agent:{agent}", NOT_INUSE)

    def log_off(self, agent: str) -> None:
        """An agent goes."""
        login = self.agents.pop(agent)
        self._tell("AgentLogoff", login.channel, agent, str(int(self._clock() - login.since)))
        self._devices.become(f"Agent:{agent}", UNAVAILABLE)

    def agent(self, agent: str) -> tuple[Part, ...]:
        """The values of the item Agents."""
        login = self.agents.get(agent)
        if login is None:
            return (agent, AGENTS[agent], "AGENT_LOGGEDOFF")
        return (agent, AGENTS[agent], "AGENT_IDLE", str(int(login.since)), login.channel)

    def receive_fax(self, channel: Channel, pages: int) -> None:
        """A fax is there."""
        self.faxes += 1
        values = ("", "", str(pages), "8031x3850", "14400", "/var/spool/asterisk/fax.tif")
        self._tell("ReceiveFAX", channel, *values)

    def _tell_waiting(self, channel: Channel, number: str) -> None:
        mailbox, address = self.mailboxes[number], f"{number}@{MAILBOX_CONTEXT}"
        waits = mailbox.new > 0
        counts = (str(int(waits)), str(mailbox.new), str(mailbox.old))
        self._tell("MessageWaiting", channel, address, *counts)
        self._devices.become(f"MWI:{address}", INUSE if waits else NOT_INUSE)
