"""Bytes to packets, and actions to bytes; no IO."""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.ami.errors import ConnectionFailed, LocalProtocolError
from exporter.ami.message import END_COMMAND

MAX_LINE = 1 << 20
MAX_MESSAGE = 4 << 20
MAX_HEADERS = 4096
MAX_GREETING = 1024

_END = re.compile(rb"\r\n\r?\n")
_GREETING = re.compile(rb"[\x20-\x7e]* Call Manager/([\x21-\x7e]+) *")
_FORBIDDEN = re.compile(r"[\r\n\0]")

# What Asterisk accepts of us: 1,024 bytes a line with its end, 128 headers.
MAX_SENT_LINE = 1022
MAX_SENT_HEADERS = 128


class Decoder:
    """Cuts a byte stream into packets. How the stream was cut on its way makes no difference.

    A packet ends at an empty line after CR LF (CoreShowChannelMap of some releases ends with CR LF
    LF). A lone LF does not end it: some errors of PJSIP carry one inside.
    """

    def __init__(self) -> None:
        self.greeting: str | None = None  # the AMI version, once the greeting was read
        self.oversize = 0  # packets that were too large and were dropped
        self._held: list[bytes] = []  # the start of a packet whose end has not come
        self._size = 0
        self._seam = b""  # its last three bytes: an end can lie across two reads
        self._dropping = False
        self._command: list[bytes] = []  # a command's answer of Asterisk 13 that holds empty lines

    @property
    def pending(self) -> int:
        """Bytes held of a packet whose end has not come."""
        return self._size

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came from the socket; return the packets that it completes, without their ends.

        Raises ConnectionFailed("greeting") if the far end is no Asterisk.
        """
        if self.greeting is None:
            data = self._read_greeting(data)
        if not data:
            return []
        if self._size or self._dropping:
            seam = self._seam + data
            if b"\r\n\r\n" not in seam and b"\r\n\n" not in seam:
                self._hold(data)
                return []
            if self._dropping:
                end = _END.search(seam)
                data = seam[end.end() :] if end else b""
                self._dropping = False
            else:
                self._held.append(data)
                data = b"".join(self._held)
            self._clear()
        packets = _END.split(data) if b"\r\n\n" in data else data.split(b"\r\n\r\n")
        rest = packets.pop()
        if rest:
            self._hold(rest)
        return self._whole(packets)

    def _whole(self, packets: list[bytes]) -> list[bytes]:
        kept = []
        for packet in packets:
            if packet[:1] < b"A":  # a stray empty line, mostly
                packet = packet.lstrip(b"\r\n")
                if not packet:
                    continue
            if len(packet) > MAX_HEADERS and _too_large(packet):
                self.oversize += 1
                continue
            if self._command or packet.startswith(b"Response: Follows"):
                packet = self._join_command(packet)
                if not packet:
                    continue
            kept.append(packet)
        return kept

    def _join_command(self, packet: bytes) -> bytes:
        self._command.append(packet)
        if packet.endswith(END_COMMAND) or b"\r\nPrivilege: Command" not in self._command[0]:
            packet = b"\r\n\r\n".join(self._command)
            self._command.clear()
            return packet
        if sum(map(len, self._command)) > MAX_MESSAGE:
            self._command.clear()
            self.oversize += 1
        return b""

    def _hold(self, data: bytes) -> None:
        self._seam = (self._seam + data)[-3:]
        if self._dropping:
            return
        self._held.append(data)
        self._size += len(data)
        if self._size > MAX_MESSAGE:
            seam = self._seam
            self._clear()
            self._seam = seam
            self._dropping = True
            self.oversize += 1

    def _clear(self) -> None:
        self._held.clear()
        self._size = 0
        self._seam = b""

    def _read_greeting(self, data: bytes) -> bytes:
        self._held.append(data)
        line, newline, rest = b"".join(self._held).partition(b"\n")
        if not newline and len(line) <= MAX_GREETING:
            return b""
        match = _GREETING.fullmatch(line.removesuffix(b"\r"))
        if not match:
            shown = line[:60].decode("ascii", "backslashreplace")
            raise ConnectionFailed("greeting", f"not an AMI port: the greeting was {shown!r}")
        self.greeting = match[1].decode("ascii")
        self._held.clear()
        return rest


def _too_large(packet: bytes) -> bool:
    if len(packet) > MAX_MESSAGE or packet.count(b"\n") >= MAX_HEADERS:
        return True
    return len(packet) > MAX_LINE and max(map(len, packet.split(b"\n"))) > MAX_LINE


def encode(headers: Iterable[tuple[str, str]]) -> bytes:
    """Write one action, its headers in the order given.

    Raises LocalProtocolError for what would become another header or action, or what Asterisk would
    cut off: CR, LF and NUL, a line over 1,022 bytes, more than 128 headers.
    """
    lines = []
    for name, value in headers:
        line = f"{name}: {value}"
        if not name or ":" in name or name != name.strip() or _FORBIDDEN.search(line):
            raise LocalProtocolError(f"header {name!r} cannot be sent: CR, LF, NUL or a bad name")
        data = line.encode("utf-8", "surrogatepass")
        if len(data) > MAX_SENT_LINE:
            raise LocalProtocolError(f"header {name!r} is longer than {MAX_SENT_LINE} bytes")
        lines.append(data)
    if len(lines) > MAX_SENT_HEADERS:
        raise LocalProtocolError(f"more than {MAX_SENT_HEADERS} headers")
    return b"\r\n".join(lines) + b"\r\n\r\n"
