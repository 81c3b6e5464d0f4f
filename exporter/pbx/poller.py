"""Keeps a session to one Asterisk alive, feeds events, backs off."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from exporter.ami import (
    ActionFailed,
    Client,
    ConnectionFailed,
    Credentials,
    Endpoint,
    Message,
    Pong,
    Timing,
    in_thread,
)
from exporter.metrics.catalogue import OWN_EVENTS
from exporter.pbx import clock
from exporter.pbx.backoff import LIVED, Backoff
from exporter.pbx.state import Pbx
from exporter.pbx.watch import Watch

log = logging.getLogger(__name__)

SHUTDOWN_HOLDS = 30.0  # s: a Shutdown that no close follows was a caller's forgery
BOOT_PATIENCE = 2.0  # s without FullyBooted after which we look for ourselves
BOOT_PATIENCE_OF_OLD = 60.0  # the same at a server that has sent one to our user before


@dataclass(frozen=True, slots=True)
class Target:
    """How to reach one server.

    The credentials are read anew for each login, since secrets rotate; they may raise ConnectionFailed.
    """

    endpoint: Endpoint
    credentials: Callable[[], Credentials]
    mask: str


async def _first(*futures: asyncio.Future[Any], timeout: float | None = None) -> bool:
    """Wait until one is done; False if none is in time."""
    done, _ = await asyncio.wait(futures, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)


class Poller:
    """The one who owns the connection to a server: each lives once, the poller opens the next."""

    def __init__(self, pbx: Pbx, target: Target, timing: Timing | None = None) -> None:
        self.pbx = pbx
        self.target = target
        self._timing = timing
        self._backoff = Backoff()
        self._cause = ""  # of the last failure: a log line for each change
        self._shutdown: tuple[Message, float] | None = None
        self._says_booted = False  # whether this server ever sent FullyBooted to our user
        self._watch: Watch | None = None
        self._changed = asyncio.Event()
        self._stood = False  # whether the last session was one, from login to boot

    async def run(self) -> None:
        """Until cancelled; then the session is logged off."""
        while True:
            born = time.monotonic()
            try:
                why = await self._session()
            except ConnectionFailed as error:
                why = error
            except Exception as error:
                log.exception("An error of our own: no session", extra=self._fields())
                why = ConnectionFailed("protocol", f"an error of our own: {error!r}")
            now = time.monotonic()
            self._lost(why)
            if now - born >= LIVED and why.reason not in ("auth", "in_use", "greeting") and self._stood:
                self._backoff.succeeded()
            await asyncio.sleep(self._backoff.delay(why.reason, now))

    def reconfigure(self, pbx: Pbx, mask: str) -> None:
        """Go on with a state that has taken over from the one before, on the same session."""
        self.pbx = pbx
        self.target = replace(self.target, mask=mask)
        self._changed.set()

    async def _session(self) -> ConnectionFailed:
        """One session, from connect to its end; why it ended."""
        link = self.pbx.link
        self._stood = False
        credentials = await in_thread(self.target.credentials)
        self.pbx.account = credentials.username
        client = await Client.connect(
            self.target.endpoint,
            credentials,
            mask=self.target.mask,
            wanted=self.pbx.events | OWN_EVENTS,
            on_event=self._event,
            on_pong=self._pong,
            timing=self._timing,
        )
        link.connected(client, clock.now())
        work = asyncio.create_task(self._work(client))
        try:
            await _first(work, client.closed)
            if not client.closed.done() and (error := work.exception()):
                log.error(
                    "An error of our own: the session starts anew", exc_info=error, extra=self._fields()
                )
                return ConnectionFailed("protocol", f"an error of our own: {error!r}")
            return await client.closed
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await client.close()

    def _lost(self, why: ConnectionFailed) -> None:
        now = clock.now()
        self.pbx.drop()
        self.pbx.link.failed(why, now)
        if self._shutdown and now - self._shutdown[1] < SHUTDOWN_HOLDS:
            self.pbx.happened("shutdown", self._shutdown[0].fields)
            self._backoff.succeeded()  # it said goodbye and may be back soon
        self._shutdown = None
        cause = f"{why.reason}: {why}"
        if cause != self._cause:
            self._cause = cause
            log.warning("No session with Asterisk", extra=self._fields(reason=why.reason, error=str(why)))

    def _fields(self, **fields: object) -> dict[str, object]:
        return {"fields": {"server": self.pbx.name, "address": str(self.target.endpoint), **fields}}

    # -- one session ---------------------------------------------------------------------------

    async def _work(self, client: Client) -> None:
        event = await self._boot(client)
        self._stood = True
        restarted = self.pbx.link.boot(event, clock.now())
        self._cause = ""
        log.info(
            "Logged in",
            extra=self._fields(ami_version=client.session.greeting, restarted=restarted),
        )
        await client.ping()  # round trip and clock, before anything else is asked
        while True:
            self._changed.clear()
            self._watch = watch = Watch(self.pbx, client)
            task = asyncio.create_task(watch.run(self.target.mask, self.pbx.events | OWN_EVENTS))
            changed = asyncio.create_task(self._changed.wait())
            try:
                await _first(task, changed)
                if task.done():
                    return await task
            finally:
                for each in (task, changed):
                    each.cancel()
                await asyncio.gather(task, changed, return_exceptions=True)

    async def _boot(self, client: Client) -> Message | None:
        """Wait until Asterisk is fully booted; its FullyBooted, if our user may see it.

        Asterisk listens before its modules are loaded. Without read=system no FullyBooted comes:
        then two equal answers to ListCommands tell that it stands.
        """
        before: object = None
        patience = BOOT_PATIENCE_OF_OLD if self._says_booted else BOOT_PATIENCE
        while not client.booted.done():
            if await _first(client.booted, client.closed, timeout=patience):
                continue
            patience, self._says_booted = BOOT_PATIENCE, False
            try:
                reply = await client.ask("ListCommands")
            except ActionFailed:
                continue
            if reply.response.headers[2:] == before:
                return None
            before = reply.response.headers[2:]
        self._says_booted = True
        return await client.booted

    # -- what the client tells -----------------------------------------------------------------

    def _pong(self, pong: Pong) -> None:
        self.pbx.link.pong = pong
        self.pbx.link.heard = clock.now() - pong.round_trip
        if pong.clock_offset is not None:
            self.pbx.clock(pong.clock_offset + clock.stepped())
        self.pbx.happened("answered", {"action": "Ping", "seconds": pong.round_trip})

    def _event(self, event: Message) -> None:
        name = event.name
        if name in OWN_EVENTS:
            if name == "Shutdown":
                self._shutdown = (event, clock.now())
            elif name == "FullyBooted":
                if self.pbx.link.booted:  # we thought so too early
                    self.pbx.link.boot(event, clock.now())
                    self._doubt()
            else:
                if name == "Reload" and (event.get("Module") or "").lower() == "all":
                    self.pbx.link.reloaded = clock.now()
                self._doubt()
        self.pbx.take(event)

    def _doubt(self) -> None:
        if self._watch is not None:
            self._watch.doubt.set()
