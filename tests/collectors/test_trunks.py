"""Trunks: which channels are theirs, how many there are, were and may be."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.collectors.channels import COLLECTOR
from exporter.metrics import Options, Site, Trunk
from exporter.pbx.polls import Answer
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from tests.collectors.replay import up

SITE = Site((Trunk("carrier", "PJSIP/carrier-a", 30), Trunk("spare", "IAX2/(spare|other)")))


def item(event: str, channel: str, unique: str, state: str = "6") -> Message:
    lines = (f"Event: {event}", f"Channel: {channel}", f"Uniqueid: {unique}", f"ChannelState: {state}")
    return Message("\r\n".join(lines).encode())


def values(view: View) -> dict[str, dict[tuple[str, ...], float]]:
    return {block.family.name: dict(block.values) for block in view.blocks()}  # type: ignore[arg-type]


async def test_channels_of_trunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """By whole names without the suffix; a quiet trunk is 0, its peak stays, its limit is configured."""
    monkeypatch.setattr("time.time", lambda: 100.0)
    pbx = up(Pbx("lab", (COLLECTOR.configured(Options(), SITE),), {}))
    state = pbx.polls["CoreShowChannels"]
    state.succeeded(0.001, 100.0)
    listed = [
        item("CoreShowChannel", "PJSIP/carrier-a-0000002a", "1"),
        item("CoreShowChannel", "PJSIP/carrier-a", "2"),
        item("CoreShowChannel", "PJSIP/carrier-ab-0000002b", "3"),
        item("CoreShowChannel", "IAX2/other-12", "4"),
        item("CoreShowChannel", "Local/1@carrier-a-0000002c;1", "5"),
    ]
    pbx.swap(state, [Answer(item("Success", "", ""), listed)])
    view = View(pbx)
    assert values(view)["asterisk_trunk_channels"] == {("carrier",): 1, ("spare",): 1}
    assert values(view)["asterisk_trunk_channels_limit"] == {("carrier",): 30}
    pbx.take(item("Newchannel", "PJSIP/carrier-a-0000002d", "6"))
    for unique in ("1", "6", "4"):
        pbx.take(item("Hangup", "", unique))
    assert values(view)["asterisk_trunk_channels"] == {("carrier",): 0, ("spare",): 0}
    peaks = values(view)["asterisk_trunk_channels_peak"]
    assert {labels: peak for labels, peak in peaks.items() if labels[1] == "1m"} == {
        ("carrier", "1m"): 2,
        ("spare", "1m"): 1,
    }


async def test_without_trunks_there_are_no_such_metrics() -> None:
    """Nobody is shown series for what he has not named."""
    assert not [family.name for family in COLLECTOR.families if "trunk" in family.name]
