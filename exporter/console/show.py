"""Packets as people and scripts read them. What a caller wrote never reaches the terminal raw; no IO."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Literal

from exporter.ami import Message, Packet

Format = Literal["text", "json", "raw"]

_BOLD, _DIM, _RED, _CYAN = "1", "2", "31", "36"
_HIDDEN = ("actionid", "response", "event")


@dataclass(frozen=True, slots=True)
class Style:
    """How packets are written: in which format, and whether in colours."""

    format: Format = "text"
    colour: bool = False

    def event(self, event: Message, at: float) -> str:
        """An event that came of its own accord, at this Unix time."""
        if self.format == "json":
            return as_json(event)
        clock = time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at % 1 * 1000):03d}"
        return f"{self._paint(clock, _DIM)} {self.item(event)}"

    def item(self, item: Message) -> str:
        """An event of a list: its name, and its headers below."""
        if self.format == "json":
            return as_json(item)
        return "\n".join([self._paint(plain(item.name), _BOLD), *self._headers(item, "  "), ""])

    def response(self, response: Message) -> str:
        """An answer: what a command printed, or the headers."""
        if self.format == "json":
            return as_json(response)
        return "\n".join(map(plain, response.output) if response.output else self._headers(response))

    def raw(self, packet: Packet) -> str:
        """A packet as it went over the line, with a mark for the direction."""
        text = packet.raw.decode("utf-8", "backslashreplace")
        mark = self._paint(">" if packet.sent else "<", _DIM)
        return "".join(f"{mark} {plain(line)}\n" for line in text.removesuffix("\n").split("\r\n"))

    def count(self, number: int) -> str:
        """How many items a list had."""
        return self._paint(f"{number} item{'s' * (number != 1)}", _DIM)

    def error(self, *lines: str) -> str:
        """Bad news."""
        return "\n".join(self._paint(plain(line), _RED) for line in lines)

    def _headers(self, message: Message, indent: str = "") -> list[str]:
        return [
            f"{indent}{self._paint(plain(name), _CYAN)}: {plain(value)}"
            for name, value in message.headers
            if name.lower() not in _HIDDEN
        ]

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def plain(text: str) -> str:
    """Text in which nothing commands a terminal: control characters are shown as they would be typed."""
    text = text.expandtabs()
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def as_json(message: Message) -> str:
    """A packet as an object on one line: headers that repeat are lists, and so is what a command printed."""
    values: dict[str, list[str]] = {}
    for name, value in message.headers:
        values.setdefault(name, []).append(value)
    data: dict[str, str | list[str]] = {
        name: value if len(value) > 1 else value[0] for name, value in values.items()
    }
    if message.output:
        data["Output"] = message.output
    return json.dumps(data)
