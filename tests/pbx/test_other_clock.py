"""A PBX whose clock is not ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.collectors import asked
from tests.collectors.replay import Replay
from tests.collectors.test_pages import everything
from tests.exporter_process import Page

MOMENT = re.compile(rb"\b179\d{7}(?=[.\r])")  # Unix time, as it was when the text was recorded


def ahead(folder: Path, version: str, seconds: int) -> None:
    """All recorded text, as a PBX whose clock is so much ahead would have said it."""
    (folder / version).mkdir()
    for file in (asked.WIRE / version).glob("*.ami"):
        said = MOMENT.sub(lambda found: b"%d" % (int(found[0]) + seconds), file.read_bytes())
        (folder / version / file.name).write_bytes(said)


@pytest.mark.parametrize(("version", "seconds"), [("16", -3600), ("22", 3600)])
async def test_its_clock_moves_nothing_but_what_it_calls_a_moment(
    version: str, seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour off, every number is the same; moments that Asterisk tells are an hour off too."""
    pages = []
    ahead(tmp_path, version, seconds)
    for wire, offset in ((asked.WIRE, 0), (tmp_path, seconds)):
        monkeypatch.setattr(asked, "WIRE", wire)
        replay = Replay(monkeypatch)
        replay.pbx.clock(offset)
        replay.play(version, *everything(version))
        pages.append(Page(replay.page()))
    true, other = pages
    assert true.samples.keys() == other.samples.keys()
    changes = {(key[0], other.samples[key] - value) for key, value in true.samples.items()}
    moved = {name: change for name, change in changes if change}
    assert set(moved.values()) == {seconds}
    assert {name.partition("queue_member_")[2] for name in moved} == {
        *("last_call_timestamp_seconds", "last_pause_timestamp_seconds", "login_timestamp_seconds")
    }
