"""Bytes to packets, and actions to bytes; no IO."""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.ami.errors import ConnectionFailed, LocalProtocolError
from exporter.ami.message import END_COMMAND, FOLLOWS

MAX_LINE = 1 << 20
MAX_MESSAGE = 4 << 20
MAX_HEADERS = 4096
MAX_GREETING = 1024

# What Asterisk accepts of us: 1,024 bytes a line with its end, 128 headers.
MAX_SENT_LINE = 1022
MAX_SENT_HEADERS = 128

OVERSIZE = b""  # stands in the place of a packet that was too large and was dropped

# An end takes the stray empty lines after it along: QueueRule sends one, other modules too.
_END = re.compile(rb"\r\n\r\n[\r\n]*")
_ODD_END = re.compile(rb"\r\n\r?\n[\r\n]*")
_STRAY = (b"\r", b"\n")
_GREETING = re.compile(rb"[\x20-\x7e]* Call Manager/([\x21-\x7e]+) *")
_FORBIDDEN = re.compile(r"[\r\n\0]")


class Decoder:
    """Cuts a byte stream into packets. How the stream was cut on its way makes no difference.

    A packet ends at an empty line after CR LF. A lone LF does not end it: some errors of PJSIP carry
    one inside.
    """

    def __init__(self) -> None:
        self.greeting: str | None = None  # the AMI version, once the greeting was read
        # The ActionID line of a CLI command in flight. Up to Asterisk 13 its answer is bare text that may
        # hold empty lines; nobody else's packet is believed to be one, or a caller could hide what follows.
        self._command = b""
        self._end = _END
        self._text = bytearray()  # what has come of that text
        self._held = bytearray()  # the start of a packet whose end has not come
        self._seam = b""  # the last three bytes: an end can lie across two reads
        self._dropping = False

    @property
    def pending(self) -> int:
        """Bytes held of a packet whose end has not come."""
        return len(self._held) + len(self._text)

    def expect_odd_ends(self, odd: bool) -> None:
        """Whether CR LF LF ends a packet too, as it does in some releases' answers to CoreShowChannelMap."""
        self._end = _ODD_END if odd else _END

    def expect_text(self, line: bytes) -> None:
        """Take bare text as the answer to the action with this ActionID line; to none, if empty."""
        self._command = line
        self._text.clear()

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came from the socket; return the packets that it completes, without their ends.

        Raises ConnectionFailed("greeting") if the far end is no Asterisk.
        """
        if self.greeting is None:
            data = self._read_greeting(data)
        if not data:
            return []
        if self._held or self._dropping:
            seam = self._seam + data
            end = self._end.search(seam)
            if end is None:
                return self._hold(data)
            data = seam[end.end() :] if self._dropping else b"".join((self._held, data))
            self._dropping = False
            self._held.clear()
        data = data.lstrip(b"\r\n")
        # In a third of the expression's time, which is right for all.
        *packets, rest = data.split(b"\r\n\r\n")
        stray = rest[:1] in _STRAY or (packets and min(packets) < b" ")  # what begins with an empty line
        if stray or self._end is _ODD_END:
            *packets, rest = self._end.split(data)
        if self._command or max(map(len, packets), default=0) > MAX_HEADERS:
            packets = self._whole(packets)
        if rest:
            packets += self._hold(rest)
        return packets

    def _hold(self, data: bytes) -> list[bytes]:
        if self._dropping:
            self._seam = (self._seam + data)[-3:]
            return []
        self._held += data
        self._seam = bytes(self._held[-3:])
        if len(self._held) <= MAX_MESSAGE + 3:  # with most of an end
            return []
        self._held.clear()
        self._text.clear()
        self._dropping = True
        return [OVERSIZE]

    def _whole(self, packets: list[bytes]) -> list[bytes]:
        kept = []
        for packet in packets:
            if self._text:
                self._text += b"\r\n\r\n" + packet
            elif self._command and packet.startswith(FOLLOWS) and self._command in packet:
                self._text += packet
            else:
                kept.append(OVERSIZE if _too_large(packet) else packet)
                continue
            large = len(self._text) > MAX_MESSAGE
            if large or packet.endswith(END_COMMAND):
                kept.append(OVERSIZE if large else bytes(self._text))
                self._text.clear()
        return kept

    def _read_greeting(self, data: bytes) -> bytes:
        self._held += data
        line, newline, rest = bytes(self._held).partition(b"\n")
        if not newline and len(line) <= MAX_GREETING:
            return b""
        match = _GREETING.fullmatch(line.removesuffix(b"\r"))
        if not match or len(line) > MAX_GREETING:
            shown = line[:60].decode("ascii", "backslashreplace")
            raise ConnectionFailed("greeting", f"not an AMI port: the greeting was {shown!r}")
        self.greeting = match[1].decode("ascii")
        self._held.clear()
        return rest


def _too_large(packet: bytes) -> bool:
    if len(packet) <= MAX_HEADERS:
        return False
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
            raise LocalProtocolError(f"header {name[:60]!r} cannot be sent: CR, LF, NUL or a bad name")
        try:
            data = line.encode("utf-8", "surrogateescape")  # bytes of an environment that is not UTF-8
        except UnicodeEncodeError as error:
            raise LocalProtocolError(f"header {name[:60]!r} cannot be sent: it is no text") from error
        if len(data) > MAX_SENT_LINE:
            raise LocalProtocolError(f"header {name[:60]!r} is longer than {MAX_SENT_LINE} bytes")
        lines.append(data)
    if len(lines) > MAX_SENT_HEADERS:
        raise LocalProtocolError(f"more than {MAX_SENT_HEADERS} headers")
    return b"\r\n".join(lines) + b"\r\n\r\n"
