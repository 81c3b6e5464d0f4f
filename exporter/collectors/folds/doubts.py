"""What a list says otherwise than the events before it: it stands once the events had time to tell."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

# Asterisk makes lists and events in different threads: a list can be ahead of the events, or a little
# older (s). Channels were seen to be gone from a list up to 2 s before their DialEnd and Hangup came.
GRACE = 2.0

Key = TypeVar("Key", bound=Hashable)
Said = TypeVar("Said")


class Doubts(Generic[Key, Said]):
    """What the last list said of things that a fold holds; so there are no more than of these."""

    def __init__(self) -> None:
        self._open: dict[Key, tuple[Said, float]] = {}  # and when a list said so first

    def listed(self, said: Mapping[Key, Said], now: float) -> None:
        """All that a list says otherwise; what else was in doubt is not any more."""
        self._open = {key: (what, min(self.since(key, now), now)) for key, what in said.items()}

    def clear(self, key: Key) -> None:
        """An event told of it."""
        self._open.pop(key, None)

    def since(self, key: Key, default: float) -> float:
        """When a list said first what it still says."""
        known = self._open.get(key)
        return default if known is None else known[1]

    def said(self, key: Key, default: Said) -> Said:
        """What the last list said of it otherwise, if it is in doubt."""
        known = self._open.get(key)
        return default if known is None else known[0]

    def due(self, now: float) -> list[tuple[Key, Said, float]]:
        """What no event has explained in time, each once: what was said of it, and since when."""
        due = [(key, said, since) for key, (said, since) in self._open.items() if since < now - GRACE]
        for key, _, _ in due:
            del self._open[key]
        return due

    def forget(self) -> None:
        """The session is over."""
        self._open.clear()
