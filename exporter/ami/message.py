"""One AMI packet: its headers in order, repeated ones kept, names read without regard to case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Asterisk writes these before anything that a caller can influence: the first one is the real one.
FIRST_COUNTS = frozenset({"event", "response", "actionid", "eventlist", "privilege"})

# These repeat by design. Any other header that repeats was smuggled in: a caller's CR LF in
# CallerIDNum puts lines of his own before or after the real ones.
_REPEATABLE = frozenset({"output", "variable", "contacts", "rule", "rulelist", "message"})
_FREE_BODIES = frozenset({"UserEvent", "TestEvent"})  # their senders choose the headers
_IDENTITY = frozenset({"uniqueid", "linkedid", "userevent"})

# Dropped where they come in, so that no table, log, recording or page can show them.
SECRETS = frozenset({"password", "md5cred", "secret", "expectedresponse", "refreshtoken", "oauthsecret"})
_SECRET_LINE = re.compile(
    rb"(?im)^(Password|Md5Cred|Secret|ExpectedResponse|RefreshToken|OauthSecret|Challenge(?=: ?\d)):"
    rb"[^\n]*?(\r?)$"
)

_FOLLOWS = b"Response: Follows"
END_COMMAND = b"--END COMMAND--"


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the names of a packet's headers tell; packets of one kind share one."""

    keys: tuple[str, ...]  # the names in lower case
    odd: bool  # names repeat, or a line has no colon or no space after it: parse line by line
    secret: bool


_LAYOUTS: dict[tuple[str, ...], _Layout] = {}
_MAX_LAYOUTS = 1024  # a caller can invent names: what is remembered of them is bounded


def _layout(names: tuple[str, ...]) -> _Layout:
    keys = tuple(name.lower() for name in names)
    odd = len(set(keys)) != len(keys) or any(":" in name for name in names)
    layout = _Layout(keys, odd, not SECRETS.isdisjoint(keys) or "challenge" in keys)
    if len(_LAYOUTS) < _MAX_LAYOUTS:
        _LAYOUTS[names] = layout
    return layout


class Message:
    """One packet as Asterisk sent it, parsed when first asked.

    Bytes are decoded after framing, as UTF-8; what is not UTF-8 is kept visible as ``\\xNN``, so
    that two names stay two names. Headers that carry secrets are not there.
    """

    __slots__ = ("_fields", "_packet", "_repeated")

    def __init__(self, packet: bytes) -> None:
        self._packet = packet
        self._fields: dict[str, str] | None = None
        self._repeated: tuple[str, ...] = ()

    def _parse(self) -> dict[str, str]:
        lines = self._lines()
        # All lines in one go, their names looked up as one key: half the time of line by line.
        names, colons, values = zip(*[line.partition(": ") for line in lines], strict=True)
        layout = _LAYOUTS.get(names) or _layout(names)
        if layout.odd or "" in colons:
            fields = self._parse_odd(lines)
        else:
            fields = dict(zip(layout.keys, values, strict=True))
        if layout.secret:
            for name in SECRETS:
                fields.pop(name, None)
            if "event" in fields:  # the answer to our own Challenge is needed, once, for the login
                fields.pop("challenge", None)
        self._fields = fields
        return fields

    def _parse_odd(self, lines: list[str]) -> dict[str, str]:
        fields: dict[str, str] = {}
        repeated: dict[str, None] = {}
        for header, value in _pairs(lines):
            name = header.lower()
            if name in fields:
                repeated[name] = None
            else:
                fields[name] = value
        self._repeated = tuple(repeated)
        return fields

    def _lines(self) -> list[str]:
        packet = self._packet
        if packet.startswith(_FOLLOWS):
            packet = _split_follows(packet)[0]
        # Never str.splitlines: it also ends lines at U+2028 and U+0085, which callers can send.
        return packet.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")

    @property
    def fields(self) -> dict[str, str]:
        """The first value of each header, by its name in lower case."""
        return self._fields if self._fields is not None else self._parse()

    def get(self, name: str) -> str | None:
        """The first value of a header, None when the packet has no such header."""
        return self.fields.get(name.lower())

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        name = name.lower()
        return [value for header, value in self.headers if header.lower() == name]

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """All headers as (name, value), in the order they came."""
        fields = self.fields
        return tuple(pair for pair in _pairs(self._lines()) if pair[0].lower() in fields)

    @property
    def kind(self) -> str:
        """``Event``, ``Response``, or what else the first header is called: it alone decides."""
        name = self._packet.partition(b":")[0].decode("utf-8", "backslashreplace")
        return name.capitalize()

    @property
    def name(self) -> str:
        """The value of the first header: the name of an event, the word of a response."""
        first = self._packet.partition(b"\n")[0].partition(b":")[2]
        return first.strip().decode("utf-8", "backslashreplace")

    @property
    def forged_headers(self) -> tuple[str, ...]:
        """Headers that stand more than once where Asterisk writes them once, in lower case."""
        if self._fields is None:
            self._parse()
        if not self._repeated:
            return ()
        free = self.name in _FREE_BODIES
        return tuple(
            name
            for name in self._repeated
            if name not in FIRST_COUNTS
            and name not in _REPEATABLE
            and "chanvariable" not in name
            and (not free or name in _IDENTITY)
        )

    @property
    def output(self) -> list[str]:
        """The lines that a CLI command printed, in the form of either generation of Asterisk."""
        if self._packet.startswith(_FOLLOWS):
            return _split_follows(self._packet)[1]
        return self.all("Output")

    @property
    def raw(self) -> bytes:
        """The packet as it came, without its last empty line; secrets are blotted out."""
        return _SECRET_LINE.sub(rb"\1: <secret>\2", self._packet)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name!r}, {len(self.fields)} headers>"


def _pairs(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            yield name, value[1:] if value[:1] == " " else value


def _split_follows(packet: bytes) -> tuple[bytes, list[str]]:
    """Take the answer of a CLI command of Asterisk 13 and older apart: headers, printed lines.

    The text follows the headers without an empty line between, and may hold colons and empty lines.
    """
    head: list[bytes] = []
    rest = packet
    while rest:
        line, _, after = rest.partition(b"\n")
        if not line.startswith((_FOLLOWS, b"Privilege: ", b"ActionID: ")):
            break
        head.append(line)
        rest = after
    text = rest.removesuffix(END_COMMAND).decode("utf-8", "backslashreplace")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return b"\n".join(head), lines
