"""One AMI packet: its headers in order, repeated ones kept, names read without regard to case."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator

# Asterisk writes these before anything that a caller can influence: the first one is the real one.
FIRST_COUNTS = frozenset({"event", "response", "actionid", "eventlist", "privilege"})

# These repeat by design. Any other header that repeats was smuggled in: a caller's CR LF in
# CallerIDNum puts lines of his own before or after the real ones.
_REPEATABLE = frozenset({"output", "variable", "contacts", "rule", "rulelist", "message", "filename"})
_FREE_BODIES = frozenset({"UserEvent", "TestEvent"})  # their senders choose the headers
_IDENTITY = frozenset({"uniqueid", "linkedid", "userevent"})

# Dropped where they come in, so that no table, log, recording or page can show them.
SECRETS = frozenset(
    {
        "password",
        "newpassword",  # of VoicemailPasswordChange: somebody's PIN
        "md5cred",
        "secret",
        "expectedresponse",
        "refreshtoken",
        "oauthsecret",
        "passworddigest",  # of AuthList: as good as the password
        "receivedhash",  # the answer to a challenge, and that
        "receivedchallenge",
    }
)
_SECRET_NAMES = frozenset(name.encode() for name in SECRETS)
_SECRET_LINE = re.compile(
    # ListCommands has a line that tells what Challenge does.
    rb"(?im)^(%s|Challenge(?!: Generate )):[^\n]*?(\r?)$" % b"|".join(sorted(_SECRET_NAMES))
)

# A CLI command's answer up to Asterisk 13: the text stands under the headers, no empty line between.
FOLLOWS = b"Response: Follows"
END_COMMAND = b"--END COMMAND--"
_FOLLOWS_HEAD = re.compile(rb"Response: Follows\r?\nPrivilege: Command(?:\r?\nActionID: [^\n]*)?(?:\r?\n|$)")


class Message:
    """One packet as Asterisk sent it, parsed when first asked.

    Bytes are decoded after framing, as UTF-8; what is not UTF-8 is kept visible as ``\\xNN``, so
    that two names stay two names. Headers that carry secrets are not there.
    """

    __slots__ = ("_fields", "_match", "_packet", "_repeated", "_shape")

    def __init__(
        self, packet: bytes, shape: _Shape | None = None, match: re.Match[str] | None = None
    ) -> None:
        self._packet = packet
        self._shape = shape  # that it fits
        self._match = match  # of that shape
        self._fields: dict[str, str] | None = None
        self._repeated: tuple[str, ...] = ()

    def _parse(self) -> dict[str, str]:
        if self._shape is None:
            self._shape, self._match = _fits(self._packet, self._packet.partition(b"\n")[0]) or (None, None)
        if self._shape is not None and self._match is not None:
            # One match cuts all headers, in half the time of line by line (5.2 µs against 11.5).
            fields = dict(zip(self._shape.headers, self._match.groups(), strict=True))
            self._match = None
        else:
            fields = self._parse_lines()
            if not self._repeated:
                _learn(self._packet, self.name, self._lines())
        self._fields = fields
        return fields

    def _parse_lines(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        repeated: dict[str, None] = {}
        for header, value in _pairs(self._lines()):
            name = header.lower()
            if name in fields:
                repeated[name] = None
            elif name not in SECRETS:
                fields[name] = value
        if "event" in fields:  # the answer to our own Challenge is needed, once, for the login
            fields.pop("challenge", None)
        self._repeated = tuple(repeated)
        return fields

    def _lines(self) -> list[str]:
        # Never str.splitlines: it also ends lines at U+2028 and U+0085, which callers can send.
        packet = self._command_text()[0]
        return packet.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")

    def _command_text(self) -> tuple[bytes, bytes]:
        """The packet's headers, and the text under them if it is an answer in the old form."""
        if self._packet.startswith(FOLLOWS) and (head := _FOLLOWS_HEAD.match(self._packet)):
            return head[0], self._packet[head.end() :].removesuffix(END_COMMAND)
        return self._packet, b""

    @property
    def fields(self) -> dict[str, str]:
        """The first value of each header, by its name in lower case."""
        return self._fields if self._fields is not None else self._parse()

    def some(self, names: frozenset[str]) -> dict[str, str]:
        """Those of `fields` whose names (in lower case) are among these.

        Of an event like others before it nothing else is made, which is most of its cost. Give the same
        set each time: what it means is remembered.
        """
        if self._shape is None or self._match is None:
            return {name: value for name, value in self.fields.items() if name in names}
        headers, places = self._shape.some.get(names) or self._shape.among(names)
        return dict(zip(headers, self._match.group(*places)))  # noqa: B905 (as many by their making)

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
        return self._first()[0].decode("utf-8", "backslashreplace").capitalize()

    @property
    def name(self) -> str:
        """The value of the first header: the name of an event, the word of a response."""
        if self._shape is not None:
            return self._shape.name
        header, value = self._first()
        return "" if header.lower() in _SECRET_NAMES else value.strip().decode("utf-8", "backslashreplace")

    def _first(self) -> tuple[bytes, bytes]:
        header, _, value = self._packet.partition(b"\n")[0].rstrip(b"\r").partition(b":")
        return header, value

    @property
    def forged_headers(self) -> tuple[str, ...]:
        """Headers that stand more than once where Asterisk writes them once, in lower case."""
        if self._fields is None and self._shape is None:
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
        text = self._command_text()[1].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        if text:
            return text.removesuffix("\n").split("\n")
        return self.all("Output")

    @property
    def raw(self) -> bytes:
        """The packet as it came, without its last empty line; secrets are blotted out."""
        return _SECRET_LINE.sub(rb"\1: <secret>\2", self._packet)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name!r}, {len(self.fields)} headers>"


