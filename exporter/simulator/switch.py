"""The state of the simulated PBX: each thing that happens to it changes it and sends its event."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from exporter.simulator.wire import Part

Publish = Callable[[str, float, Sequence[Part]], None]
"""Takes an event: its name, its Unix time, and what stands in it."""


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
        return (self.code, self.sip) if self.sip else (self.code,)


NO_CAUSE = Cause("0", "Unknown")
NORMAL = Cause("16", "Normal Clearing")
USER_BUSY = Cause("17", "User busy", "486")
CONGESTED = Cause("34", "Circuit/channel congestion", "503")
GAVE_UP = Cause("127", "Interworking, unspecified", "487")
CANCELLED = Cause("127", "Interworking, unspecified", "500")

_PRESENTATION = "0 (Presentation Allowed, Not Screened)"


@dataclass(slots=True, eq=False)
class Bridge:
    """Two channels that hear each other."""

    uniqueid: str
    members: int = 0
    technology: str = "simple_bridge"

    def snapshot(self) -> tuple[str, ...]:
        """The values of wire.BRIDGE."""
        unknown = "<unknown>"
        return (self.uniqueid, "basic", self.technology, unknown, unknown, str(self.members), "none")


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

    def snapshot(self) -> tuple[str, ...]:
        """The values of wire.CHANNEL."""
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


class Switch:
    """Channels and bridges.

    Args:
        clock: the moment at which what happens now happens, as Unix time.
        publish: is told each event.
    """

    def __init__(
        self, rng: random.Random, clock: Callable[[], float], publish: Publish, system_name: str = ""
    ) -> None:
        self.channels: dict[str, Channel] = {}
        self.processed = 0  # channels that ran the dialplan, which Asterisk calls calls
        self.started = clock()
        self.system_name = system_name
        self._rng = rng
        self._clock = clock
        self._publish = publish
        self._ids, self._legs, self._locals = count(), count(), count()

    def _tell(self, event: str, *parts: Part) -> None:
        self._publish(event, self._clock(), parts)

    # -- channels come -------------------------------------------------------------------------

    def arrive(self, endpoint: str, context: str, exten: str, caller: Party) -> Channel:
        """A call comes in from an endpoint and asks for an extension."""
        channel = self._channel(f"PJSIP/{endpoint}-{next(self._legs):08x}", RING, context, exten)
        channel.caller = caller
        self._tell("Newchannel", channel)
        return channel

    def call_out(self, endpoint: str, context: str, caller: Channel) -> Channel:
        """A leg to an endpoint, on behalf of a caller."""
        name = f"PJSIP/{endpoint}-{next(self._legs):08x}"
        channel = self._channel(name, DOWN, context, "s", caller.linkedid)
        self._tell("Newchannel", channel)
        return channel

    def local(self, context: str, exten: str, caller: Channel) -> tuple[Channel, Channel]:
        """Both halves of a Local channel: the one that is called, and the one that runs the dialplan."""
        name = f"Local/{exten}@{context}-{next(self._locals):08x}"
        one = self._channel(f"{name};1", DOWN, context, exten, caller.linkedid)
        two = self._channel(f"{name};2", RING, context, exten, caller.linkedid)
        self._tell("Newchannel", one)
        self._tell("Newchannel", two)
        return one, two

    def _channel(self, name: str, state: State, context: str, exten: str, linked: str = "") -> Channel:
        system = f"{self.system_name}-" if self.system_name else ""
        now = self._clock()
        uniqueid = f"{system}{int(now)}.{next(self._ids)}"
        channel = Channel(name, state, context, exten, uniqueid, linked or uniqueid, now)
        self.channels[uniqueid] = channel
        self.processed += state is RING
        return channel

    # -- and change ----------------------------------------------------------------------------

    def run(self, channel: Channel, application: str, data: str = "", priority: str = "1") -> None:
        """The dialplan runs an application for a channel."""
        channel.application, channel.data, channel.priority = application, data, priority
        self._tell("Newexten", channel, channel.exten, application, data)

    def identify(self, channel: Channel) -> None:
        """A channel is told who it is."""
        self._tell("NewCallerid", channel, _PRESENTATION)

    def connect(self, channel: Channel, party: Party) -> None:
        """A channel is told whom it speaks to."""
        channel.connected = party
        self._tell("NewConnectedLine", channel)

    def become(self, channel: Channel, state: State) -> None:
        """A channel changes its state."""
        channel.state = state
        self._tell("Newstate", channel)

    def join(self, one: Channel, two: Channel) -> None:
        """Tell which halves are one Local channel; it stays between its callers, as with ``/n``."""
        self._tell("LocalBridge", one, two, two.context, two.exten, "No")

    def dial(self, caller: Channel, called: Channel, destination: str) -> None:
        """A caller starts to call."""
        self._tell("DialBegin", caller, called, destination)

    def dialling(self, caller: Channel, called: Channel, status: str) -> None:
        """The far end says how it goes."""
        self._tell("DialState", caller, called, status)

    def dialled(self, caller: Channel, called: Channel, status: str) -> None:
        """The far end answered, or did not."""
        self._tell("DialEnd", caller, called, status)

    def hold(self, channel: Channel, other: Channel) -> None:
        """One end lets the other wait with music."""
        self._tell("Hold", channel, "default")
        self._tell("MusicOnHoldStart", other, "default")

    def unhold(self, channel: Channel, other: Channel) -> None:
        """The waiting is over."""
        self._tell("Unhold", channel)
        self._tell("MusicOnHoldStop", other)

    # -- bridges -------------------------------------------------------------------------------

    def bridge(self) -> Bridge:
        """An empty bridge."""
        bridge = Bridge(str(uuid.UUID(int=self._rng.getrandbits(128), version=4)))
        self._tell("BridgeCreate", bridge)
        return bridge

    def enter(self, bridge: Bridge, channel: Channel) -> None:
        """A channel enters a bridge."""
        bridge.members += 1
        channel.bridge = bridge
        self._tell("BridgeEnter", bridge, channel)

    def leave(self, channel: Channel) -> None:
        """A channel leaves its bridge."""
        if bridge := channel.bridge:
            bridge.members -= 1
            channel.bridge = None
            self._tell("BridgeLeave", bridge, channel)

    def dissolve(self, bridge: Bridge) -> None:
        """A bridge that all have left goes."""
        self._tell("BridgeDestroy", bridge)

    # -- and go --------------------------------------------------------------------------------

    def request_hangup(self, channel: Channel, cause: Cause) -> None:
        """The far end of a channel hangs up."""
        self._tell("HangupRequest", channel, *cause.request)

    def soft_hangup(self, channel: Channel, cause: Cause = NORMAL) -> None:
        """Asterisk tells a channel to end: always with cause 16, beside the status of SIP."""
        self._tell("SoftHangupRequest", channel, NORMAL.code, *cause.request[1:])

    def hangup(self, channel: Channel, cause: Cause) -> None:
        """A channel is gone."""
        del self.channels[channel.uniqueid]
        self._tell("Hangup", channel, cause.code, cause.text, *cause.request[1:])
