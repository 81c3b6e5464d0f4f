"""Durations are true whatever somebody does to the wall clock."""

from __future__ import annotations

import time

import pytest

from exporter.pbx import clock


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The wall clock is ahead of the true time by what stands here."""
    true, ahead = time.time, {"seconds": 0.0}
    monkeypatch.setattr(clock, "_stepped", 0.0)
    monkeypatch.setattr("time.time", lambda: true() + ahead["seconds"])
    return ahead


@pytest.mark.parametrize("step", [3600.0, -3600.0, 2.0])
def test_a_step_of_the_wall_clock_makes_no_duration(wall: dict[str, float], step: float) -> None:
    """What is between two moments stays; as Unix time they are what the wall clock says now."""
    began = clock.now()
    assert clock.wall(began) == pytest.approx(time.time(), abs=0.2)
    wall["seconds"] = step
    assert clock.now() - began == pytest.approx(0, abs=0.2)
    assert clock.wall(began) == pytest.approx(time.time(), abs=0.2)
    assert clock.stepped() == pytest.approx(step, abs=0.2)


def test_a_moment_is_the_same_each_time_it_is_told(wall: dict[str, float]) -> None:
    """To read two clocks takes a moment, which must not move a timestamp from scrape to scrape."""
    began = clock.now()
    told = set()
    for _ in range(1000):
        wall["seconds"] += 0.0001
        told.add(clock.wall(began))
    assert len(told) == 1
