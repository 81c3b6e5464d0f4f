"""Numbers and times as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

UNKNOWN = '<span class="unknown">&ndash;</span>'


def amount(value: float | None) -> str:
    """A number with thousands apart, with one decimal if it is small and not whole."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.1f}"


def milliseconds(seconds: float | None) -> str:
    """A short time."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


def span(seconds: float) -> str:
    """A length of time, in its two largest units."""
    seconds = max(int(seconds), 0)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {unit} {rest} {name}" if rest else f"{seconds // size} {unit}"
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"


def moment(time: float) -> datetime | None:
    """A Unix time as a date; None if it is none."""
    try:
        return datetime.fromtimestamp(time, UTC) if time > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def iso(time: float) -> str:
    """A Unix time for machines; empty if it is none."""
    when = moment(time)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def clock(time: float) -> str:
    """A Unix time for people; empty if it is none."""
    when = moment(time)
    return when.strftime("%Y-%m-%d %H:%M:%S UTC") if when else ""
