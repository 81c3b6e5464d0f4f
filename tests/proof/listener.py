"""Every event of one Asterisk, by a socket and a parser that share nothing with the exporter's."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.lab.asterisk import Asterisk
from tests.proof.truth import INTERNAL

USER = "admin"  # who may read everything


@dataclass(frozen=True)
class Event:
    """One event, its first value of each header, and when it came."""

    name: str
    headers: dict[str, str]
    at: float

    def __getitem__(self, header: str) -> str:
        return self.headers.get(header, "")


class Heard:
    """What was heard, in order, and its sums."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.events = tuple(events)

    def of(self, name: str, **where: str) -> list[Event]:
        """The events of that name that have these headers."""
        return [
            event
            for event in self.events
            if event.name == name and all(event[header] == value for header, value in where.items())
        ]

    def count(self, name: str, **where: str) -> int:
        """How many there were."""
        return len(self.of(name, **where))

    def total(self, name: str, header: str, **where: str) -> float:
        """The sum of a header of theirs."""
        return sum(float(event[header]) for event in self.of(name, **where))

    def by(self, name: str, *headers: str) -> Counter[tuple[str, ...]]:
        """How many there were for each of the values of some headers."""
        return Counter(tuple(event[header] for header in headers) for event in self.of(name))

    def external(self, name: str) -> list[Event]:
        """Newchannel or Hangup of channels that are no helpers of Asterisk's own."""
        return [event for event in self.of(name) if not event["Channel"].startswith(INTERNAL)]

    def abandoned(self, queue: str) -> list[Event]:
        """QueueCallerAbandon of callers who had hung up: it comes for a time-out too."""
        gone: set[str] = set()
        found = []
        for event in self.events:
            if event.name == "HangupRequest":
                gone.add(event["Uniqueid"])
            elif event.name == "QueueCallerAbandon" and event["Queue"] == queue and event["Uniqueid"] in gone:
                found.append(event)
        return found

    def waits(self, queue: str) -> dict[str, int]:
        """How the waits that are over have ended; what is neither answer nor giving up is the rest."""
        answered, abandoned = self.count("AgentConnect", Queue=queue), len(self.abandoned(queue))
        rest = self.count("QueueCallerLeave", Queue=queue) - answered - abandoned
        return {"answered": answered, "abandoned": abandoned, "timeout_or_other": rest}

    def waiting(self, queue: str) -> int:
        """Callers who joined and did not leave."""
        return self.count("QueueCallerJoin", Queue=queue) - self.count("QueueCallerLeave", Queue=queue)

    def dials(self) -> dict[str, str]:
        """Each dial by the channel that was dialled, and how it ended: "" where no DialEnd came.

        A second DialEnd of the same channel says nothing (each losing leg of a queue gets one), nor does one
        without DialBegin (whoever picked up a call).
        """
        found: dict[str, str] = {}
        for event in self.events:
            if event.name == "DialBegin":
                found[event["DestUniqueid"]] = ""
            elif event.name == "DialEnd" and found.get(event["DestUniqueid"]) == "":
                found[event["DestUniqueid"]] = event["DialStatus"]
        return found

    def pauses(self, queue: str, member: str) -> float:
        """The seconds between pause and end of pause, by Asterisk's own clock."""
        seconds, since = 0.0, 0.0
        for event in self.of("QueueMemberPause", Queue=queue, MemberName=member):
            at = float(event["Timestamp"])
            if event["Paused"] == "1":
                since = since or at
            elif since:
                seconds, since = seconds + at - since, 0.0
        return seconds


@dataclass
class Listener:
    """Logged in for all events, in a thread, from the start of a `with` to its end."""

    asterisk: Asterisk
    _events: list[Event] = field(default_factory=list)
    _fault: str = ""

    def heard(self) -> Heard:
        """Everything until now."""
        assert not self._fault, self._fault
        return Heard(list(self._events))

    def since(self, at: float) -> list[Event]:
        """The events that came since then."""
        return list(itertools.takewhile(lambda event: event.at >= at, reversed(self._events)))

    def wait(self, condition: Callable[[Heard], bool], seconds: float) -> Heard:
        """Wait until it holds for what was heard."""
        deadline = time.monotonic() + seconds
        while not condition(self.heard()):
            assert time.monotonic() < deadline, f"not heard in {seconds} s"
            time.sleep(0.05)
        return self.heard()

    def _listen(self) -> None:
        rest = b""
        while True:
            try:
                data = self._socket.recv(1 << 16)
            except OSError as error:
                data, self._fault = b"", f"listener: {error}"
            if not data:
                break
            *packets, rest = (rest + data).split(b"\r\n\r\n")
            at = time.monotonic()
            self._events.extend(event for packet in packets if (event := _event(packet, at)))
        if not self._closing:
            self._fault = self._fault or "Asterisk closed the listener's session"

    def __enter__(self) -> Self:
        self._closing = False
        self._socket = socket.create_connection(("127.0.0.1", self.asterisk.ami_port), timeout=20)
        login = f"Action: Login\r\nUsername: {USER}\r\nSecret: {self.asterisk.users[USER]}\r\n\r\n"
        self._socket.sendall(login.encode())
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.wait(lambda heard: heard.count("FullyBooted") > 0, 20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._socket.close()


def _event(packet: bytes, at: float) -> Event | None:
    """None for the greeting and for answers."""
    headers: dict[str, str] = {}
    for line in packet.decode(errors="backslashreplace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name, value.removeprefix(" "))
    return Event(headers["Event"], headers, at) if "Event" in headers else None
