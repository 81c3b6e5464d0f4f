"""Peaks: the largest number at one time within a window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.metrics import Is, Table, gauge
from exporter.metrics.readers import Row
from exporter.pbx.peaks import Peak

TABLE = Table("rows", "Row", key=("Id",))
COUNT = gauge("rows_peak", "Rows.", TABLE, where=Is("Used", ("1",)), windows={"1m": 60.0, "5m": 300.0})
CALLS = gauge("calls_peak", "Calls.", TABLE, distinct="Call", windows={"1m": 60.0})
USED: Row = {"used": "1"}


def test_a_spike_between_two_scrapes_is_seen() -> None:
    """It shows for as long as the window is, counted from its end, and not longer."""
    peak = Peak(COUNT, 128)
    for _ in range(3):
        peak.change(None, USED, 10.0)
    for _ in range(3):
        peak.change(USED, None, 20.0)
    assert peak.read(79.0) == {("1m",): 3.0, ("5m",): 3.0}
    assert peak.read(81.0) == {("1m",): 0.0, ("5m",): 3.0}
    assert peak.read(321.0) == {("1m",): 0.0, ("5m",): 0.0}


def test_rows_that_do_not_count_do_not_count() -> None:
    """A row that stops to meet the condition is as good as gone."""
    peak = Peak(COUNT, 128)
    peak.change(None, {"used": "0"}, 0.0)
    assert peak.read(0.0)[("1m",)] == 0.0
    peak.change({"used": "0"}, USED, 1.0)
    assert peak.read(1.0)[("1m",)] == 1.0
    peak.change(USED, {"used": "0"}, 2.0)
    assert peak.read(100.0)[("1m",)] == 0.0


def test_distinct_values_are_counted_once() -> None:
    """Two channels of one call are one call."""
    peak = Peak(CALLS, 128)
    for call in ("a", "a", "b"):
        peak.change(None, {"call": call}, 0.0)
    assert peak.read(0.0)[("1m",)] == 2.0
    peak.change({"call": "a"}, None, 1.0)
    peak.change({"call": "b"}, None, 1.0)
    assert peak.read(61.5)[("1m",)] == 1.0


def test_a_list_counts_anew_without_a_false_peak() -> None:
    """Old and new rows are never counted together."""
    peak = Peak(COUNT, 128)
    peak.reset([USED] * 4, 0.0)
    peak.reset([USED] * 5, 1.0)
    assert peak.read(1.0)[("1m",)] == 5.0


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60), st.integers(0, 200))
def test_it_is_what_a_full_history_says(steps: list[tuple[int, bool]], later: int) -> None:
    """The bounded memory answers as one that keeps everything."""
    peak = Peak(COUNT, 128)
    now, count = 0.0, 0
    history = [(0.0, 0)]
    for pause, up in steps:
        now += pause
        if up:
            peak.change(None, USED, now)
            count += 1
        elif count:
            peak.change(USED, None, now)
            count -= 1
        history.append((now, count))
    now += later
    start = now - 60.0
    lasted = [*(at for at, _ in history[1:]), now]
    expected = max(value for (_, value), until in zip(history, lasted, strict=True) if until >= start)
    assert peak.read(now)[("1m",)] == max(expected, count)