class _Shape:
    """How packets of one first line mostly look."""

    __slots__ = ("ends", "headers", "match", "name", "some", "stamped")

    def __init__(
        self, match: Callable[[str], re.Match[str] | None], headers: tuple[str, ...], name: str
    ) -> None:
        self.match = match  # of a text with so many line feeds
        self.ends = len(headers) - 1
        self.headers = headers  # in lower case
        self.name = name
        self.stamped = headers[:2] == ("event", "privilege")  # as Asterisk writes every event of its own
        self.some: dict[frozenset[str], tuple[tuple[str, ...], tuple[int, ...]]] = {}

    def among(self, names: frozenset[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """The headers among these, and their groups in a match: two at least, since one alone comes bare."""
        if len(self.some) >= _MAX_READERS:
            self.some.clear()
        places = tuple([place for place, header in enumerate(self.headers, 1) if header in names])
        headers = tuple([self.headers[place - 1] for place in places])
        found = self.some[names] = headers, (places if len(places) > 1 else (places or (0,)) * 2)
        return found


def known_event(packet: bytes, first: bytes) -> Message | None:
    """The packet, if it is an event like others before it: each header once, Privilege as the second.

    None says nothing. It is told without making anything of the headers.

    Args:
        first: its first line, with the CR.
    """
    found = _fits(packet, first)
    return Message(packet, *found) if found is not None and found[0].stamped else None


def _fits(packet: bytes, first: bytes) -> tuple[_Shape, re.Match[str]] | None:
    """What it looks like, if it has the headers of an earlier one with the same first line."""
    if (shapes := _SHAPES.get(first)) is None:
        return None
    text, ends = packet.decode("utf-8", "backslashreplace"), packet.count(b"\n")
    for shape in shapes:
        # Line feeds are counted, not looked for in each value: that takes half of the time.
        if shape.ends == ends and (match := shape.match(text)):
            return shape, match
    return None


_SHAPES: dict[bytes, tuple[_Shape, ...]] = {}  # by first line
# A caller can invent names and headers: what is remembered of them is bounded.
_MAX_FIRST_LINES = 128
_MAX_SHAPES = 4  # of one first line
_MAX_SHAPE = 2048
_MAX_READERS = 64  # sets of names that are read of one shape: a new configuration makes new ones
_SELDOM = 16  # packets without a shape, of which one is learned in another's place
_unlearned = itertools.count(1)


def _learn(packet: bytes, name: str, lines: list[str]) -> None:
    """Remember the headers of a packet and how to cut one like it, if it is a plain one."""
    first = packet.partition(b"\n")[0]
    known = _SHAPES.get(first, ())
    headers = [line.partition(": ")[0] for line in lines]
    lower = tuple(header.lower() for header in headers)
    plain = all(": " in line for line in lines) and not any(":" in header for header in headers)
    small = len(first) + sum(map(len, headers)) <= _MAX_SHAPE
    # A caller who sends ever new ones makes us learn few of them, and keeps no other out.
    room = len(known) < _MAX_SHAPES if known else len(_SHAPES) < _MAX_FIRST_LINES
    room = room or (bool(known) and not next(_unlearned) % _SELDOM)
    if plain and small and room and {"challenge", *SECRETS}.isdisjoint(lower):
        # What gives nothing back, and looks for one character, takes a quarter of the time of `.*`.
        pattern = re.compile("\r\n".join(f"{re.escape(header)}: ([^\r]*+)" for header in headers))
        shape = _Shape(pattern.fullmatch, lower, name)
        text = packet.decode("utf-8", "backslashreplace")
        if text.count("\n") == shape.ends and shape.match(text):  # no lone CR or LF ended a line
            _SHAPES[first] = (shape, *known[: _MAX_SHAPES - 1])


def _pairs(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            yield name, value[1:] if value[:1] == " " else value
