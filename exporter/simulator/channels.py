"""What a call is made of: channels with their states, parties and causes, and the bridges between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from exporter.simulator.records import Dial
from exporter.simulator.wire import Part


class Tell(Protocol):
    """Sends an event."""

    def __call__(self, event: str, *parts: Part) -> None:
        """Its name, and what stands in it."""


class State(NamedTuple):
    """What a channel is doing, as the number and the word of ChannelState."""

    number: str
    word: str


DOWN = State("0", "Down")
RING = State("4", "Ring")
RINGING = State("5", "Ringing")
UP = State("6", "Up")
BUSY = State("7", "Busy")


class Party(NamedTuple):
    """Who is at an end of a line."""

    number: str = "<unknown>"
    name: str = "<unknown>"


UNKNOWN = Party()


class Cause(NamedTuple):
    """Why a channel ended: of Q.850, and the SIP status it came from, if it came from one."""

    code: str
    text: str
    sip: str = ""

    @property
    def request(self) -> tuple[str, ...]:
        """As it stands in HangupRequest."""
        return tuple(part for part in (self.code, self.sip) if part)


UNSAID = Cause("", "")  # a phone that hangs up a call need not say why
NO_CAUSE = Cause("0", "Unknown")
NORMAL = Cause("16", "Normal Clearing")
USER_BUSY = Cause("17", "User busy", "486")
CONGESTED = Cause("34", "Circuit/channel congestion", "503")
GAVE_UP = Cause("127", "Interworking, unspecified", "487")
CANCELLED = Cause("127", "Interworking, unspecified", "500")


@dataclass(slots=True, eq=False)
class Bridge:
    """Channels that hear each other, or wait together."""

    uniqueid: str
    members: int = 0
    technology: str = "simple_bridge"
    kind: str = "basic"
    creator: str = "<unknown>"
    name: str = "<unknown>"

    def snapshot(self) -> tuple[str, ...]:
        """The values of packets.BRIDGE."""
        video = "none"
        return (
            *(self.uniqueid, self.kind, self.technology, self.creator, self.name),
            *(str(self.members), video),
        )


@dataclass(slots=True)
class Stream:
    """What RTCP has told of a channel's media so far."""

    ssrc: int
    lossy: float  # the part of packets that is lost, on average
    lost: int = 0  # packets
    reports: int = 0


@dataclass(slots=True, eq=False)
class Channel:
    """One leg of a call."""

    name: str
    state: State
    context: str
    exten: str
    uniqueid: str
    linkedid: str
    born: float
    caller: Party = UNKNOWN
    connected: Party = UNKNOWN
    priority: str = "1"
    application: str = ""
    data: str = ""
    bridge: Bridge | None = None
    answered: float | None = None
    runs: bool = False  # it runs the dialplan: a caller
    dials: list[Dial] = field(default_factory=list)  # whom it has called
    media: Stream | None = None

    @property
    def device(self) -> str:
        """The endpoint whose channel it is; a Local channel has none."""
        return self.name.rpartition("-")[0] if self.name.startswith("PJSIP/") else ""

    def snapshot(self) -> tuple[str, ...]:
        """The values of packets.CHANNEL."""
        return (
            self.name,
            *self.state,
            *self.caller,
            *self.connected,
            "en",
            "",
            self.context,
            self.exten,
            self.priority,
            self.uniqueid,
            self.linkedid,
        )
