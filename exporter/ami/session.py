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
from exporter.ami.message import Message

Anomaly = Literal["oversize", "torn", "forged", "foreign_item", "count_mismatch", "duplicate_header"]
ANOMALIES: tuple[Anomaly, ...] = (
    "oversize",
    "torn",
    "forged",
    "foreign_item",
    "count_mismatch",
    "duplicate_header",
)

_RESPONSE = "\0response"
_UNWANTED = "\0unwanted"
_ORPHAN = "\0orphan"
_LEARNED_NAMES = 4096  # a caller can invent event names: what is remembered of them is bounded


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

    def raise_for_failure(self) -> None:
        """Raise ActionFailed if Asterisk refused the action."""
        if self.failure:
            text = " ".join(self.response.all("Message")).strip() or "no reason given"
            raise ActionFailed(self.failure, f"{self.action.name}: {text}")


class _Exchange:
    """The action in flight and what has come of its answer."""

    __slots__ = ("action", "empty", "empty_success", "id", "items", "line", "reply", "wants_list")

    def __init__(self, action: Action, action_id: str) -> None:
        spec = reading(action.name)
        self.action = action
        self.id = action_id
        self.line = f"ActionID: {action_id}".encode()
        # A list takes only the items of the action asked; None: an action that is not in our table.
        self.items = {f"Event: {name}".encode() for name in spec.items} if spec else None
        self.wants_list = bool(spec and spec.items)
        self.empty = tuple(text.lower() for text in spec.empty) if spec else ()
        self.empty_success = bool(spec and spec.empty_success)
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

    def want(self, names: Iterable[str]) -> None:
        """Hand out these events too, from now on."""
        for name in names:
            self._wanted[name.lower()] = name
        self._names.clear()

    def ask(self, action: Action) -> bytes:
        """The bytes that ask; the reply comes out of `receive`."""
        if self._exchange is not None:
            raise LocalProtocolError("one action in flight at a time")
        self._count += 1
        action_id = f"{self._token}-{self._count}"
        data = encode((("Action", action.name), ("ActionID", action_id), *action.headers))
        self._exchange = _Exchange(action, action_id)
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
            first, _, rest = packet.partition(b"\r\n")
            name = names.get(first) or self._learn(first)
            exchange = self._exchange
            if exchange is not None and exchange.line in packet:
                if self._answer(exchange, packet, first, name) and exchange.reply is not None:
                    out.append(exchange.reply)
                    self._exchange = None
            elif name is _UNWANTED:
                self.unwanted += 1
            elif name is _ORPHAN:
                self._anomaly("forged")
            elif name is not _RESPONSE and (event := self._event(packet, rest, name)):
                out.append(event)
        if self._decoder.oversize:
            self.anomalies["oversize"] += self._decoder.oversize
            self._decoder.oversize = 0
        return out

    def _learn(self, first: bytes) -> str:
        """Tell what a first line means, and remember it."""
        header, colon, value = first.decode("utf-8", "backslashreplace").partition(":")
        kind, event = header.lower(), value.strip()
        if kind == "response" and colon:
            name = _RESPONSE
        elif kind != "event":
            name = _ORPHAN
        else:
            name = self._wanted.get(event.lower(), event if self._all and event else _UNWANTED)
        if len(self._names) < _LEARNED_NAMES:
            self._names[first] = name
        return name

    def _event(self, packet: bytes, rest: bytes, name: str) -> Message | None:
        """An event that nobody asked for, if it is what it says."""
        message = Message(packet)
        if rest[:11].lower() != b"privilege: ":
            # Asterisk writes Privilege second in every event of its own. Without it this is an item of
            # a list that was given up, or a caller's text.
            action_id = message.get("ActionID")
            if action_id is None:
                self._anomaly("forged")
            elif not action_id.startswith(self._token):
                self._anomaly("foreign_item")
            return None
        if b"\r\nPrivilege: " in rest:
            # A full socket of Asterisk 15 to 16.25 cut an event short and glued the next one to it.
            self._anomaly("torn")
            return None
        if message.forged_headers:
            self._anomaly("duplicate_header")
            return None
        self.events[name] += 1
        return message

    def _answer(self, exchange: _Exchange, packet: bytes, first: bytes, name: str) -> bool:
        """Take a packet of the answer; whether the answer is now whole."""
        message = Message(packet)
        if message.get("ActionID") != exchange.id:  # ours only stands further down: somebody's trick
            self._anomaly("foreign_item")
            return False
        if name is _RESPONSE:
            return self._response(exchange, message)
        reply = exchange.reply
        if reply is None or name is _ORPHAN:
            self._anomaly("forged")
            return False
        if (message.get("EventList") or "").lower() == "complete" or self._old_end(exchange, message):
            total = message.get("ListItems")
            if total is not None and total.strip() != str(len(reply.items)):
                self._anomaly("count_mismatch")
            return True
        if exchange.items is not None and first not in exchange.items:
            if message.name != "AuthDetail":  # comes with registrations and carries passwords
                self._anomaly("foreign_item")
            return False
        if message.forged_headers:
            self._anomaly("duplicate_header")
            return False
        reply.items.append(message)
        return False

    @staticmethod
    def _old_end(exchange: _Exchange, message: Message) -> bool:
        # Up to 13.1 most lists end with an event of that name and no EventList header.
        return message.name.endswith("Complete") and f"Event: {message.name}".encode() not in (
            exchange.items or ()
        )

    def _response(self, exchange: _Exchange, message: Message) -> bool:
        if exchange.reply is not None and message.name != "Error":
            self._anomaly("forged")  # two answers to one question
            return False
        items = exchange.reply.items if exchange.reply else []
        anomaly = exchange.reply.anomaly if exchange.reply else None
        exchange.reply = reply = Reply(exchange.action, message, items, None, anomaly)
        text = (message.get("Message") or "").strip().lower()
        if message.name == "Error":
            if exchange.empty and text.startswith(exchange.empty):
                reply.items = []
            elif not message.output:  # a command that failed has output and is an answer all the same
                reply.failure = _failure(text)
            return True
        if (message.get("EventList") or "").lower() == "start":
            return False
        if not exchange.wants_list:
            return True
        # A list without EventList: of Asterisk up to 13.1, or the empty one of a voicemail action.
        return exchange.empty_success and "will follow" not in text

    def _anomaly(self, kind: Anomaly) -> None:
        """Count it; while an answer is on its way that answer is not to be believed either."""
        self.anomalies[kind] += 1
        if self._exchange is not None and self._exchange.reply is not None and kind != "count_mismatch":
            self._exchange.reply.anomaly = kind


def _failure(text: str) -> ActionFailureReason:
    if text.startswith("permission denied"):
        return "denied"
    if text.startswith("invalid/unknown command"):
        return "unknown"
    return "error"
