"""One logged-in session at work: asks on each poll's interval, and has events kept back that nobody uses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time

from exporter.ami import ActionFailed, AMIError, Client, Message
from exporter.pbx import clock
from exporter.pbx.polls import Answer, PollState, rows_for
from exporter.pbx.state import Pbx
from exporter.pbx.tables import NoKey

log = logging.getLogger(__name__)

RESYNC_AFTER = 1.0  # s after something that makes lists doubtful
RESYNC_SELDOM = 5.0  # s between two such lists: an attacker must not make us ask all the time
INTAKE_AGAIN = 30.0  # s until we ask again for the events that we could not have


class Watch:
    """Feeds the state of a server from a session that is booted, until cancelled."""

    def __init__(self, pbx: Pbx, client: Client) -> None:
        self.pbx = pbx
        self.doubt = asyncio.Event()  # set when modules came or went: what we know may not hold any more
        self._client = client
        self._wake: dict[str, asyncio.Event] = {}

    async def run(self, mask: str, events: frozenset[str]) -> None:
        """Have the events of these names and classes sent, and ask what is to be asked."""
        client = self._client
        offered = await self._learn()
        may_filter = offered is not None and offered.get("Filter") is not None
        whole = await self._intake(may_filter, mask, events)
        async with asyncio.TaskGroup() as tasks:
            if not whole:
                tasks.create_task(self._intake_again(may_filter, mask, events))
            tasks.create_task(self._settle())
            tasks.create_task(self._resync())
            for state in self.pbx.polls.values():
                tasks.create_task(self._poll(client, state))

    def _fields(self, **fields: object) -> dict[str, object]:
        endpoint = str(self._client.endpoint)
        return {"fields": {"server": self.pbx.name, "address": endpoint, **fields}}

    async def _intake_again(self, may_filter: bool, mask: str, events: frozenset[str]) -> None:
        """Until Asterisk sends what we use."""
        while True:
            await asyncio.sleep(INTAKE_AGAIN)
            if await self._intake(may_filter, mask, events):
                return

    async def _intake(self, may_filter: bool, mask: str, events: frozenset[str]) -> bool:
        """Have Asterisk send what we use, and keep back the rest if our user may ask for that.

        Whether that was done.
        """
        intake = self._client.intake
        action = "Events"
        try:
            await intake.widen(events, mask)
            action = "Filter"
            if may_filter and not intake.filtered:
                await intake.filter()
        except AMIError as error:
            reason = error.reason if isinstance(error, ActionFailed) else "error"
            self.pbx.link.action_failed(action, reason)
            if reason != "closed":
                fields = self._fields(action=action, error=str(error))
                log.warning("Asterisk does not send exactly the events that are used", extra=fields)
            return False
        return True

    async def _learn(self) -> Message | None:
        """Which actions our user may ask: each one refused would raise a security event."""
        try:
            reply = await self._client.ask("ListCommands")
        except ActionFailed as error:
            self.pbx.link.action_failed("ListCommands", error.reason)
            return None
        lost = set()
        for state in self.pbx.polls.values():
            supported = reply.response.get(state.poll.action) is not None
            if not supported and state.supported is not False:
                lost.add(state.poll.action)
            state.supported = supported
            if not supported:
                state.success = False
        if lost:
            self._tell_lost(lost)
        return reply.response

    def _tell_lost(self, actions: set[str]) -> None:
        missed = self.pbx.health.missed()
        for action in sorted(actions & missed):
            log.warning(
                "Asterisk does not offer an action: no right to it (write= in manager.conf) or no module",
                extra=self._fields(action=action),
            )
        if rest := sorted(actions - missed):
            log.info(
                "Asterisk has no such modules, or our user no right",
                extra=self._fields(actions=",".join(rest)),
            )

    async def _settle(self) -> None:
        """Count what no event explains, and ask for new lists after a packet that cannot be believed."""
        anomalies = self._client.session.anomalies
        seen, last = anomalies.total(), 0.0
        while True:
            await asyncio.sleep(1.0)
            self.pbx.tick()
            now = clock.now()
            for table in self.pbx.tables.values():
                for kind, key in table.settle(now):
                    fields = self._fields(table=table.table.name, kind=kind, key="/".join(key))
                    log.debug("A list corrected a table", extra=fields)
            if anomalies.total() > seen and now - last >= RESYNC_SELDOM:
                seen, last = anomalies.total(), now
                for state in self.pbx.polls.values():
                    if any(table.table.live for table in state.tables):
                        self._wake_up(state)

    async def _resync(self) -> None:
        """Learn anew what Asterisk offers, and ask everything anew, after modules came or went."""
        while True:
            await self.doubt.wait()
            await asyncio.sleep(RESYNC_AFTER)
            self.doubt.clear()
            await self._learn()
            for state in self.pbx.polls.values():
                self._wake_up(state)
            await asyncio.sleep(RESYNC_SELDOM)

    def _wake_up(self, state: PollState) -> None:
        if state.poll.question in self._wake:
            self._wake[state.poll.question].set()

    async def _poll(self, client: Client, state: PollState) -> None:
        """Ask, from start to start, never overlapping itself."""
        wake = self._wake[state.poll.question] = asyncio.Event()
        while True:
            started = time.monotonic()
            questions = state.questions() if state.asked else []
            if questions:
                await self._ask(client, state, questions)
            elif questions is not None and state.asked:
                self._answered(state, [], 0.0)
            now = time.monotonic()
            pause = started + state.pace * random.uniform(0.95, 1.05) - now  # noqa: S311
            if state.timeouts:  # it rests at least as long as it has kept Asterisk busy
                pause = max(pause, now - started)
            if questions is None and state.of:  # it is woken once that table is there
                state.failure = f"{state.poll.question}: waits for the table {state.of.table.name}"
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(pause, 0.0)):
                    await wake.wait()
            wake.clear()

    async def _ask(self, client: Client, state: PollState, questions: list[dict[str, str]]) -> None:
        for table in state.tables:
            table.begin(clock.now())
        answers, seconds = [], 0.0
        refused: ActionFailed | None = None
        try:
            for params in questions:
                try:
                    reply = await client.ask(state.poll.action, None, **params)
                except ActionFailed as error:
                    if error.reason != "error" or state.poll.each is None:
                        raise
                    refused = error  # one thing that is not there spoils nothing for the others
                    continue
                answer = Answer(reply.response, reply.items, params)
                if reply.anomaly is None and not self._whole(state, answer):
                    reply.anomaly = "forged"
                    client.session.anomalies["forged"] += 1
                if reply.anomaly:
                    self._doubtful(state, reply.anomaly)
                    return
                answers.append(answer)
                seconds += reply.seconds
                self.pbx.happened("answered", {"action": state.poll.action, "seconds": reply.seconds})
            if refused and not answers:
                raise refused
        except (AMIError, NoKey) as error:
            for table in state.tables:
                table.give_up()
            self._failed(state, error)
            return
        self._answered(state, answers, seconds)

    @staticmethod
    def _whole(state: PollState, answer: Answer) -> bool:
        lists = [(live, table) for live, table in state.fills if table.event]
        return all(live.whole(rows_for(table, [answer]), table) for live, table in lists)

    def _answered(self, state: PollState, answers: list[Answer], seconds: float) -> None:
        state.succeeded(seconds, clock.now())
        self.pbx.swap(state, answers)
        for other in self.pbx.polls.values():
            if other.of in state.tables and other.last_success is None:
                self._wake_up(other)

    def _doubtful(self, state: PollState, anomaly: str) -> None:
        """Part of an answer cannot be believed: the old rows stay.

        A caller can do that, so it is no failure until the rows are too old to be shown.
        """
        for table in state.tables:
            table.give_up()
        if not state.fresh(clock.now()):
            state.success = False
            state.failure = f"{state.poll.question}: part of the answer cannot be believed ({anomaly})"

    def _failed(self, state: PollState, error: AMIError | NoKey) -> None:
        reason = error.reason if isinstance(error, ActionFailed) else "error"
        self.pbx.link.action_failed(state.poll.action, reason)
        if reason != "closed" and state.failure != str(error):
            log.warning("A poll failed", extra=self._fields(action=state.poll.question, error=str(error)))
        state.timeouts += reason == "timeout"
        state.success = False
        state.failure = str(error)
