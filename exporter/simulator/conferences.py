"""Conferences: rooms that open with the first who comes and close with the last who goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from exporter.simulator.channels import Bridge, Channel, Tell
from exporter.simulator.devices import INUSE, NOT_INUSE, Devices


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


@dataclass(slots=True, eq=False)
class User:
    """Somebody in a conference."""

    channel: Channel
    admin: bool  # who came first, and is marked
    since: float  # Unix time (s)
    muted: bool = False


@dataclass(slots=True, eq=False)
class Room:
    """A conference that is held."""

    name: str
    bridge: Bridge
    users: dict[Channel, User] = field(default_factory=dict)

    def snapshot(self) -> tuple[str, ...]:
        """Its name and its bridge."""
        return (self.name, *self.bridge.snapshot())

    def row(self) -> tuple[str, ...]:
        """The values of ConfbridgeListRooms."""
        marked = sum(user.admin for user in self.users.values())
        return (self.name, str(len(self.users)), str(marked), "No", "No")

    def entries(self, now: float) -> list[tuple[Channel | str, ...]]:
        """The values of ConfbridgeList, for each user."""
        return [
            (
                *(self.name, _yes(user.admin), _yes(user.admin)),
                *("No", "No", "No", "No", _yes(user.muted), "No", str(int(now - user.since)), user.channel),
            )
            for user in self.users.values()
        ]


class Conferences:
    """All that are held now.

    Args:
        bridge: makes a bridge of a room's name.
    """

    def __init__(
        self, tell: Tell, clock: Callable[[], float], devices: Devices, bridge: Callable[[str], Bridge]
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self._tell = tell
        self._clock = clock
        self._devices = devices
        self._bridge = bridge

    def room(self, name: str) -> Room:
        """The room of that name; it opens if it must."""
        if name not in self.rooms:
            self.rooms[name] = Room(name, self._bridge(name))
            self._tell("ConfbridgeStart", self.rooms[name])
            self._devices.become(f"confbridge:{name}", INUSE)
        return self.rooms[name]

    def join(self, room: Room, channel: Channel) -> None:
        """Somebody is in, after the bridge has told so."""
        user = room.users[channel] = User(channel, not room.users, self._clock())
        self._tell("ConfbridgeJoin", room, channel, _yes(user.admin), "No")

    def mute(self, room: Room, channel: Channel, *, muted: bool) -> None:
        """Somebody is heard no more, or again."""
        user = room.users[channel]
        user.muted = muted
        self._tell("ConfbridgeMute" if muted else "ConfbridgeUnmute", room, channel, _yes(user.admin))

    def leave(self, room: Room, channel: Channel) -> None:
        """Somebody goes, before the bridge tells so."""
        user = room.users.pop(channel)
        self._tell("ConfbridgeLeave", room, channel, _yes(user.admin))

    def close(self, room: Room) -> None:
        """All have left the bridge."""
        del self.rooms[room.name]
        self._tell("ConfbridgeEnd", room)
        self._devices.become(f"confbridge:{room.name}", NOT_INUSE)
