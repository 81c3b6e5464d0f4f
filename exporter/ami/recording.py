"""What goes over a line, both ways, cut into packets; kept in a file, without headers that carry secrets."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exporter.ami.codec import Decoder
from exporter.ami.errors import ConnectionFailed
from exporter.ami.message import Message

_END = b"\r\n\r\n"
_ACTION = b"Action: "
_COMMAND = b"action: command\r\n"
_LOGIN = ("challenge", "login")


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet, as it went over the line but for its secrets."""

    sent: bool  # by us; else by Asterisk
    message: Message

    @property
    def raw(self) -> bytes:
        """Its bytes without the empty line. Of a login only the name of the action is shown."""
        if self.sent and self.message.name.lower() in _LOGIN:
            return b"\r\n".join(self.message.raw.split(b"\r\n")[:2])
        return self.message.raw

    @property
    def timestamp(self) -> float | None:
        """Unix time by Asterisk's clock: in the answer to a Ping, and in events with timestampevents=yes."""
        try:
            return float(self.message.get("Timestamp") or "")
        except ValueError:
            return None


class Packets:
    """Cuts the bytes of a line into packets, those of both directions in the order they went."""

    def __init__(self) -> None:
        self._decoder = Decoder()

    @property
    def greeting(self) -> str | None:
        """The AMI version that the greeting names, None until it has come."""
        return self._decoder.greeting

    def sent(self, data: bytes) -> Packet:
        """One action, as it is written."""
        action = data.removesuffix(_END)
        is_command = action[: len(_COMMAND)].lower() == _COMMAND
        self._decoder.expect_text(action.split(b"\r\n")[1] if is_command else b"")
        return Packet(True, Message(action))

    def received(self, data: bytes) -> list[Packet]:
        """What comes from the socket; the packets that it completes.

        Raises ConnectionFailed("greeting") if the far end is no Asterisk.
        """
        return [Packet(False, Message(packet)) for packet in self._decoder.feed(data) if packet]


class Recorder:
    """Writes a session to a file that only its owner can read; gzip, if its name ends in .gz.

    Raises OSError, here and from `write`, if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._raw = open(path, "wb", opener=_private)  # noqa: SIM115  # Path.open has no opener
        self._file = gzip.GzipFile(mode="wb", fileobj=self._raw) if path.suffix == ".gz" else self._raw
        self._greeted = False

    def write(self, packet: Packet, greeting: str) -> None:
        """Add a packet to it; before the first the greeting that came."""
        if not self._greeted:
            self._greeted = True
            self._file.write(f"Asterisk Call Manager/{greeting}\r\n".encode())
        self._file.write(packet.raw + _END)

    def close(self) -> None:
        """Write what is left."""
        try:
            self._file.close()
        finally:
            self._raw.close()


def _private(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)  # it may have been there before
    return descriptor


@dataclass(frozen=True, slots=True)
class Recording:
    """A session that was recorded: the AMI version, and its packets in their order."""

    greeting: str
    packets: tuple[Packet, ...]


def read(path: Path) -> Recording:
    """Read a recording; also one of what Asterisk sent alone.

    Raises OSError, and ValueError if the file holds no session.
    """
    data = path.read_bytes()
    try:
        packets = Packets()
        found = tuple(_packets(packets, gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data))
    except (ConnectionFailed, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is no whole recording of a session: {error}") from error
    if packets.greeting is None:
        raise ValueError(f"{path} is no recording of a session: it has no greeting")
    return Recording(packets.greeting, found)


def _packets(packets: Packets, data: bytes) -> Iterator[Packet]:
    greeting, newline, rest = data.partition(b"\n")
    yield from packets.received(greeting + newline)
    ours: bytes | None = None
    for part in rest.split(_END):
        lines = part.lstrip(b"\r\n").split(b"\r\n", 2)
        token = lines[1].rpartition(b"-")[0] if lines[0].startswith(_ACTION) and len(lines) > 1 else b""
        if ours is None and part:
            ours = token  # the first packet is the login's: a caller cannot have seen its token
        if token and token == ours:
            yield packets.sent(part)
        else:
            yield from packets.received(part + _END)
