"""Which events a live session is sent: its mask and its filters, which only ever grow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from exporter.ami.errors import ActionFailed, AMIError, ConnectionFailed, LocalProtocolError
from exporter.ami.filters import EVERYTHING, addition, expressions
from exporter.ami.login import masking, silenced
from exporter.ami.session import Action, Reply, Session


class Intake:
    """What Asterisk sends us of its events, beyond what we ask.

    Once one filter stands, Asterisk drops whatever none lets through, and no filter can be removed
    while the session lives. So filters are made of all names that the session wants, new names come
    beside the old ones, and nothing is taken back: who wants fewer passes over the rest until the
    next login.

    Args:
        send: asks an action; raises ActionFailed.
        end: ends the session.
    """

    def __init__(
        self,
        session: Session,
        mask: str,
        send: Callable[[Action], Awaitable[Reply]],
        end: Callable[[ConnectionFailed], None],
    ) -> None:
        self.mask = mask
        self.filtered = False  # whether Asterisk keeps back what is not wanted
        self._session = session
        self._send = send
        self._end = end
        self._passing: frozenset[str] = frozenset()  # names in the filters that stand
        self._stands = False  # whether a filter stands or may stand: its answer did not come
        self._turn = asyncio.Lock()

    async def filter(self) -> None:
        """Have Asterisk keep back all events that the session does not want.

        The user needs the right to `Filter` (write=system); who tries without it raises a security
        event. Raises ActionFailed if it cannot be had: then all events of the mask go on coming.
        """
        async with self._turn:
            await self._add()

    async def widen(self, names: Iterable[str], mask: str) -> None:
        """Want these events too, and these classes of events; they come once this returns.

        Raises ActionFailed. Where a filter could not be added, all events of the mask come instead;
        where the mask could not be set it is as before, and the same may be tried again.
        """
        self._session.want(names)
        async with self._turn:
            wider = ",".join(dict.fromkeys(filter(None, f"{self.mask},{mask}".split(","))))
            if wider != self.mask:
                if silenced(await self._send(masking(wider))):
                    await self._send(masking("on"))
                self.mask = wider
            if self.filtered or self._stands:
                await self._add()

    async def _add(self) -> None:
        wanted = self._session.wanted
        if wanted is None:
            raise LocalProtocolError("every event is wanted: there is nothing to keep back")
        try:
            for expression in expressions(wanted - self._passing):
                await self._set(expression)
        except AMIError:
            if self._stands:
                await self._open()
            raise
        self._passing, self.filtered = wanted, True

    async def _set(self, expression: str) -> None:
        stood, self._stands = self._stands, True  # also if we are cancelled, and never hear of it
        try:
            await self._send(addition(expression))
        except ActionFailed as error:
            if error.reason not in ("timeout", "closed"):
                self._stands = stood
            raise

    async def _open(self) -> None:
        """Let everything through: a part of the filters alone would keep back what is wanted."""
        self.filtered, self._passing = False, frozenset()
        try:
            await self._send(addition(EVERYTHING))
        except ActionFailed as error:
            if error.reason != "closed":
                self._end(ConnectionFailed("protocol", "a part of the event filters could not be set"))
        else:
            self._stands = False
