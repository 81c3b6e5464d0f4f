"""Real packets, and what the simulator says of itself, in one form: names and values in order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from exporter.ami import Message
from exporter.simulator import wire
from exporter.simulator.actions import answer
from exporter.simulator.packets import CHANNEL
from exporter.simulator.requests import Request
from exporter.simulator.switch import Switch
from exporter.simulator.versions import V22, Version

WIRE = Path(__file__).parent / "wire"
WIRES = WIRE.parent.parent / "wire"  # what the exporter is tested with
START = 1_800_000_000.0


def recorded(name: str) -> list[Message]:
    """The packets of a file in wire/, without a greeting."""
    packets = (WIRE / name).read_text().rstrip("\n").split("\n\n")
    return [Message(packet.replace("\n", "\r\n").encode()) for packet in packets if ": " in packet]


def kinds(version: str) -> dict[str, set[tuple[str, ...]]]:
    """How real packets of a version look, by name, without a system name: those of tests/wire and of here."""
    found = defaultdict[str, set[tuple[str, ...]]](set)
    files = (*(WIRES / version).glob("*.ami"), *WIRE.glob("*.txt" if version == "22" else "kinds-16.txt"))
    for file in files:
        for text in file.read_bytes().replace(b"\r\n", b"\n").split(b"\n\n"):
            packet = re.sub(rb"^(?:Asterisk Call Manager.*)?\n*|(?<=\d{6})\nSystemName: .*", b"", text)
            message = Message(packet.rstrip(b"\n").replace(b"\n", b"\r\n"))
            found[message.name].add(shape(message))
    return found


def cut(data: bytes) -> list[Message]:
    """The packets of what the simulator wrote."""
    return [Message(packet) for packet in data.split(b"\r\n\r\n") if packet]


def shape(message: Message) -> tuple[str, ...]:
    """The names of a packet's headers, in order."""
    return tuple(name for name, _ in message.headers)


class Log:
    """Takes events as they are published, and keeps them as packets."""

    def __init__(self, system_name: str = "", version: Version = V22) -> None:
        self.data: list[bytes] = []
        self._system_name = system_name
        self._version = version

    def __call__(self, name: str, at: float, parts: Sequence[wire.Part]) -> None:
        self.data.append(wire.event(name, at, parts, self._system_name, self._version))

    @property
    def events(self) -> list[Message]:
        """All so far."""
        return cut(b"".join(self.data))


def listed(switch: Switch, now: float) -> dict[str, dict[str, str]]:
    """The channels that the switch lists, by unique id."""
    request = Request({"action": "CoreShowChannels", "actionid": "1"})
    _, *items, end = cut(answer(switch, request, now))
    assert end.get("ListItems") == str(len(items))
    return rows(items)


def rows(items: Iterable[Message]) -> dict[str, dict[str, str]]:
    """List items by unique id, without what no event can tell: how old a channel is."""
    mine = ("event", "actionid", "duration")
    return {
        item.fields["uniqueid"]: {k: v for k, v in item.fields.items() if k not in mine} for item in items
    }


class Replay:
    """What a listener makes of the events: the list of channels that he expects."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, str]] = {}

    def take(self, event: Message) -> None:
        """Follow one event."""
        for part in _channels(event):
            key = part["uniqueid"]
            if event.name == "Newchannel":
                self.channels[key] = {"application": "", "applicationdata": "", "bridgeid": ""}
            if event.name == "Hangup":
                del self.channels[key]
            elif key in self.channels:
                self.channels[key] |= part | _beside(event)


def _channels(event: Message) -> Iterator[dict[str, str]]:
    """The channels that an event shows, each as the list would name its headers."""
    for prefix in ("", "dest", "localone", "localtwo"):
        names = [name.lower() for name in CHANNEL]
        if prefix + "channelstate" in event.fields:
            yield {name: event.fields[prefix + name] for name in names}


def _beside(event: Message) -> dict[str, str]:
    match event.name:
        case "Newexten":
            return {"application": event.fields["application"], "applicationdata": event.fields["appdata"]}
        case "BridgeEnter":
            return {"bridgeid": event.fields["bridgeuniqueid"]}
        case "BridgeLeave":
            return {"bridgeid": ""}
    return {}
