"""Long work in small turns, so that sessions are read meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

TURN = 0.005  # s of work, then others have their turn
LONGEST = 0.1  # s; and for as long at the most, when those take long
SHARE = 4  # times as long as we may the others take


class Turns:
    """Of one piece of work. Where others take long, as while a fleet connects, its turns become longer.

    Else it would never come to its end: it would have a few milliseconds of every second. Others are those
    who take no such turns: several pieces of work do not make each other's longer.
    """

    _worked: ClassVar[float] = 0.0  # s, by all of them

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._until = self._since + TURN

    @property
    def over(self) -> bool:
        """Whether others should have their turn now."""
        return time.monotonic() > self._until

    async def take(self) -> None:
        """Let others have their turn, if ours is over."""
        if self.over:
            await self.rest()

    async def rest(self) -> None:
        """Let others have their turn now."""
        now = time.monotonic()
        Turns._worked += now - self._since
        worked = Turns._worked
        await asyncio.sleep(0)
        self._since = time.monotonic()
        others = self._since - now - (Turns._worked - worked)
        self._until = self._since + min(max(TURN, others / SHARE), LONGEST)
