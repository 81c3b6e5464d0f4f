"""The state of the simulated PBX: each thing that happens to it changes it and sends its event."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from itertools import count

from exporter.simulator import records
from exporter.simulator.channels import DOWN, NORMAL, RING, UP, Bridge, Cause, Channel, Party, State
from exporter.simulator.company import Company, Size, company
from exporter.simulator.conferences import Conferences
from exporter.simulator.desk import Desk
from exporter.simulator.devices import Devices
from exporter.simulator.endpoints import Endpoints
from exporter.simulator.parking import Parking
from exporter.simulator.queues import Queues
from exporter.simulator.versions import V22, Version
from exporter.simulator.wire import Part

Publish = Callable[[str, float, Sequence[Part]], None]
"""Takes an event: its name, its Unix time, and what stands in it."""

_PRESENTATION = "0 (Presentation Allowed, Not Screened)"


class Switch:
    """Channels and bridges, and all else that an Asterisk keeps.

    Args:
        clock: the moment at which what happens now happens, as Unix time.
        publish: is told each event.
    """

    def __init__(
        self,
        rng: random.Random,
        clock: Callable[[], float],
        publish: Publish,
        system_name: str = "",
        of: Company | None = None,
        version: Version = V22,
    ) -> None:
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self.processed = 0  # channels that ran the dialplan, which Asterisk calls calls
        self.started = clock()
        self.system_name = system_name
        self.company = of or company(Size())
        self.version = version
        self._rng = rng
        self._clock = clock
        self._publish = publish
        self._ids, self._legs, self._locals = count(), count(), count()
        self.queues = Queues(self.tell, clock, self.company)
        self.devices = Devices(self.tell, self.company, self.queues.become)
        self.endpoints = Endpoints(self.tell, self.company, self.devices)
        self.conferences = Conferences(
            *(self.tell, clock, self.devices),
            lambda name: self.bridge("base", "softmix", "ConfBridge", name),
        )
        self.parking = Parking(
            *(self.tell, clock, self.devices),
            lambda: self.bridge("parking", "holding_bridge", "Parking", "default"),
        )
        self.desk = Desk(self.tell, clock, self.devices, self.company)

    def tell(self, event: str, *parts: Part) -> None:
        """Something happens now."""
        self._publish(event, self._clock(), parts)

    # -- channels come -------------------------------------------------------------------------

    def arrive(self, endpoint: str, context: str, exten: str, caller: Party) -> Channel:
        """A call comes in from an endpoint and asks for an extension."""
        channel = self._channel(f"PJSIP/{endpoint}-{next(self._legs):08x}", RING, context, exten)
        channel.caller = caller
        self.tell("Newchannel", channel)
        self.devices.note(channel)
        return channel

    def call_out(self, endpoint: str, context: str, caller: Channel) -> Channel:
        """A leg to an endpoint, on behalf of a caller."""
        name = f"PJSIP/{endpoint}-{next(self._legs):08x}"
        channel = self._channel(name, DOWN, context, "s", caller.linkedid)
        self.tell("Newchannel", channel)
        return channel

    def local(self, context: str, exten: str, caller: Channel) -> tuple[Channel, Channel]:
        """Both halves of a Local channel: the one that is called, and the one that runs the dialplan."""
        name = f"Local/{exten}@{context}-{next(self._locals):08x}"
        one = self._channel(f"{name};1", DOWN, context, exten, caller.linkedid)
        two = self._channel(f"{name};2", RING, context, exten, caller.linkedid)
        self.tell("Newchannel", one)
        self.tell("Newchannel", two)
        return one, two

    def _channel(self, name: str, state: State, context: str, exten: str, linked: str = "") -> Channel:
        system = f"{self.system_name}-" if self.system_name else ""
        now = self._clock()
        uniqueid = f"{system}{int(now)}.{next(self._ids)}"
        channel = Channel(name, state, context, exten, uniqueid, linked or uniqueid, now)
        channel.runs = state is RING
        self.channels[uniqueid] = channel
        self.processed += channel.runs
        return channel

    # -- and change ----------------------------------------------------------------------------

    def run(self, channel: Channel, application: str, data: str = "", priority: str = "1") -> None:
        """The dialplan runs an application for a channel."""
        channel.application, channel.data, channel.priority = application, data, priority
        self.tell("Newexten", channel, channel.exten, application, data)

    def identify(self, channel: Channel) -> None:
        """A channel is told who it is."""
        self.tell("NewCallerid", channel, _PRESENTATION)

    def connect(self, channel: Channel, party: Party) -> None:
        """A channel is told whom it speaks to."""
        channel.connected = party
        self.tell("NewConnectedLine", channel)

    def become(self, channel: Channel, state: State) -> None:
        """A channel changes its state."""
        channel.state = state
        if state is UP:
            channel.answered = self._clock()
        self.tell("Newstate", channel)
        self.devices.note(channel)

    def join(self, one: Channel, two: Channel) -> None:
        """Tell which halves are one Local channel; it stays between its callers, as with ``/n``."""
        self.tell("LocalBridge", one, two, two.context, two.exten, "No")

    def dial(self, caller: Channel, called: Channel, destination: str) -> None:
        """A caller starts to call."""
        began = self._clock() if caller.dials else caller.born
        caller.dials.append(records.Dial(called.name, began, caller.application, caller.data))
        self.tell("DialBegin", caller, called, destination)

    def dialling(self, caller: Channel, called: Channel, status: str) -> None:
        """The far end says how it goes."""
        self.tell("DialState", caller, called, status)

    def dialled(self, caller: Channel, called: Channel, status: str) -> None:
        """The far end answered, or did not."""
        for dial in caller.dials:
            if dial.called == called.name:
                dial.end(status, self._clock())
        self.tell("DialEnd", caller, called, status)

    def hold(self, channel: Channel, other: Channel) -> None:
        """One end lets the other wait with music."""
        self.tell("Hold", channel, "default")
        self.devices.note(channel, held=True)
        self.play(other)

    def unhold(self, channel: Channel, other: Channel) -> None:
        """The waiting is over."""
        self.tell("Unhold", channel)
        self.devices.note(channel)
        self.quieten(other)

    def play(self, channel: Channel) -> None:
        """A channel hears music while it waits."""
        self.tell("MusicOnHoldStart", channel, "default")

    def quieten(self, channel: Channel) -> None:
        """The music ends."""
        self.tell("MusicOnHoldStop", channel)

    # -- bridges -------------------------------------------------------------------------------

    def bridge(self, kind: str = "basic", technology: str = "simple_bridge", *named: str) -> Bridge:
        """An empty bridge; `named` are who made it and its name."""
        unique = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        bridge = Bridge(unique, 0, technology, kind, *named)
        self.bridges[bridge.uniqueid] = bridge
        self.tell("BridgeCreate", bridge)
        return bridge

    def enter(self, bridge: Bridge, channel: Channel) -> None:
        """A channel enters a bridge."""
        bridge.members += 1
        channel.bridge = bridge
        self.tell("BridgeEnter", bridge, channel)

    def leave(self, channel: Channel) -> None:
        """A channel leaves its bridge."""
        if bridge := channel.bridge:
            bridge.members -= 1
            channel.bridge = None
            self.tell("BridgeLeave", bridge, channel)

    def dissolve(self, bridge: Bridge) -> None:
        """A bridge that all have left goes."""
        del self.bridges[bridge.uniqueid]
        self.tell("BridgeDestroy", bridge)

    # -- and go --------------------------------------------------------------------------------

    def request_hangup(self, channel: Channel, cause: Cause) -> None:
        """The far end of a channel hangs up."""
        self.tell("HangupRequest", channel, *cause.request)

    def soft_hangup(self, channel: Channel, cause: Cause = NORMAL) -> None:
        """Asterisk tells a channel to end: always with cause 16, beside the status of SIP."""
        self.tell("SoftHangupRequest", channel, NORMAL.code, *cause.request[1:])

    def hangup(self, channel: Channel, cause: Cause) -> None:
        """A channel is gone; of a caller a record is written for each end that it called."""
        if channel.runs:
            for values in records.of(channel, self._clock()):
                self.tell("Cdr", *values)
        del self.channels[channel.uniqueid]
        self.tell("Hangup", channel, cause.code, cause.text, *cause.request[1:])
        self.devices.note(channel, gone=True)
