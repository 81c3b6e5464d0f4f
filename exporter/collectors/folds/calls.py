"""Calls and channels from their beginning to their end: what each Linkedid went through."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from exporter.collectors.folds.doubts import GRACE, Doubts
from exporter.metrics.folds import Machine, Told
from exporter.metrics.numbers import Seconds
from exporter.metrics.readers import Condition, Row, Unreadable

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

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        """Every event of a channel says its Linkedid: another one than before is another call."""
        unique = fields.get("uniqueid", "")
        self._doubts.clear(unique)
        if event == "Newchannel" and unique and unique not in self._channels and self._counts.holds(fields):
            linked = fields.get("linkedid") or unique
            channel = _Channel(fields.get("channel", ""), now, linked, now)
            # Before the list, a channel that is not its call's first joins one that is older than the session.
            yield from self._enter(unique, channel, seen=self._listed or linked == unique)
        if unique in self._channels:
            linked = fields.get("linkedid", "")
            # The last breath of a channel opens no call: that which it had come into may be over already.
            if event != "Hangup" or linked in self._calls:
                yield from self._move(unique, linked, now)
            yield from self._answer(unique, fields)
            channel = self._channels[unique]
            channel.ending = _ENDING.get(event, channel.ending)
            match event:
                case "Hangup":
                    yield from self._hang_up(unique, now)
                case "BridgeEnter":
                    if fields.get("bridgetype") == _TALK:
                        yield from self._merge(fields.get("bridgeuniqueid", ""), linked, now)
                    self._place(unique, fields.get("bridgeuniqueid", ""))
                case "BridgeLeave":
                    self._place(unique, "")

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterator[Told]:
        """The list finds channels that no event told of; what it has otherwise an event may tell yet."""
        there = {str(row.get("uniqueid")): row for row in rows if self._counts.holds(row)}
        ages = {unique: _age(row) for unique, row in there.items() if unique not in self._channels}
        for unique in sorted(
            ages, key=lambda unique: (-ages[unique], unique != there[unique].get("linkedid"))
        ):
            row = there[unique]
            name, linked = str(row.get("channel", "")), str(row.get("linkedid") or unique)
            channel = _Channel(name, now - ages[unique], linked, now)
            yield from self._enter(unique, channel, seen=self._listed)
            self._place(unique, str(row.get("bridgeid", "")))
        for unique, row in there.items():
            if unique in self._channels:
                yield from self._answer(unique, row, silent=not self._listed and unique in ages)
        self._doubts.listed(dict(self._otherwise(there, now)), now)
        self._listed = True

    def _otherwise(self, there: Mapping[str, Row], now: float) -> Iterator[tuple[str, str]]:
        """The channels that a list has in another call, or in none. A young one is not its to judge."""
        for unique, channel in self._channels.items():
            row = there.get(unique)
            call = "" if row is None else str(row.get("linkedid") or channel.call)
            if call != channel.call and channel.since < now - GRACE:
                yield unique, call

    def tick(self, now: float) -> Iterator[Told]:
        """No event has told what a list had otherwise."""
        for unique, call, since in self._doubts.due(now):
            if unique not in self._channels:
                continue
            if call:
                yield from self._move(unique, call, since)
            else:
                yield from self._leave(self._pop(unique), "lost", since)

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

    def _enter(self, unique: str, channel: _Channel, *, seen: bool) -> Iterator[Told]:
        if len(self._channels) >= MOST:
            oldest = self._pop(next(iter(self._channels)))
            yield from self._leave(oldest, "lost", channel.born)
        yield from self._join(unique, channel, seen=seen)
        self._channels[unique] = channel

    def _join(self, unique: str, channel: _Channel, *, seen: bool) -> Iterator[Told]:
        call = self._calls.get(channel.call)
        if call is None:
            call = self._calls[channel.call] = _Call(channel.born, unique)
            if seen:
                yield "started", {"linkedid": channel.call}
        call.channels += 1

    def _move(self, unique: str, linked: str, now: float) -> Iterator[Told]:
        """The channel is in that call now."""
        before = self._channels[unique]
        if linked and linked != before.call:
            channel = self._channels[unique] = replace(before, call=linked, since=now)
            yield from self._join(unique, channel, seen=self._listed)
            yield from self._leave(before, "merged", now)

    def _merge(self, bridge: str, linked: str, now: float) -> Iterator[Told]:
        """All channels of a talk take the oldest Linkedid, which the one that comes in has; no event tells it."""
        for unique in self._bridges.get(bridge, ()):
            yield from self._move(unique, linked, now)

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

    def _answer(self, unique: str, fields: Row, *, silent: bool = False) -> Iterator[Told]:
        """Whether its call is answered."""
        channel = self._channels[unique]
        call = self._calls[channel.call]
        if not call.answered and call.first == unique and fields.get("channelstate") == _UP:
            call.answered = True
            if not silent:
                yield "answered", {"linkedid": channel.call}

    def _hang_up(self, unique: str, now: float) -> Iterator[Told]:
        channel = self._pop(unique)
        duration = max(0.0, now - channel.born)
        yield "channel", {"channel": channel.name, "duration": duration, "linkedid": channel.call}
        yield from self._leave(channel, "hangup", now)

    def _leave(self, channel: _Channel, how: str, now: float) -> Iterator[Told]:
        call = self._calls[channel.call]
        call.channels -= 1
        if not call.channels:
            del self._calls[channel.call]
            duration = max(0.0, now - call.born)
            yield "ended", {"how": how, "duration": duration, "linkedid": channel.call}


def _age(row: Row) -> float:
    """How old a listed channel is (s); one that only an event told of has no duration."""
    try:
        return _DURATION.number(row, 0.0) or 0.0
    except Unreadable:
        return 0.0
