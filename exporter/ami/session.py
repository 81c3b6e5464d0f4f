"""One conversation with Asterisk: bytes to events and replies, actions to bytes; no IO."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from exporter.ami.actions import reading
from exporter.ami.codec import Decoder, encode
from exporter.ami.errors import ActionFailed, ActionFailureReason, LocalProtocolError
from exporter.ami.message import Message, known_event

Anomaly = Literal["oversize", "torn", "forged", "foreign_item", "count_mismatch", "duplicate_header"]
ANOMALIES: tuple[Anomaly, ...] = (
    "oversize",
    "torn",
    "forged",
    "foreign_item",
    "count_mismatch",
    "duplicate_header",
)

# What a first line can mean instead of the name of an event that is wanted.
_RESPONSE = "\0response"
_UNWANTED = "\0unwanted"
_ORPHAN = "\0orphan"
_TORN = "\0torn"
_OVERSIZE = "\0oversize"
_BROKEN: dict[str, Anomaly] = {_ORPHAN: "forged", _TORN: "torn", _OVERSIZE: "oversize"}

# A caller can invent event names: what is remembered of them is bounded.
_LEARNED_NAMES = 4096
_LEARNED_LENGTH = 128

_PRIVILEGE = b"Privilege: "
_AUTH_DETAIL = b"Event: AuthDetail"


class Action:
    """A question to Asterisk: a name and headers. Its repr shows no values: one may be a secret."""

    __slots__ = ("headers", "name")

    def __init__(self, name: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.name = name
        self.headers = tuple(headers)

    def __repr__(self) -> str:
        return f"<Action {self.name} {' '.join(name for name, _ in self.headers)}>".replace(" >", ">")


@dataclass(slots=True)
class Reply:
    """The whole answer to one action: its response, and the items of its list, if it is a list."""

    action: Action
    response: Message
    items: list[Message] = field(default_factory=list)
    failure: ActionFailureReason | None = None
    anomaly: Anomaly | None = None  # something inside the answer cannot be believed: do not use it
    seconds: float = 0.0  # from the question to the last packet, if who asked has measured it

    def raise_for_failure(self) -> None:
        """Raise ActionFailed if Asterisk refused the action."""
        if self.failure:
            text = " ".join(self.response.all("Message")).strip() or "no reason given"
            raise ActionFailed(self.failure, f"{self.action.name}: {text}")


class _Exchange:
    """The action in flight and what has come of its answer."""

    __slots__ = ("action", "empty", "id", "items", "key", "reply", "spec")

    def __init__(self, action: Action, action_id: str) -> None:
        self.action = action
        self.id = action_id
        self.key = action_id.encode()
        self.spec = spec = reading(action.name)
        # A list takes only the items of the action asked; None: an action that is not in our table.
        self.items = frozenset(f"Event: {name}".encode() for name in spec.items) if spec else None
        self.empty = tuple(text.lower() for text in spec.empty) if spec else ()
        self.reply: Reply | None = None  # once the response came


class Session:
    """Ties answers to questions and tells true events from forged ones.

    Args:
        wanted: names of the events to hand out; None hands out all. Others are counted and skipped
            by their first line, never parsed.
    """

    def __init__(self, wanted: Iterable[str] | None = ()) -> None:
        self._decoder = Decoder()
        self._all = wanted is None
        self._wanted: dict[str, str] = {}
        self._spellings: set[str] = set()
        self._names: dict[bytes, str] = {}
        self._token = secrets.token_hex(8)  # random per connection: a list item cannot be forged
        self._count = 0
        self._exchange: _Exchange | None = None
        self.events: Counter[str] = Counter()
        self.unwanted = 0
        self.anomalies: Counter[str] = Counter()
        self.want(wanted or ())

    @property
    def greeting(self) -> str | None:
        """The AMI version that the greeting names, None until it has come."""
        return self._decoder.greeting

    @property
    def busy(self) -> bool:
        """Whether an action is in flight: one at a time, since Asterisk answers one after another."""
        return self._exchange is not None

    @property
    def wanted(self) -> frozenset[str] | None:
        """The names of the events that are handed out; None if all are."""
        return None if self._all else frozenset(self._spellings)

    def want(self, names: Iterable[str]) -> None:
        """Hand out these events too, from now on."""
        for name in names:
            self._wanted.setdefault(name.lower(), name)
            self._spellings.add(name)
        self._names.clear()

    def ask(self, action: Action) -> bytes:
        """The bytes that ask; the reply comes out of `receive`."""
        if self._exchange is not None:
            raise LocalProtocolError("one action in flight at a time")
        self._count += 1
        action_id = f"{self._token}-{self._count}"
        data = encode((("Action", action.name), ("ActionID", action_id), *action.headers))
        self._exchange = _Exchange(action, action_id)
        name = action.name.lower()
        self._decoder.expect_text(f"ActionID: {action_id}".encode() if name == "command" else b"")
        self._decoder.expect_odd_ends(name == "coreshowchannelmap")
        return data

    def forget(self) -> None:
        """Give up on the action in flight: what still comes of its answer is dropped."""
        self._exchange = None

    def receive(self, data: bytes) -> list[Message | Reply]:
        """What the bytes bring: events and replies, in the order they came.

        Raises ConnectionFailed("greeting") if the far end is no Asterisk.
        """
        out: list[Message | Reply] = []
        names = self._names
        for packet in self._decoder.feed(data):
            first, _, rest = packet.partition(b"\n")
            name = names.get(first) or self._learn(first)
            exchange = self._exchange
            if exchange is not None and exchange.key in packet:
                if self._answer(exchange, packet, first.rstrip(), name) and exchange.reply is not None:
                    out.append(exchange.reply)
                    self._exchange = None
            elif name is _UNWANTED:
                self.unwanted += 1
                if exchange is not None and not _stamped(rest):
                    self._unstamped(packet)
            elif name is _RESPONSE:
                self._unstamped(packet)
            elif anomaly := _BROKEN.get(name):
                self._anomaly(anomaly)
            elif event := known_event(packet, first) or self._event(packet, rest):
                self.events[name] += 1
                out.append(event)
        return out

    def _learn(self, first: bytes) -> str:
        """Tell what a first line means, and remember it."""
        header, colon, value = first.partition(b":")
        kind, event = header.lower(), value.strip().decode("utf-8", "backslashreplace")
        if not first:
            name = _OVERSIZE
        elif kind not in (b"event", b"response") or not colon:
            name = _ORPHAN
        elif ": " in event:
            name = _TORN  # a full socket of Asterisk 15 to 16.25 cut a packet and glued the next one to it
        elif kind == b"response":
            name = _RESPONSE
        else:
            name = self._wanted.get(event.lower(), event if self._all and event else _UNWANTED)
        if len(self._names) < _LEARNED_NAMES and len(first) <= _LEARNED_LENGTH:
            self._names[first] = name
        return name

    def _event(self, packet: bytes, rest: bytes) -> Message | None:
        """An event that nobody asked for, if it is what it says; of a known one all of this holds."""
        if not _stamped(rest):
            self._unstamped(packet)
            return None
        if b"\n" + _PRIVILEGE in rest:  # torn after its first lines
            self._anomaly("torn")
            return None
        message = Message(packet)
        if message.forged_headers:
            self._anomaly("duplicate_header")
            return None
        return message

    def _unstamped(self, packet: bytes) -> None:
        """Count what has neither Privilege as its second header nor the ActionID of the action in flight.

        It can be the late answer to an action that was given up. Else it is a caller's text.
        """
        action_id = Message(packet).get("ActionID")
        if action_id is None:
            self._anomaly("forged")
        elif not action_id.startswith(self._token):
            self._anomaly("foreign_item")

    def _answer(self, exchange: _Exchange, packet: bytes, first: bytes, name: str) -> bool:
        """Take a packet of the answer; whether the answer is now whole."""
        message = Message(packet)
        if message.get("ActionID") != exchange.id:  # ours only stands further down: somebody's trick
            self._anomaly("foreign_item")
            return False
        if name is _RESPONSE:
            return self._response(exchange, message)
        if first == _AUTH_DETAIL:  # comes with registrations and endpoints, and carries passwords
            return False
        if anomaly := _BROKEN.get(name):
            self._anomaly(anomaly)
            return False
        is_item = exchange.items is None or first in exchange.items
        is_end = (message.get("EventList") or "").lower() == "complete" or (
            # Up to 13.1 most lists end with an event of that name and no EventList header.
            first.endswith(b"Complete") and (exchange.items is None or not is_item)
        )
        reply = exchange.reply
        if reply is None:  # the response is missing: the stream was torn there
            self._anomaly("torn")
            if is_end:
                exchange.reply = Reply(exchange.action, message, anomaly="torn")
            return is_end
        if is_end:
            total = message.get("ListItems")
            if total is not None and total.strip() != str(len(reply.items)):
                self._anomaly("count_mismatch")
            return True
        if not is_item:
            self._anomaly("foreign_item")
        elif message.forged_headers:
            self._anomaly("duplicate_header")
        else:
            reply.items.append(message)
        return bool(exchange.spec and exchange.spec.single)

    def _response(self, exchange: _Exchange, message: Message) -> bool:
        if exchange.reply is not None and message.name != "Error":
            self._anomaly("forged")  # two answers to one question
            return False
        items = exchange.reply.items if exchange.reply else []
        anomaly = exchange.reply.anomaly if exchange.reply else None
        exchange.reply = reply = Reply(exchange.action, message, items, None, anomaly)
        text = (message.get("Message") or "").strip().lower()
        if message.name == "Error":
            empty = bool(exchange.empty) and text.startswith(exchange.empty)
            if not empty and not message.output:  # what a failed command printed is its answer
                reply.failure = _failure(text)
            return True
        if (message.get("EventList") or "").lower() == "start":
            return False
        if exchange.spec is None or not exchange.spec.items:
            return True
        # A list without EventList: of Asterisk up to 13.1, or the empty one of a voicemail action.
        return exchange.spec.empty_success and "will follow" not in text

    def _anomaly(self, kind: Anomaly) -> None:
        """Count it; while an answer is on its way that answer is not to be believed either."""
        self.anomalies[kind] += 1
        if self._exchange is not None and self._exchange.reply is not None and kind != "count_mismatch":
            self._exchange.reply.anomaly = kind


def _stamped(rest: bytes) -> bool:
    """Whether what follows an event's first line starts as Asterisk writes every event of its own."""
    return rest.startswith(_PRIVILEGE) or rest[: len(_PRIVILEGE)].lower() == _PRIVILEGE.lower()


def _failure(text: str) -> ActionFailureReason:
    if text.startswith("permission denied"):
        return "denied"
    if text.startswith("invalid/unknown command"):
        return "unknown"
    return "error"
