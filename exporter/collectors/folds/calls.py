"""Calls and channels from their beginning to their end: what each Linkedid went through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from exporter.collectors.folds.doubts import GRACE, Doubts
from exporter.metrics.folds import Machine, Told
from exporter.metrics.numbers import Seconds
from exporter.metrics.readers import Condition, Row, Unreadable

EVENTS = (
    "Newchannel",
    "Newstate",
    "BridgeEnter",
    "BridgeLeave",
    "Hold",
    "Unhold",
    "SoftHangupRequest",
    "Hangup",
)
HEADERS = ("Uniqueid", "Linkedid", "Channel", "ChannelState", "BridgeUniqueid", "BridgeType")

# Channels that are followed at one time: more than one Asterisk carries. What events lost leaves behind
# is taken away by the next list; should none ever come, the oldest make room.
MOST = 50_000

_UP = "6"
_TALK = "basic"  # the type of a bridge whose channels are all of one call, as those of a conference are not
_DURATION = Seconds("Duration")
# What tells that a channel is ending, and what that it lives on.
_ENDING = {"SoftHangupRequest": True, "Newstate": False, "BridgeEnter": False}


@dataclass(slots=True)
class _Channel:
    name: str
    born: float
    call: str  # its Linkedid
    since: float  # when it came into that call
    bridge: str = ""  # that it is in
    ending: bool = False  # told to hang up


@dataclass(slots=True)
class _Call:
    born: float
    first: str  # Uniqueid of its first channel
    answered: bool = False
    channels: int = 0


class Calls(Machine):
    """Follows each channel from call to call.

    Tells `started`, `answered` (once a call, when its first channel is up), `ended` (header How: hangup;
    merged, when its last channel moved to another call; lost, when its end was not seen) and `channel`
    (one that hung up). What the first list of a session brings was there before: it started unseen.
    From then on started less ended is the change of the calls that it holds. Its rows `active` are those
    of them that have a channel which was not told to hang up.

    Args:
        counts: which channels are of a call.
    """

    def __init__(self, counts: Condition) -> None:
        self._counts = counts
        self._channels: dict[str, _Channel] = {}  # by Uniqueid, the longest known first
        self._calls: dict[str, _Call] = {}  # by Linkedid
        self._bridges: dict[str, set[str]] = {}  # the channels of each
        self._doubts = Doubts[str, str]()  # a list has the channel in another call, or, if "", in none
        self._listed = False

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:
        """Every event of a channel says its Linkedid: another one than before is another call."""
        unique = fields.get("uniqueid", "")
        told: list[Told] = []
        self._doubts.clear(unique)
        channel = self._channels.get(unique)
        if channel is None:
            if event != "Newchannel" or not unique or not self._counts.holds(fields):
                return ()
            linked = fields.get("linkedid") or unique
            channel = _Channel(fields.get("channel", ""), now, linked, now)
            # Before the list, a channel that is not its call's first joins one that is older than the session.
            self._enter(unique, channel, told, seen=self._listed or linked == unique)
        linked = fields.get("linkedid", "")
        # The last breath of a channel opens no call: that which it had come into may be over already.
        if linked != channel.call and linked and (event != "Hangup" or linked in self._calls):
            channel = self._move(unique, channel, linked, now, told)
        if fields.get("channelstate") == _UP:
            self._answer(unique, channel, told)
        if event == "Hangup":
            self._hang_up(unique, now, told)
        elif event in _ENDING:
            channel.ending = _ENDING[event]
        if event == "BridgeEnter":
            if fields.get("bridgetype") == _TALK:
                self._merge(fields.get("bridgeuniqueid", ""), linked, now, told)
            self._place(unique, fields.get("bridgeuniqueid", ""))
        elif event == "BridgeLeave":
            self._place(unique, "")
        return told

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterable[Told]:
        """The list finds channels that no event told of; what it has otherwise an event may tell yet."""
        there = {str(row.get("uniqueid")): row for row in rows if self._counts.holds(row)}
        told: list[Told] = []
        ages = {unique: _age(row) for unique, row in there.items() if unique not in self._channels}
        for unique in sorted(
            ages, key=lambda unique: (-ages[unique], unique != there[unique].get("linkedid"))
        ):
            row = there[unique]
            name, linked = str(row.get("channel", "")), str(row.get("linkedid") or unique)
            channel = _Channel(name, now - ages[unique], linked, now)
            self._enter(unique, channel, told, seen=self._listed)
            self._place(unique, str(row.get("bridgeid", "")))
        for unique, row in there.items():
            if row.get("channelstate") == _UP and (known := self._channels.get(unique)) is not None:
                self._answer(unique, known, told, silent=not self._listed and unique in ages)
        self._doubts.listed(dict(self._otherwise(there, now)), now)
        self._listed = True
        return told

    def _otherwise(self, there: Mapping[str, Row], now: float) -> Iterator[tuple[str, str]]:
        """The channels that a list has in another call, or in none. A young one is not its to judge."""
        for unique, channel in self._channels.items():
            row = there.get(unique)
            call = "" if row is None else str(row.get("linkedid") or channel.call)
            if call != channel.call and channel.since < now - GRACE:
                yield unique, call

    def tick(self, now: float) -> Iterable[Told]:
        """No event has told what a list had otherwise."""
        told: list[Told] = []
        for unique, call, since in self._doubts.due(now):
            if (channel := self._channels.get(unique)) is None:
                continue
            if not call:
                self._leave(self._pop(unique), "lost", since, told)
            elif call != channel.call:
                self._move(unique, channel, call, since, told)
        return told

    def rows(self, what: str) -> list[Row]:
        """The calls now; of a channel that the last list has otherwise that list is believed."""
        if what != "active":
            return []
        here = [(unique, channel) for unique, channel in self._channels.items() if not channel.ending]
        calls = {self._doubts.said(unique, channel.call) for unique, channel in here}
        return [{"linkedid": linked} for linked in calls if linked]

    def forget(self) -> None:
        """The next session begins with a list again."""
        self._channels.clear()
        self._calls.clear()
        self._bridges.clear()
        self._doubts.forget()
        self._listed = False

    def _enter(self, unique: str, channel: _Channel, told: list[Told], *, seen: bool) -> None:
        if len(self._channels) >= MOST:
            self._leave(self._pop(next(iter(self._channels))), "lost", channel.born, told)
        self._join(unique, channel, told, seen=seen)
        self._channels[unique] = channel

    def _join(self, unique: str, channel: _Channel, told: list[Told], *, seen: bool) -> None:
        call = self._calls.get(channel.call)
        if call is None:
            call = self._calls[channel.call] = _Call(channel.born, unique)
            if seen:
                told.append(("started", {"linkedid": channel.call}))
        call.channels += 1

    def _move(self, unique: str, before: _Channel, linked: str, now: float, told: list[Told]) -> _Channel:
        """The channel is in that other call now."""
        channel = self._channels[unique] = replace(before, call=linked, since=now)
        self._join(unique, channel, told, seen=self._listed)
        self._leave(before, "merged", now, told)
        return channel

    def _merge(self, bridge: str, linked: str, now: float, told: list[Told]) -> None:
        """All channels of a talk take the oldest Linkedid, which the one that comes in has; no event tells it."""
        for unique in self._bridges.get(bridge, ()):
            channel = self._channels[unique]
            if linked and linked != channel.call:
                self._move(unique, channel, linked, now, told)

    def _place(self, unique: str, bridge: str) -> None:
        """The channel is in that bridge now, or, if "", in none."""
        channel = self._channels[unique]
        if (left := self._bridges.get(channel.bridge)) is not None:
            left.discard(unique)
            if not left:
                del self._bridges[channel.bridge]
        channel.bridge = bridge
        if bridge:
            self._bridges.setdefault(bridge, set()).add(unique)

    def _pop(self, unique: str) -> _Channel:
        self._place(unique, "")
        return self._channels.pop(unique)

    def _answer(self, unique: str, channel: _Channel, told: list[Told], *, silent: bool = False) -> None:
        """The channel is up: its call is answered, if it is the first one of that."""
        call = self._calls[channel.call]
        if not call.answered and call.first == unique:
            call.answered = True
            if not silent:
                told.append(("answered", {"linkedid": channel.call}))

    def _hang_up(self, unique: str, now: float, told: list[Told]) -> None:
        channel = self._pop(unique)
        duration = max(0.0, now - channel.born)
        told.append(("channel", {"channel": channel.name, "duration": duration, "linkedid": channel.call}))
        self._leave(channel, "hangup", now, told)

    def _leave(self, channel: _Channel, how: str, now: float, told: list[Told]) -> None:
        call = self._calls[channel.call]
        call.channels -= 1
        if not call.channels:
            del self._calls[channel.call]
            duration = max(0.0, now - call.born)
            told.append(("ended", {"how": how, "duration": duration, "linkedid": channel.call}))


def _age(row: Row) -> float:
    """How old a listed channel is (s); one that only an event told of has no duration."""
    try:
        return _DURATION.number(row, 0.0) or 0.0
    except Unreadable:
        return 0.0
