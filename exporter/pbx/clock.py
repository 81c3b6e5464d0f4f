"""Time as the state of a server knows it: Unix time when the exporter started, and from there steadily on."""

from __future__ import annotations

import time

_START = time.time() - time.monotonic()
STEP = 0.5  # s by which the wall clock is off before that counts: reading two clocks takes a moment

_stepped = 0.0


def now() -> float:
    """Unix time (s) that no setting of the wall clock moves: between two of these lies a true duration."""
    return time.monotonic() + _START


def stepped() -> float:
    """By how much (s) the wall clock was set forward since the start; equal until it is set again."""
    global _stepped  # there is one wall clock
    found = time.time() - now()
    if abs(found - _stepped) > STEP:
        _stepped = found
    return _stepped


def wall(moment: float) -> float:
    """A moment of `now`, as Unix time by the wall clock."""
    return moment + stepped()
