"""Long work in small turns, so that sessions are read meanwhile."""

from __future__ import annotations

import asyncio
import time

TURN = 0.005  # s of work, then others have their turn
LONGEST = 0.1  # s; and for as long at the most, when those take long
SHARE = 4  # times as long as we may the others take


class Turns:
    """Of one piece of work. Where others take long, as while a fleet connects, its turns become longer.

    Else it would never come to its end: it would have a few milliseconds of every second.
    """

    def __init__(self) -> None:
        self._until = time.monotonic() + TURN

    async def take(self) -> None:
        """Let others have their turn, if ours is over."""
        now = time.monotonic()
        if now > self._until:
            await asyncio.sleep(0)
            after = time.monotonic()
            self._until = after + min(max(TURN, (after - now) / SHARE), LONGEST)
