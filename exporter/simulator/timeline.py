"""Many stories told side by side, each in its own time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

Story = Iterator[float]
"""What happens one after another: it yields the seconds until it goes on."""


class Timeline:
    """Stories and the moment they have reached. It has no clock of its own: somebody moves it.

    Args:
        now: Unix time at which it starts.
        speed: how many seconds of a story pass in one second.
    """

    def __init__(self, now: float, speed: float = 1.0) -> None:
        self.now = now
        self.speed = speed
        self._waiting: list[tuple[float, int, Story]] = []
        self._turns = 0  # of two that are due at once the one that waits longer comes first

    @property
    def due(self) -> float | None:
        """When the next story goes on; None if all have been told."""
        return self._waiting[0][0] if self._waiting else None

    def tell(self, story: Story) -> None:
        """Start a story: its beginning happens now."""
        pause = next(story, None)
        if pause is not None:
            self._turns += 1
            heapq.heappush(self._waiting, (self.now + pause / self.speed, self._turns, story))

    def advance(self, until: float) -> None:
        """Tell everything that is due, each at the moment at which it is due."""
        while self._waiting and self._waiting[0][0] <= until:
            self.now, _, story = heapq.heappop(self._waiting)
            self.tell(story)
        self.now = max(self.now, until)
