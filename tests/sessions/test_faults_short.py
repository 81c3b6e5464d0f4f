"""The short form of make faults: a fixed seed, few lines, each Asterisk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.asterisk import Asterisk
from tests.long.faults import Scene
from tests.long.line import TRUTH, names

pytestmark = pytest.mark.lab


async def test_every_fault_is_overcome_and_every_page_is_true(asterisk: Asterisk, tmp_path: Path) -> None:
    """Cuts, resets, single bytes, another secret: back each time, nothing stale, no sum falls, no leak."""
    scene = Scene([asterisk], tmp_path, per_asterisk=4)
    with names():
        async with scene.running(seed=1):
            one, two, three, four = scene.every
            for fault in (one.reset, two.byte_by_byte, three.nameless, four.cut_within):
                await fault()
            await scene.settle()
            await scene.rotated(asterisk)
    assert scene.report.wrongs == []
    assert scene.report.late < TRUTH * 5
    assert len(scene.report.recoveries) == 4 * 4
