"""Peaks: the largest number at one time within a window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.metrics import Choice, Is, Table, Text, gauge
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


TRUNK = gauge("trunk_peak", "Trunk.", TABLE, {"trunk": "Trunk"}, windows={"1m": 60.0, "5m": 300.0})


def trunk(name: str) -> Row:
    return {"trunk": name}


def test_what_was_nothing_for_long_is_forgotten() -> None:
    """A label set without rows is shown as long as its peak lasts, and takes no memory after that."""
    peak = Peak(TRUNK, 128)
    peak.change(None, trunk("a"), 0.0)
    peak.change(trunk("a"), None, 10.0)
    assert peak.read(309.0) == {("a", "1m"): 0.0, ("a", "5m"): 1.0}
    assert peak.read(311.0) == {}
    closed = gauge(
        "x_peak", "X.", TABLE, {"x": Choice("X", {"1": "one"})}, zeros="closed", windows={"1m": 60.0}
    )
    assert Peak(closed, 128).read(1e6) == {("one", "1m"): 0.0, ("other", "1m"): 0.0}


def test_peaks_are_bounded() -> None:
    """The first label sets stay, others are refused and counted once; room that became free is given away."""
    peak = Peak(TRUNK, 128, limit=4)  # two label sets in two windows
    for name in "abcc":
        peak.change(None, trunk(name), 0.0)
    peak.reset(map(trunk, "abcc"), 1.0)
    assert {labels[0] for labels in peak.read(1.0)} == {"a", "b"}
    assert peak.refused == 1
    after = Peak(TRUNK, 128, limit=4)
    after.take_over(peak)
    after.reset(map(trunk, "acc"), 2.0)
    assert {labels[0] for labels in after.read(2.0)} == {"a", "b"}
    after.reset(map(trunk, "acc"), 303.0)
    assert after.read(303.0) == {("a", "1m"): 1, ("a", "5m"): 1, ("c", "1m"): 2, ("c", "5m"): 2}
    assert after.refused == 1


def test_only_the_first_values_are_told_apart() -> None:
    """A row that goes is taken from where it was counted."""
    few = gauge("few_peak", "Few.", TABLE, {"trunk": Text("Trunk", most=1)}, windows={"1m": 60.0})
    peak = Peak(few, 128)
    for name in "abc":
        peak.change(None, trunk(name), 0.0)
    assert peak.read(0.0) == {("a", "1m"): 1, ("other", "1m"): 2}
    for name in "abc":
        peak.change(trunk(name), None, 1.0)
    assert peak.read(100.0) == {}


def test_a_change_of_other_headers_is_none() -> None:
    """What the family does not read is not looked at."""
    peak = Peak(COUNT, 128)
    peak.change(None, USED, 0.0)
    peak.change(USED, {**USED, "state": "6"}, 1.0)
    peak.change({**USED, "state": "6"}, None, 2.0)
    assert peak.read(61.0) == {("1m",): 1.0, ("5m",): 1.0}
    assert peak.read(63.0) == {("1m",): 0.0, ("5m",): 1.0}
