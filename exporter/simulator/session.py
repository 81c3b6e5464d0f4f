"""One AMI session, from the server's side."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from exporter.simulator import wire
from exporter.simulator.faults import Line, Name
from exporter.simulator.masks import parse_mask
from exporter.simulator.packets import ALL, CLASSES
from exporter.simulator.requests import Reader, Request

REFUSAL = 1.0  # s that Asterisk waits before it refuses a login
LOGIN = 30.0  # s in which somebody must have logged in (authtimeout)
BUFFER = 4 << 20  # bytes of events that wait for a client: about what the kernel takes for Asterisk


class Pbx(Protocol):
    """What all sessions of a PBX share."""

    ami_version: str
    users: dict[str, str]  # secrets by user name; each may do everything
    sessions: set[Session]

    @property
    def started(self) -> float:
        """When the PBX started (Unix time)."""

    def now(self) -> float:
        """Unix time."""

    def answer(self, request: Request) -> bytes:
        """The whole answer to an action that is none of the session's own."""

    def catch_up(self) -> None:
        """Let happen what is due."""

    def wake(self) -> None:
        """A session wants other events than before."""


class Session(asyncio.Protocol):
    """Answers one client and hands it the events it asked for.

    An answer is written in one piece, so that no event comes between the packets of a list.
    """

    def __init__(self, pbx: Pbx) -> None:
        self.mask = 0  # the classes of events that are wanted; none before the login
        self._pbx = pbx
        self._transport: asyncio.Transport | None = None
        self._line: Line | None = None
        self._reader = Reader()
        self._requests: deque[Request] = deque()
        self._events: list[bytes] = []
        self._challenge = str(secrets.randbelow(10**9))
        self._logged_in = False
        self._full = False  # the client does not read
        self._closing = False
        self._limit = BUFFER
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio: somebody connected."""
        self._transport = cast("asyncio.Transport", transport)
        self._line = Line(self._transport)
        self._pbx.sessions.add(self)
        self._timer = asyncio.get_running_loop().call_later(LOGIN, self.cut)
        self._line.write(wire.greeting(self._pbx.ami_version))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Called by asyncio: the connection is gone."""
        self._pbx.sessions.discard(self)
        self._closing = True
        self._transport = None
        if self._line is not None:
            self._line.end()
            self._line = None
        if self._timer is not None:
            self._timer.cancel()
        self._pbx.wake()

    def data_received(self, data: bytes) -> None:
        """Called by asyncio with what came."""
        self._requests += self._reader.feed(data)
        self._work()

    def pause_writing(self) -> None:
        """Called by asyncio: the client does not take what we send; then we do not hear it either."""
        self._full = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Called by asyncio: the client has read."""
        self._full = False
        self._limit = BUFFER
        if self._transport is not None and not self._closing:
            self._transport.resume_reading()
            self._work()

    def tell(self, event: bytes) -> None:
        """Give the client an event, at the next flush."""
        self._events.append(event)

    def flush(self) -> None:
        """Write the events that wait. A client that leaves too many unread loses its session."""
        if not self._events or self._line is None:
            return
        self._line.write(b"".join(self._events))
        self._events.clear()
        if self._line.waiting > self._limit:
            self.cut()

    def suffer(self, fault: Name) -> None:
        """Something goes wrong on the line."""
        if self._line is not None:
            self._line.begin(fault)

    def end(self) -> None:
        """Close, after what is written."""
        self._closing = True
        self.mask = 0
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """Close at once."""
        self._closing = True
        self.mask = 0
        if self._transport is not None:
            self._transport.abort()

    # -- actions -------------------------------------------------------------------------------

    def _work(self) -> None:
        while self._requests and not self._full and not self._closing:
            self._answer(self._requests.popleft())

    def _answer(self, request: Request) -> None:
        own = _OWN.get(request.action.lower())
        if request.error:
            self._say("Error", request, request.error)
        elif not request.action:
            self._say("Error", request, "Missing action in request")
        elif not self._logged_in and request.action.lower() not in _BEFORE_LOGIN:
            self._say("Error", request, "Permission denied")
        elif own is not None:
            own(self, request)
        else:
            self._write(self._pbx.answer(request))

    def _write(self, data: bytes) -> None:
        self.flush()  # what happened before comes first
        if self._line is not None:
            self._limit = BUFFER + len(data)
            self._line.write(data)

    def _say(self, word: str, request: Request, text: str) -> None:
        self._write(wire.message(word, request.action_id, text))

    def _respond(self, request: Request, *headers: tuple[str, str]) -> None:
        self._write(wire.response("Success", request.action_id, headers))

    def _give_challenge(self, request: Request) -> None:
        if request.get("AuthType").lower() == "md5":
            self._respond(request, ("Challenge", self._challenge))
        else:
            self._say("Error", request, "Must specify AuthType")

    def _login(self, request: Request) -> None:
        if self._logged_in:
            self._say("Success", request, "Already authenticated")
            return
        if self._timer is not None:
            self._timer.cancel()
        if not self._knows(request):
            self._closing = True  # nothing more is heard
            self._timer = asyncio.get_running_loop().call_later(REFUSAL, self._refuse, request)
            return
        self._logged_in = True
        events = request.get("Events")
        self._say("Success", request, "Authentication accepted")
        self._pbx.catch_up()  # what has happened before is not for it
        self._want(parse_mask(events) if events else ALL)
        if self.mask & CLASSES["system"]:
            self._write(wire.booted(self._pbx.now() - self._pbx.started))

    def _knows(self, request: Request) -> bool:
        username = request.get("Username").lower()
        users = {name.lower(): secret for name, secret in self._pbx.users.items()}
        secret = users.get(username)
        if secret is None:
            return False
        if request.get("AuthType").lower() == "md5":
            text = (self._challenge + secret).encode()
            key = hashlib.md5(text, usedforsecurity=False).hexdigest()
            return hmac.compare_digest(request.get("Key").encode(), key.encode())
        return hmac.compare_digest(request.get("Secret").encode(), secret.encode())

    def _refuse(self, request: Request) -> None:
        self._say("Error", request, "Authentication failed")
        self.end()

    def _ping(self, request: Request) -> None:
        self._respond(request, ("Ping", "Pong"), ("Timestamp", f"{self._pbx.now():.6f}"))

    def _set_mask(self, request: Request) -> None:
        text = request.get("EventMask")
        if not text:
            self._say("Error", request, "Invalid event mask")
            return
        mask = parse_mask(text)
        self._pbx.catch_up()  # what has happened is told as it was wanted until now
        self._respond(request, ("Events", "On" if mask else "Off"))
        self._want(mask)

    def _want(self, mask: int) -> None:
        self.mask = mask
        self._pbx.wake()

    def _filter(self, request: Request) -> None:
        """Accept a filter. It filters nothing: more events come than were asked for."""
        if request.get("Operation").lower() == "add":
            self._say("Success", request, "Success")
        else:
            self._say("Error", request, "Unknown operation")

    def _logoff(self, request: Request) -> None:
        self._say("Goodbye", request, "Thanks for all the fish.")
        self.end()


_BEFORE_LOGIN = frozenset({"login", "challenge", "logoff"})
_OWN: dict[str, Callable[[Session, Request], None]] = {
    "login": Session._login,
    "challenge": Session._give_challenge,
    "logoff": Session._logoff,
    "ping": Session._ping,
    "events": Session._set_mask,
    "filter": Session._filter,
}
