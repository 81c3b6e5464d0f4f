"""Long work gives way to others, and comes to its end all the same."""

from __future__ import annotations

import asyncio
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


async def test_several_do_not_make_each_others_turns_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight pages at one time stop the loop for eight short turns, not for eight long ones."""
    now, begun, longest = 0.0, 0.0, 0.0
    monkeypatch.setattr("exporter.web.turns.time", SimpleNamespace(monotonic=lambda: now))

    async def work() -> None:
        nonlocal now
        mine = Turns()
        for _ in range(2000):
            now += 0.001
            await mine.take()

    async def watch() -> None:
        nonlocal begun, longest
        while True:
            begun = now
            await asyncio.sleep(0)
            longest = max(longest, now - begun)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(work() for _ in range(8)))
    watching.cancel()
    assert longest < 8 * 2 * TURN
