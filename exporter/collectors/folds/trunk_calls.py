"""Calls over trunks: which way each went, and how long it was answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from exporter.collectors.folds.doubts import Doubts
from exporter.metrics.folds import Machine, Told
from exporter.metrics.readers import LabelReader, Row

EVENTS = ("Newchannel", "Newstate", "Hangup")
HEADERS = ("Uniqueid", "Channel", "ChannelState")  # and those that tell the trunk

MOST = 20_000  # channels that are followed at one time; should no list ever come, the oldest make room

# A driver makes the channel of a caller as ringing, or (DAHDI) before it rings; one that it is to call as down,
# which then is dialling or ringing there (5). chan_sip makes all as down: a caller's then rings here.
INCOMING = ("4", "9")
_DOWN, _UP = "0", "6"


@dataclass(slots=True)
class _Call:
    channel: str
    direction: str  # empty while it is not known
    since: float  # when it was made, and then when it was answered
    answered: bool = False

    def row(self, **more: float) -> Row:
        return {"channel": self.channel, "direction": self.direction, **more}


@dataclass(frozen=True)
class TrunkCalls:
    """Makes the machine for these trunks. Equal trunks make equal machines."""

    trunk: LabelReader

    def __call__(self) -> _Machine:
        """A machine that has seen nothing."""
        return _Machine(self.trunk)


class _Machine(Machine):
    """Tells `began` (Channel, Direction) and `talked` (Channel, Direction, Seconds).

    Channels that are older than the session went which way, and were answered when, nobody tells.
    """

    def __init__(self, trunk: LabelReader) -> None:
        self._trunk = trunk
        self._calls: dict[str, _Call] = {}  # by Uniqueid
        self._doubts = Doubts[str, None]()  # a list does not have the channel any more

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        """Newchannel, Newstate or Hangup."""
        unique = fields.get("uniqueid", "")
        if event == "Newchannel":
            if unique in self._calls or self._trunk.label(fields) is None:
                return
            call = self._calls[unique] = _Call(fields.get("channel", ""), "", now)
            if len(self._calls) > MOST:
                del self._calls[next(iter(self._calls))]
            yield from self._directed(call, fields.get("channelstate", ""))
        elif (found := self._calls.get(unique)) is not None:
            state = fields.get("channelstate", "") if event == "Newstate" else "ended"
            yield from self._directed(found, state)
            if event == "Hangup":
                del self._calls[unique]
                if found.answered:
                    yield "talked", found.row(seconds=max(0.0, now - found.since))
            elif state == _UP and not found.answered:
                found.answered, found.since = True, now

    @staticmethod
    def _directed(call: _Call, state: str) -> Iterator[Told]:
        """The first state but down tells which way it goes."""
        if not call.direction and state != _DOWN:
            call.direction = "inbound" if state in INCOMING else "outbound"
            yield "began", call.row()

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterator[Told]:
        """Channels whose Hangup was lost are not counted: when they ended nobody knows."""
        there = {row.get("uniqueid") for row in rows}
        self._doubts.listed({unique: None for unique in self._calls if unique not in there}, now)
        return iter(())

    def tick(self, now: float) -> Iterator[Told]:
        """No Hangup came in time."""
        for unique, _, _ in self._doubts.due(now):
            self._calls.pop(unique, None)
        return iter(())

    def forget(self) -> None:
        """The session is over."""
        self._calls.clear()
        self._doubts.forget()
