"""Keeps a session to one Asterisk alive, polls on each collector's interval, feeds events, backs off."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exporter.ami import (
    ActionFailed,
    AMIError,
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
from exporter.pbx.backoff import LIVED, Backoff
from exporter.pbx.polls import Answer, PollState, rows_for
from exporter.pbx.state import Pbx

log = logging.getLogger(__name__)

SHUTDOWN_HOLDS = 30.0  # s: a Shutdown that no close follows was a caller's forgery
RESYNC_AFTER = 1.0  # s after something that makes lists doubtful
RESYNC_SELDOM = 5.0  # s between two such lists: an attacker must not make us ask all the time
UNTIL_LISTED = 0.5  # s until we look again for the rows that say what to ask for
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
        self._wake: dict[str, asyncio.Event] = {}
        self._doubt = asyncio.Event()
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

    async def _session(self) -> ConnectionFailed:
        """One session, from connect to its end; why it ended."""
        pbx, link = self.pbx, self.pbx.link
        self._stood = False
        client = await Client.connect(
            self.target.endpoint,
            await in_thread(self.target.credentials),
            mask=self.target.mask,
            wanted=pbx.events | OWN_EVENTS,
            on_event=self._event,
            on_pong=self._pong,
            timing=self._timing,
        )
        link.connected(client, time.time())
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
        now = time.time()
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
        pbx = self.pbx
        event = await self._boot(client)
        self._stood = True
        restarted = pbx.link.boot(event, time.time())
        self._cause = ""
        log.info(
            "Logged in",
            extra=self._fields(ami_version=client.session.greeting, restarted=restarted),
        )
        await client.ping()  # round trip and clock, before anything else is asked
        offered = await self._learn(client)
        if offered is not None and offered.get("Filter") is not None:
            await self._filter(client)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._settle(client))
            tasks.create_task(self._resync(client))
            for state in pbx.polls.values():
                tasks.create_task(self._poll(client, state))

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

    async def _filter(self, client: Client) -> None:
        """Have Asterisk keep back the events that nobody here uses."""
        try:
            await client.intake.filter()
        except AMIError as error:
            log.warning(
                "No event filter: more events come than are used", extra=self._fields(error=str(error))
            )

    async def _learn(self, client: Client) -> Message | None:
        """Which actions our user may ask: each one refused would raise a security event."""
        try:
            reply = await client.ask("ListCommands")
        except ActionFailed as error:
            self.pbx.link.action_failed("ListCommands", error.reason)
            return None
        for state in self.pbx.polls.values():
            supported = reply.response.get(state.poll.action) is not None
            if not supported and state.supported is not False:
                log.warning(
                    "Asterisk does not offer an action: no right to it (write= in manager.conf) or no module",
                    extra=self._fields(action=state.poll.action),
                )
            state.supported = supported
            if not supported:
                state.success = False
        return reply.response

    async def _settle(self, client: Client) -> None:
        """Count what no event explains, and ask for new lists after a packet that cannot be believed."""
        seen, last = client.session.anomalies.total(), 0.0
        while True:
            await asyncio.sleep(1.0)
            self.pbx.tick()
            now = time.time()
            for table in self.pbx.tables.values():
                for kind, key in table.settle(now):
                    fields = self._fields(table=table.table.name, kind=kind, key="/".join(key))
                    log.debug("A list corrected a table", extra=fields)
            if client.session.anomalies.total() > seen and now - last >= RESYNC_SELDOM:
                seen, last = client.session.anomalies.total(), now
                for state in self.pbx.polls.values():
                    if any(table.table.live for table in state.tables):
                        self._wake_up(state)

    async def _resync(self, client: Client) -> None:
        """Learn anew what Asterisk offers, and ask everything anew, after modules came or went."""
        while True:
            await self._doubt.wait()
            await asyncio.sleep(RESYNC_AFTER)
            self._doubt.clear()
            await self._learn(client)
            for state in self.pbx.polls.values():
                self._wake_up(state)
            await asyncio.sleep(RESYNC_SELDOM)

    def _wake_up(self, state: PollState) -> None:
        self._wake[state.poll.question].set()

    async def _poll(self, client: Client, state: PollState) -> None:
        """Ask, from start to start, never overlapping itself."""
        wake = self._wake[state.poll.question] = asyncio.Event()
        while True:
            started = time.monotonic()
            questions = state.questions() if state.supported is not False else []
            if questions:
                await self._ask(client, state, questions)
            elif questions is not None and state.supported:
                self._answered(state, [], 0.0)
            now = time.monotonic()
            pause = started + state.pace * random.uniform(0.95, 1.05) - now  # noqa: S311
            if state.timeouts:  # it rests at least as long as it has kept Asterisk busy
                pause = max(pause, now - started)
            if questions is None:
                pause = UNTIL_LISTED
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(pause, 0.0)):
                    await wake.wait()
            wake.clear()

    async def _ask(self, client: Client, state: PollState, questions: list[dict[str, str]]) -> None:
        for table in state.tables:
            table.begin(time.time())
        answers, seconds = [], 0.0
        try:
            for params in questions:
                reply = await client.ask(state.poll.action, None, **params)
                answer = Answer(reply.response, reply.items, params)
                lists = [table for table in state.tables if table.table.event]
                if reply.anomaly is None and not all(t.whole(rows_for(t.table, [answer])) for t in lists):
                    # A caller's empty line cut an item before its key.
                    reply.anomaly = "forged"
                    client.session.anomalies["forged"] += 1
                if reply.anomaly:
                    self._doubtful(state, reply.anomaly)
                    return
                answers.append(answer)
                seconds += reply.seconds
                self.pbx.happened("answered", {"action": state.poll.action, "seconds": reply.seconds})
        except AMIError as error:
            for table in state.tables:
                table.give_up()
            self._failed(state, error)
            return
        self._answered(state, answers, seconds)

    def _answered(self, state: PollState, answers: list[Answer], seconds: float) -> None:
        state.succeeded(seconds, time.time())
        self.pbx.swap(state, answers)

    def _doubtful(self, state: PollState, anomaly: str) -> None:
        """Part of an answer cannot be believed: the old rows stay.

        A caller can do that, so it is no failure until the rows are too old to be shown.
        """
        for table in state.tables:
            table.give_up()
        if not state.fresh(time.time()):
            state.success = False
            state.failure = f"{state.poll.question}: part of the answer cannot be believed ({anomaly})"

    def _failed(self, state: PollState, error: AMIError) -> None:
        reason = error.reason if isinstance(error, ActionFailed) else "error"
        self.pbx.link.action_failed(state.poll.action, reason)
        if reason != "closed" and state.failure != str(error):
            log.warning("A poll failed", extra=self._fields(action=state.poll.question, error=str(error)))
        state.timeouts += reason == "timeout"
        state.success = False
        state.failure = str(error)

    # -- what the client tells -----------------------------------------------------------------

    def _pong(self, pong: Pong) -> None:
        self.pbx.link.pong = pong
        if pong.clock_offset is not None:
            self.pbx.clock(pong.clock_offset)
        self.pbx.happened("answered", {"action": "Ping", "seconds": pong.round_trip})

    def _event(self, event: Message) -> None:
        name = event.name
        if name in OWN_EVENTS:
            if name == "Shutdown":
                self._shutdown = (event, time.time())
            elif name == "FullyBooted":
                if self.pbx.link.booted:  # we thought so too early
                    self.pbx.link.boot(event, time.time())
                    self._doubt.set()
            else:
                if name == "Reload" and (event.get("Module") or "").lower() == "all":
                    self.pbx.link.reloaded = time.time()
                self._doubt.set()
        self.pbx.take(event)
