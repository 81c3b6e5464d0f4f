"""Long work gives way to others, and comes to its end all the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from exporter.web.turns import LONGEST, TURN, Turns

WORK = 1.0  # s


@pytest.mark.parametrize(
    ("others", "turns"), [(0.0, WORK / TURN), (0.04, WORK / 0.01), (10.0, WORK / LONGEST)]
)
async def test_a_fifth_of_the_time(others: float, turns: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where others take long, a turn is a quarter of theirs, and never longer than a tenth of a second."""
    now, given = 0.0, 0

    async def sleep(_seconds: float) -> None:
        nonlocal now, given
        now, given = now + others, given + 1

    monkeypatch.setattr("exporter.web.turns.time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr("exporter.web.turns.asyncio", SimpleNamespace(sleep=sleep))
    mine = Turns()
    for _ in range(1000):
        now += WORK / 1000
        await mine.take()
    assert given == pytest.approx(turns, rel=0.25)
