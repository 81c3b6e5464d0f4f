"""The ladders of reconnection, by a clock of the test's own."""

from __future__ import annotations

import random

import pytest

from exporter.pbx.backoff import AT_FIRST, CAP, CAP_AT_FIRST, Backoff


def ladder(reason: str, seconds: float, seed: int = 1) -> list[float]:
    """The delays of a failure that goes on, until so much time is over."""
    backoff, now, delays = Backoff(random.Random(seed)), 0.0, []
    while now < seconds:
        delays.append(backoff.delay(reason, now))
        now += delays[-1]
    return delays


@pytest.mark.parametrize("seed", range(20))
def test_a_refused_connection_is_tried_often_at_first(seed: int) -> None:
    """No pause over 5 s in the first two minutes, none over 30 s later, the first below a quarter second."""
    delays = ladder("refused", 600, seed)
    assert delays[0] <= 0.25
    now = 0.0
    for delay in delays:
        assert 0 < delay <= (CAP_AT_FIRST if now < AT_FIRST else CAP)
        now += delay
    assert max(delays) > CAP_AT_FIRST
    assert len(delays) < 150


@pytest.mark.parametrize("reason", ["auth", "in_use"])
def test_a_refused_login_is_tried_seldom(reason: str) -> None:
    """30 s at least, growing to 5 minutes: a fast loop gets this host banned."""
    delays = ladder(reason, 3600)
    assert 30 <= delays[0] <= 37.5
    assert all(30 <= delay <= 300 for delay in delays)
    assert delays[-1] > 200
    assert len(delays) < 25


def test_delays_are_jittered() -> None:
    """Two exporters do not come back in the same moment."""
    assert ladder("closed", 60, 1) != ladder("closed", 60, 2)


def test_a_success_begins_anew() -> None:
    """After a session that stood, the first pause is a short one again."""
    backoff = Backoff(random.Random(1))
    for second in range(100):
        backoff.delay("timeout", second * 10.0)
    backoff.succeeded()
    assert backoff.delay("timeout", 2000.0) <= 0.25


def test_an_unknown_reason_is_our_mistake() -> None:
    """Reasons are a closed set."""
    with pytest.raises(ValueError, match="nonsense"):
        Backoff().delay("nonsense", 0.0)
