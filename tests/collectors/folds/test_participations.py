"""Participations: who joins and leaves, and for how long."""

from __future__ import annotations

import pytest

from exporter.collectors.folds import participations
from exporter.collectors.folds.participations import Participations
from exporter.metrics.folds import Told


def tell(
    machine: Participations, event: str, now: float, unique: str = "1", conference: str = "north"
) -> list[Told]:
    """A channel joins or leaves."""
    fields = {"uniqueid": unique, "conference": conference, "linkedid": f"call-{unique}"}
    return list(machine.take(f"Confbridge{event}", fields, now))


def test_from_joining_to_leaving() -> None:
    """Each channel on its own, each time anew."""
    machine = Participations()
    assert tell(machine, "Join", 10.0) == []
    assert tell(machine, "Join", 12.0, "2") == []
    assert tell(machine, "Leave", 15.0) == [("left", {"seconds": 5.0, "linkedid": "call-1"})]
    assert tell(machine, "Join", 16.0) == []
    assert tell(machine, "Leave", 17.0) == [("left", {"seconds": 1.0, "linkedid": "call-1"})]
    assert tell(machine, "Leave", 18.0, "2") == [("left", {"seconds": 6.0, "linkedid": "call-2"})]


def test_who_was_there_before_is_not_told() -> None:
    """Nor who leaves twice, or another conference than the one that was joined."""
    machine = Participations()
    assert tell(machine, "Leave", 5.0) == []
    tell(machine, "Join", 10.0)
    assert tell(machine, "Leave", 11.0, conference="south") == []
    assert tell(machine, "Leave", 12.0) == []


def test_a_second_join_begins_anew() -> None:
    """The leaving in between was lost."""
    machine = Participations()
    tell(machine, "Join", 10.0)
    tell(machine, "Join", 20.0, conference="south")
    [(_, row)] = tell(machine, "Leave", 21.0, conference="south")
    assert row["seconds"] == 1.0


def test_a_clock_that_goes_back_makes_no_negative_time() -> None:
    """It counts as 0."""
    machine = Participations()
    tell(machine, "Join", 10.0)
    [(_, row)] = tell(machine, "Leave", 9.0)
    assert row["seconds"] == 0.0


def test_events_without_a_name_are_ignored() -> None:
    """A caller's empty line can cut them short."""
    machine = Participations()
    assert list(machine.take("ConfbridgeJoin", {"conference": "north"}, 1.0)) == []
    assert list(machine.take("ConfbridgeJoin", {"uniqueid": "1"}, 1.0)) == []
    assert tell(machine, "Leave", 2.0) == []


def test_the_end_of_a_session_ends_all() -> None:
    """How long they stay nobody sees."""
    machine = Participations()
    tell(machine, "Join", 10.0)
    machine.forget()
    assert tell(machine, "Leave", 11.0) == []


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the oldest is let go."""
    monkeypatch.setattr(participations, "MOST", 2)
    machine = Participations()
    for unique in ("1", "2", "3"):
        tell(machine, "Join", 10.0, unique)
    assert tell(machine, "Leave", 11.0, "1") == []
    assert len(tell(machine, "Leave", 11.0, "2")) == len(tell(machine, "Leave", 11.0, "3")) == 1
