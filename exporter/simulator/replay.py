"""A PBX that says again what one was recorded to say: its events in their time, its answers when asked."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from exporter.ami.message import Message
from exporter.ami.recording import Recording
from exporter.simulator import wire
from exporter.simulator.faults import Fault
from exporter.simulator.packets import CLASSES
from exporter.simulator.requests import Request
from exporter.simulator.server import Server

_END = b"\r\n\r\n"
_PAUSE = 1.0  # s from its end to its beginning
# What sessions answer themselves.
_OWN = frozenset({"login", "challenge", "logoff", "ping", "events", "filter"})


class _Event(NamedTuple):
    at: float  # s since the beginning
    mask: int
    data: bytes


class _Answer:
    """The packets that answered a question, and when (s since the beginning)."""

    def __init__(self, at: float) -> None:
        self.at = at
        self.packets: list[Message] = []

    def to(self, action_id: str) -> bytes:
        """The same with another ActionID."""
        return b"".join(_renamed(packet, action_id) + _END for packet in self.packets)


def _renamed(packet: Message, action_id: str) -> bytes:
    before = packet.get("ActionID")
    return packet.raw.replace(f"\r\nActionID: {before}".encode(), f"\r\nActionID: {action_id}".encode(), 1)


class Replay(Server):
    """Plays a recording again and again. Its events keep the time stamps that they had.

    A question is answered as it was by the moment that the replay has reached, or as it first was.

    Args:
        speed: how many seconds of it pass in one second.
        users: secrets by user name.
        faults: what goes wrong on the line to its clients.

    Raises ValueError if there is nothing to say again.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        speed: float = 1.0,
        users: Mapping[str, str] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        super().__init__(recording.greeting, users, faults)
        self._events: list[_Event] = []
        self._answers: dict[str, list[_Answer]] = {}
        self._length = self._read(recording) + _PAUSE
        if not self._events and not self._answers:
            raise ValueError("the recording holds neither events nor answers")
        self._speed = speed
        self._start = self.now()
        self._next = 0  # of all events, those of each round one after the other

    @property
    def started(self) -> float:
        """When the replay began (Unix time)."""
        return self._start

    @property
    def due(self) -> float | None:
        """When the next event comes (Unix time); None if there is none."""
        if not self._events:
            return None
        rounds, number = divmod(self._next, len(self._events))
        return self._start + (rounds * self._length + self._events[number].at) / self._speed

    def advance(self, until: float) -> None:
        """Hand out the events that are due. Rounds that nobody has heard are left out."""
        if not self._events:
            return
        if not self.mask:
            rounds, at = divmod((until - self._start) * self._speed, self._length)
            number = bisect_right(self._events, at, key=lambda event: event.at)
            self._next = int(rounds) * len(self._events) + number
        while self.due is not None and self.due <= until:
            event = self._events[self._next % len(self._events)]
            self.tell(event.mask, event.data)
            self._next += 1

    def answer(self, request: Request) -> bytes:
        """What was answered to the same question; else to that action, whatever it asked for."""
        self.catch_up()
        name = request.action.lower()
        known = self._answers.get(_question(request.fields)) or self._answers.get(name)
        if name == "listcommands" and not known:
            return wire.response("Success", request.action_id, self._commands())
        if not known:
            return wire.message("Error", request.action_id, f"Invalid/unknown command: {request.action}.")
        at = (self.now() - self._start) * self._speed % self._length
        return known[max(bisect_right(known, at, key=lambda one: one.at) - 1, 0)].to(request.action_id)

    def _commands(self) -> Iterator[tuple[str, str]]:
        """Actions whose answers were recorded."""
        for name in (*_OWN, *self._answers):
            if ":" not in name:
                yield name, "Recorded.  (Priv: <none>)"

    def _read(self, recording: Recording) -> float:
        """Take it apart; how long it lasts (s)."""
        first = now = None
        asked: dict[str, Message] = {}
        found: dict[str, _Answer] = {}
        answers = defaultdict[str, list[_Answer]](list)
        for packet in recording.packets:
            now = packet.timestamp or now
            first = first or now
            at = (now or 0.0) - (first or 0.0)
            message, action_id = packet.message, packet.message.get("ActionID") or ""
            if packet.sent:
                asked[action_id] = message
            elif message.name and "privilege" in message.fields:
                mask = CLASSES.get(message.fields["privilege"].partition(",")[0], 0)
                if mask and message.name != "FullyBooted":
                    self._events.append(_Event(at, mask, message.raw + _END))
            elif action_id:
                if action_id not in found:
                    found[action_id] = _Answer(at)
                    for key in _keys(asked.get(action_id), action_id):
                        answers[key].append(found[action_id])
                found[action_id].packets.append(message)
        self._answers = dict(answers)
        self._events.sort(key=lambda event: event.at)
        return (now or 0.0) - (first or 0.0)


def _keys(asked: Message | None, action_id: str) -> set[str]:
    """By what an answer is found: the question, and the action's name alone.

    Of a recording without questions the end of the ActionID is taken for the action.
    """
    if asked is None:
        names = {action_id.rpartition("-")[2].lower()}
    else:
        names = {(asked.get("Action") or "").lower(), _question(asked.fields)}
    return names - _OWN


def _question(fields: Mapping[str, str]) -> str:
    """All that an action says, but for its ActionID; names are in lower case."""
    said = [
        f"\n{name}: {value}" for name, value in sorted(fields.items()) if name not in ("actionid", "action")
    ]
    return fields.get("action", "").lower() + "".join(said)
