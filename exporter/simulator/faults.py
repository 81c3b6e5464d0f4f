"""What can go wrong between a PBX and its client, on purpose."""

from __future__ import annotations

import asyncio
import os
from typing import Literal, NamedTuple, TypeAlias

Name: TypeAlias = Literal["stall", "cut", "half-packet", "refuse", "slow", "byte-by-byte", "garbage"]

LASTS = 15.0  # s, where a fault lasts
FAULTS: dict[Name, str] = {
    "stall": f"nothing is sent for {LASTS:.0f} s, then all of it",
    "cut": "connections end at once",
    "half-packet": "of what is sent next only a half, then the connection ends",
    "refuse": f"connections end, and new ones are refused for {LASTS:.0f} s",
    "slow": f"for {LASTS:.0f} s or longer no more than 2 kB are sent in a second",
    "byte-by-byte": f"for {LASTS:.0f} s bytes are sent one by one",
    "garbage": "some bytes that are no AMI before what is sent next",
}
_PIECE, _PAUSE = 200, 0.1  # bytes, s: the slow line
_SINGLY = 4096  # bytes at the beginning of a write that are sent one by one


class Fault(NamedTuple):
    """A fault, and how often it comes: each so many seconds."""

    name: Name
    every: float = 60.0

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Of NAME or NAME:SECONDS. Raises ValueError, whose text says what is wrong."""
        name, _, seconds = text.partition(":")
        known = next((one for one in FAULTS if one == name), None)
        if known is None:
            raise ValueError(f"no such fault {name!r}: there are {', '.join(FAULTS)}")
        try:
            every = float(seconds) if seconds else 60.0
        except ValueError:
            every = 0.0
        if not 0.1 <= every <= 86_400.0:
            raise ValueError(f"{seconds!r} is no number of seconds from 0.1 to 86400")
        return cls(known, every)


class Line:
    """Takes what a session sends to its client, and does to it what a fault wants."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._fault: Name | None = None
        self._held = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many bytes were not sent yet."""
        return len(self._held) + self._transport.get_write_buffer_size()

    def begin(self, fault: Name) -> None:
        """A fault begins."""
        if fault in ("cut", "refuse"):
            self._transport.abort()
            return
        if self._timer is not None:  # one lasts: what it holds must go first
            return
        self._fault = fault
        if fault in ("stall", "slow", "byte-by-byte"):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LASTS, self._mend)
            if fault == "slow":
                loop.call_later(_PAUSE, self._trickle)

    def write(self, data: bytes) -> None:
        """Send it, as far as there is no fault."""
        match self._fault:
            case None:
                self._transport.write(data)
            case "stall" | "slow":
                self._held += data
            case "byte-by-byte":
                for byte in data[:_SINGLY]:
                    self._transport.write(bytes((byte,)))
                self._transport.write(data[_SINGLY:])
            case "half-packet":
                self._fault = None
                self._transport.write(data[: len(data) // 2])
                self._transport.close()
            case _:
                self._fault = None
                self._transport.write(os.urandom(40) + b"\r\n\r\n" + data)

    def end(self) -> None:
        """The connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self._fault = None
        self._held.clear()

    def _mend(self) -> None:
        """It is over; a slow line first sends what has gathered."""
        self._timer = None
        if self._fault == "slow" and self._held:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE, self._mend)
            return
        self._fault = None
        if self._held:
            self._transport.write(bytes(self._held))
            self._held.clear()

    def _trickle(self) -> None:
        if self._fault == "slow":
            if self._held:
                self._transport.write(bytes(self._held[:_PIECE]))
                del self._held[:_PIECE]
            asyncio.get_running_loop().call_later(_PAUSE, self._trickle)
