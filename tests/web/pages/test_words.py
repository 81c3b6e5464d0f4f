"""Numbers and times as people read them."""

from __future__ import annotations

import math
import time

import pytest

from exporter.web.pages.words import UNKNOWN, amount, clock, milliseconds, plural, share, span, wait
from tests.web.source import NOW


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3720, "1 h 2 min"),
        (86400, "1 d"),
        (86400 * 3 + 7300, "3 d 2 h"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    """A length of time has one or two units."""
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("value", "number", "short", "waited", "part"),
    [
        (None, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
        (math.nan, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
        (0.0, "0", "0.0 ms", "0:00", "0\N{NO-BREAK SPACE}%"),
        (0.0012, "0.0", "1.2 ms", "0:00", "0.1\N{NO-BREAK SPACE}%"),
        (0.25, "0.2", "250 ms", "0:00", "25\N{NO-BREAK SPACE}%"),
        (62.5, "62.5", "62.5 s", "1:02", "6250\N{NO-BREAK SPACE}%"),
        (12345.6, "12,346", "12345.6 s", "3:25:45", "1234560\N{NO-BREAK SPACE}%"),
    ],
)
def test_numbers(value: float | None, number: str, short: str, waited: str, part: str) -> None:
    """Numbers have as many digits as people read; what is not known is no zero."""
    assert (amount(value), milliseconds(value), wait(value), share(value)) == (number, short, waited, part)


def test_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are in the zone of this machine for people, in UTC for machines; a wrong one is not known."""
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    try:
        assert clock(NOW) == (
            '<time datetime="2023-11-14T22:13:20Z" title="2023-11-14 23:13:20 CET">2023-11-14 23:13:20</time>'
        )
    finally:
        monkeypatch.undo()
        time.tzset()
    assert {clock(wrong) for wrong in (None, 0.0, -1.0, math.nan, math.inf, 1e300)} == {UNKNOWN}


def test_counts_of_things() -> None:
    """One thing is not many."""
    assert (plural(1, "gap"), plural(1200, "gap")) == ("1 gap", "1,200 gaps")
