"""Numbers and times as people read them; what is not known is a dash that says so."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from exporter.web.pages.html import Html, tag, text

UNKNOWN = tag("span", "\N{EN DASH}", class_="unknown", title="not known")


def amount(value: float | None) -> Html:
    """A number with thousands apart, with one decimal if it is small and not whole."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return text(f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.1f}")


def share(part: float | None) -> Html:
    """A part of 1 as a percentage, with a decimal where it is small."""
    if part is None or not math.isfinite(part):
        return UNKNOWN
    percent = part * 100
    return text(
        f"{percent:.1f}\N{NO-BREAK SPACE}%" if 0 < percent < 10 else f"{percent:.0f}\N{NO-BREAK SPACE}%"
    )


def milliseconds(seconds: float | None) -> Html:
    """A short time."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds >= 1:
        return text(f"{seconds:.1f} s")
    return text(f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms")


def wait(seconds: float | None) -> Html:
    """A time that somebody waits, as 0:42 or 1:02:03."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return text(f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}")


def span(seconds: float) -> str:
    """A length of time, in its two largest units."""
    seconds = max(int(seconds), 0)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {unit} {rest} {name}" if rest else f"{seconds // size} {unit}"
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"


def plural(count: int, one: str, many: str = "") -> str:
    """A count and what is counted."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def words(name: str) -> str:
    """A value of a closed set, as words: `not_in_use` is not in use."""
    return name.replace("_", " ")


def moment(time: float) -> datetime | None:
    """A Unix time as a date of this machine's time zone; None if it is none."""
    try:
        return datetime.fromtimestamp(time, UTC).astimezone() if time > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def clock(time: float | None, form: str = "%Y-%m-%d %H:%M:%S") -> Html:
    """A Unix time for people, and for machines; a dash if it is none."""
    when = moment(time) if time else None
    if when is None:
        return UNKNOWN
    machine = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return tag("time", when.strftime(form), datetime=machine, title=when.strftime("%Y-%m-%d %H:%M:%S %Z"))
