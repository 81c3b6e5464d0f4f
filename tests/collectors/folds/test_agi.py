"""The fold of AGI commands."""

from __future__ import annotations

import pytest

from exporter.collectors.folds import agi as module
from exporter.collectors.folds.agi import Commands
from exporter.metrics.folds import Told


def tell(machine: Commands, event: str, command: str, now: float, unique: str = "1") -> list[Told]:
    """A command of a channel starts or ends."""
    return list(machine.take(event, {"uniqueid": unique, "commandid": command, "linkedid": "7"}, now))


def test_commands_are_told_apart_by_channel_and_number() -> None:
    """Each takes its own time; an end without a start is nothing."""
    machine = Commands()
    assert tell(machine, "AGIExecStart", "5", 10.0) == []
    assert tell(machine, "AGIExecStart", "5", 11.0, unique="2") == []
    assert tell(machine, "AGIExecEnd", "6", 12.0) == []
    assert tell(machine, "AGIExecEnd", "5", 12.5) == [("done", {"seconds": 2.5, "linkedid": "7"})]
    assert tell(machine, "AGIExecEnd", "5", 13.0) == []
    assert tell(machine, "AGIExecEnd", "5", 10.0, unique="2") == [("done", {"seconds": 0.0, "linkedid": "7"})]


def test_what_never_ends_is_bounded_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest make room, and the end of the session clears all."""
    monkeypatch.setattr(module, "MOST", 3)
    machine = Commands()
    for number in range(5):
        tell(machine, "AGIExecStart", str(number), 0.0)
    ended = [number for number in range(5) if tell(machine, "AGIExecEnd", str(number), 1.0)]
    assert ended == [2, 3, 4]
    tell(machine, "AGIExecStart", "9", 0.0)
    machine.forget()
    assert tell(machine, "AGIExecEnd", "9", 1.0) == []
