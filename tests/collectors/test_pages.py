"""Real AMI text in, exposition text out: one golden page for each version of Asterisk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exporter.collectors import COLLECTORS
from exporter.metrics.sources import Table
from tests.collectors.asked import WIRE
from tests.collectors.replay import Replay

UNLIMITED = {
    "asterisk_calls_limit",
    "asterisk_load_average_limit",
    "asterisk_file_handles_limit",
    "asterisk_queue_callers_limit",
}
NEVER_TOLD = {"asterisk_pjsip_registration_next_refresh_timestamp_seconds"}  # NextReg is 0 on both
ONLY_NEWER = {"asterisk_calls_processed_total"}
ONLY_OLDER = {  # chan_sip
    "asterisk_sip_peers",
    "asterisk_sip_peer_reachable",
    "asterisk_sip_peer_round_trip_seconds",
    "asterisk_sip_registration_registered",
}
PAGES = Path(__file__).parent.parent / "pages"


def everything(version: str) -> list[str]:
    """The names of all recorded files but the login, and one at whose end everybody has left."""
    names = {file.stem for file in (WIRE / version).glob("*.ami")}
    return sorted(names - {"login", "participations"})


@pytest.mark.parametrize("version", ["16", "22"])
async def test_the_page_is_the_golden_one(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rewrite it with UPDATE_PAGES=1, and read the difference."""
    replay = Replay(monkeypatch)
    replay.play(version, *everything(version))
    golden = PAGES / f"asterisk-{version}.prom"
    if os.environ.get("UPDATE_PAGES"):
        golden.write_text(replay.page())
    assert replay.page().splitlines() == golden.read_text().splitlines()


@pytest.mark.parametrize("version", ["16", "22"])
async def test_every_table_has_real_rows(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each family of a table says something of the recorded text, or is known to need a newer Asterisk."""
    silent = UNLIMITED | NEVER_TOLD | (ONLY_NEWER if version == "16" else ONLY_OLDER)
    replay = Replay(monkeypatch)
    replay.play(version, *everything(version))
    said = {block.family.name for block in replay.view.blocks() if block.values}
    for collector in COLLECTORS.values():
        for family in collector.families:
            if isinstance(family.source, Table) and family.name not in silent:
                # What only events tell is not known of channels that are older than the session.
                assert (family.name in said) != bool(family.complete), family.name
