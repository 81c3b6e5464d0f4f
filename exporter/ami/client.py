"""One logged-in connection: ask questions, be handed events. It lives once."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from exporter.ami.actions import only_reads
from exporter.ami.endpoint import Endpoint, open_connection
from exporter.ami.errors import ActionFailed, ConnectionFailed, LocalProtocolError
from exporter.ami.intake import Intake
from exporter.ami.login import Credentials, login
from exporter.ami.message import Message
from exporter.ami.session import Action, Reply, Session
from exporter.ami.timing import Pong, Timing

_T = TypeVar("_T")

BOOTED = "FullyBooted"

# glibc serves blocks of 128 KiB and more by mmap: asyncio's reads of 256 KiB cost two page faults each.
# Half of 64 KiB costs no more, and others have their turn twice as often.
_READ_SIZE = 32_768
_LOGOFF = 0.5  # s to wait for its answer: whoever stops wants to be gone
_TLS_LIMIT = 1_024  # what Asterisk reads at once; the rest of a TLS record waits unseen inside OpenSSL


class Client(asyncio.Protocol):
    """A session with one Asterisk, from connect to close; who wants another makes another.

    Everything that comes is parsed in `data_received`: a reader that stops for 100 ms loses its
    session, and can hold a queue's lock inside Asterisk meanwhile.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        mask: str = "",
        wanted: Iterable[str] | None = (),
        on_event: Callable[[Message], None] = lambda _: None,
        on_pong: Callable[[Pong], None] = lambda _: None,
        tap: Callable[[bytes, bool], None] | None = None,
        timing: Timing | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.endpoint = endpoint
        self.timing = timing or Timing()
        self.session = Session(None if wanted is None else [*wanted, BOOTED])
        self.intake = Intake(self.session, mask, self.send, self._close)
        self.bytes_received = 0
        self.bytes_sent = 0
        self.booted: asyncio.Future[Message] = loop.create_future()
        self.closed: asyncio.Future[ConnectionFailed] = loop.create_future()
        self.certificate_expiry: float | None = None  # Unix time
        self._on_event = on_event
        self._on_pong = on_pong
        self._tap = tap
        self._transport: asyncio.Transport | None = None
        self._greeted: asyncio.Future[None] = loop.create_future()
        self._reply: asyncio.Future[Reply] | None = None
        self._turn = asyncio.Lock()
        self._closing = False
        self._pinger: asyncio.Task[None] | None = None

    # -- life ----------------------------------------------------------------------------------

    @classmethod
    async def connect(
        cls,
        endpoint: Endpoint,
        credentials: Credentials,
        *,
        mask: str = "",
        wanted: Iterable[str] | None = (),
        on_event: Callable[[Message], None] = lambda _: None,
        on_pong: Callable[[Pong], None] = lambda _: None,
        tap: Callable[[bytes, bool], None] | None = None,
        timing: Timing | None = None,
    ) -> Client:
        """Connect and log in.

        Args:
            mask: read classes of the events to receive, such as ``system,call``.
            wanted: names of events to hand to `on_event`; None for all.
            tap: is told all bytes before they are dealt with, the login's too, and whether we sent them.

        Raises ConnectionFailed, of which LoginRefused is one.
        """
        client = cls(
            endpoint, mask=mask, wanted=wanted, on_event=on_event, on_pong=on_pong, tap=tap, timing=timing
        )
        try:
            await client._open()
            await client._login(credentials)
        except BaseException as error:
            client._close(ConnectionFailed("closed", f"login given up: {error}"))
            raise
        client._pinger = asyncio.create_task(client._keep_alive())
        return client

    async def _open(self) -> None:
        await open_connection(self.endpoint, self, self.timing.connect)
        try:
            async with asyncio.timeout(self.timing.greeting):
                await self._greeted
        except TimeoutError:
            raise ConnectionFailed(
                "greeting",
                f"{self.endpoint} is open but said nothing in {self.timing.greeting:g} s: "
                "not an AMI port, a TLS port, or an Asterisk that hangs",
            ) from None

    async def _login(self, credentials: Credentials) -> None:
        dialogue = login(credentials, self.intake.mask)
        action = next(dialogue)
        try:
            while True:
                reply = await self._exchange(action, self.timing.login)
                action = dialogue.send(reply)
        except StopIteration:
            return
        except ActionFailed as error:
            if error.reason == "timeout":
                raise ConnectionFailed("timeout", f"{self.endpoint}: no answer to the login") from error
            if self.closed.done():
                raise self.closed.result() from None
            raise ConnectionFailed("closed", str(error)) from error

    async def close(self) -> None:
        """Log off, as far as that still goes, and close. Takes at most half a second and a little."""
        if not self._closing:
            self._closing = True
            self._fail_question("closed by us")
            self.session.forget()
            self._write(self.session.ask(Action("Logoff")))
        try:
            await asyncio.wait((self.closed,), timeout=_LOGOFF)  # Asterisk says goodbye and closes
        finally:
            self._close(ConnectionFailed("closed", "closed by us"))

    def _close(self, why: ConnectionFailed) -> None:
        self._closing = True
        if self._pinger is not None and self._pinger is not asyncio.current_task():
            self._pinger.cancel()
        if not self.closed.done():
            self.closed.set_result(why)
        for future in (self._greeted, self.booted):
            if not future.done():
                future.set_exception(why)
                future.exception()  # seen: nobody has to wait for it
        self._fail_question(str(why))
        if self._transport is not None:
            self._transport.abort()

    def _fail_question(self, why: str) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(ActionFailed("closed", why))

    # -- questions -----------------------------------------------------------------------------

    async def ask(self, name: str, timeout: float | None = None, /, **headers: str) -> Reply:
        """Ask a reading action and wait for its whole answer, its list included.

        Questions wait for their turn: Asterisk answers a session's actions one after another.
        Raises ActionFailed; LocalProtocolError for an action that is not a reading one.
        """
        if not only_reads(name, headers.items()):
            raise LocalProtocolError(f"{Action(name, headers.items())!r} may do more than read")
        return await self.send(Action(name, headers.items()), timeout)

    async def send(self, action: Action, timeout: float | None = None) -> Reply:
        """Like `ask`, for any action whatever: the caller answers for what it does."""
        timeout = self.timing.action if timeout is None else timeout
        async with self._turn:
            try:
                reply = await self._exchange(action, timeout)
            except ActionFailed as error:
                if error.reason == "timeout":
                    await self._ping()  # a slow answer or a dead line? This tells, before anybody else waits
                raise
        reply.raise_for_failure()
        return reply

    async def _exchange(self, action: Action, timeout: float) -> Reply:
        if self._closing:
            why = self.closed.result() if self.closed.done() else "closed by us"
            raise ActionFailed("closed", f"{action.name}: {why}")
        data = self.session.ask(action)
        if self.endpoint.tls and len(data) > _TLS_LIMIT:
            self.session.forget()
            raise LocalProtocolError(f"{action!r} is over {_TLS_LIMIT} bytes: Asterisk drops it over TLS")
        self._reply = asyncio.get_running_loop().create_future()
        sent = time.monotonic()
        self._write(data)
        try:
            async with asyncio.timeout(timeout):
                reply = await self._reply
        except TimeoutError:
            raise ActionFailed("timeout", f"{action.name}: no whole answer in {timeout:g} s") from None
        else:
            reply.seconds = time.monotonic() - sent
            return reply
        finally:
            self._reply = None
            self.session.forget()

    # -- keeping the line alive ----------------------------------------------------------------

    async def _keep_alive(self) -> None:
        while not self.closed.done():
            await asyncio.sleep(random.uniform(*self.timing.ping_every))  # noqa: S311
            await self.ping()

    async def ping(self) -> None:
        """Ping once, outside the usual time; `on_pong` is told."""
        async with self._turn:
            await self._ping()

    async def _ping(self) -> None:
        """Ask for a sign of life, and end the session if none comes.

        It also pushes out events: a released Asterisk can sit on one until the next byte from us.
        """
        sent, clock = time.monotonic(), time.time()
        try:
            reply = await self._exchange(Action("Ping"), self.timing.ping)
        except ActionFailed as error:
            if error.reason == "timeout":
                self._close(
                    ConnectionFailed(
                        "timeout", f"{self.endpoint}: no answer to a Ping in {self.timing.ping:g} s"
                    )
                )
            return
        stamp = reply.response.get("Timestamp")
        self._tell(self._on_pong, Pong.measured(time.monotonic() - sent, clock, stamp))

    # -- asyncio's side ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio once the socket, and TLS on it, stands."""
        self._transport = cast("asyncio.Transport", transport)
        if hasattr(transport, "max_size"):
            transport.max_size = _READ_SIZE
        peer: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        certificate = peer.getpeercert() if peer else None
        if certificate and isinstance(until := certificate.get("notAfter"), str):
            self.certificate_expiry = float(ssl.cert_time_to_seconds(until))

    def data_received(self, data: bytes) -> None:
        """Called by asyncio with what came; everything is dealt with before it returns."""
        self.bytes_received += len(data)
        if self._tap is not None:
            self._tap(data, False)
        try:
            received = self.session.receive(data)
        except ConnectionFailed as error:
            self._close(error)
            return
        if not self._greeted.done() and self.session.greeting is not None:
            self._greeted.set_result(None)
        for item in received:
            if isinstance(item, Reply):
                if self._reply is not None and not self._reply.done():
                    self._reply.set_result(item)
                continue
            if item.name == BOOTED and not self.booted.done():
                self.booted.set_result(item)
            self._tell(self._on_event, item)

    def eof_received(self) -> bool:
        """Called by asyncio when Asterisk closed its side; ours closes too."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio when the connection is gone: every question in flight fails now."""
        if self._closing:
            text = "closed by us"
        elif not self._greeted.done() and exc is None:
            text = "closed before the greeting: too many sessions that have not logged in (authlimit)?"
        elif isinstance(exc, TimeoutError):
            text = "nothing came back any more"
        else:
            text = f"connection lost: {exc}" if exc else "closed by Asterisk"
        self._transport = None
        self._close(ConnectionFailed("closed", f"{self.endpoint}: {text}"))

    def _tell(self, listener: Callable[[_T], None], news: _T) -> None:
        """Tell a listener. A fault of his own must not cost the session."""
        try:
            listener(news)
        except Exception as error:
            context = {"message": f"A listener failed on {news!r}", "exception": error, "protocol": self}
            asyncio.get_running_loop().call_exception_handler(context)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self.bytes_sent += len(data)
            if self._tap is not None:
                self._tap(data, True)
            self._transport.write(data)
