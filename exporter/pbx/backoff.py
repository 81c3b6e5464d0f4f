"""How long to wait before the next try to connect; pure."""

from __future__ import annotations

import random

from exporter.ami import FAILURE_REASONS

FIRST, CAP_AT_FIRST, CAP = 0.25, 5.0, 30.0
AT_FIRST = 120.0  # seconds for which the first cap holds: most restarts are over by then

# A refused login is no matter of waiting a little: a fast loop gets this host banned.
REFUSED = frozenset({"auth", "in_use"})
REFUSED_FIRST, REFUSED_CAP = 30.0, 300.0

# A session that did not live so long (s) was no success.
LIVED = 5.0


class Backoff:
    """Exponential, with full jitter: a thousand exporters do not come back in the same moment.

    Times are seconds of any clock that does not jump.
    """

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()  # noqa: S311
        self._tries = 0
        self._refusals = 0
        self._since: float | None = None  # when the failures began

    def succeeded(self) -> None:
        """A session stood: the next failure begins anew."""
        self._tries = 0
        self._refusals = 0
        self._since = None

    def delay(self, reason: str, now: float) -> float:
        """Seconds to wait after a failure for this reason (one of FAILURE_REASONS)."""
        if reason not in FAILURE_REASONS:
            raise ValueError(reason)
        if self._since is None:
            self._since = now
        if reason in REFUSED:
            cap = min(REFUSED_FIRST * 2**self._refusals, REFUSED_CAP)
            self._refusals += 1
            return self._rng.uniform(cap, min(cap * 1.25, REFUSED_CAP))
        cap = CAP_AT_FIRST if now - self._since < AT_FIRST else CAP
        cap = min(FIRST * 2 ** min(self._tries, 16), cap)
        self._tries += 1
        return self._rng.uniform(cap / 10, cap)
