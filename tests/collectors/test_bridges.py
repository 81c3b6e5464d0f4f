"""Bridges: lists and events to counts."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.collectors.bridges import COLLECTOR
from tests.collectors.replay import Replay
from tests.collectors.told import Server, message

NOW = 1000.0


def bridge(
    name: str, unique: str, channels: int, kind: str = "basic", technology: str = "simple_bridge"
) -> Message:
    """What an event or a list says of a bridge."""
    return message(
        name,
        BridgeUniqueid=unique,
        BridgeType=kind,
        BridgeTechnology=technology,
        BridgeNumChannels=str(channels),
    )


def settled(server: Server) -> list[tuple[str, tuple[str, ...]]]:
    """What the last lists corrected."""
    return [one for table in server.pbx.tables.values() for one in table.settle(NOW + 10)]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server without bridges."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    server = Server(COLLECTOR)
    server.answer("BridgeList", now=NOW)
    return server


async def test_no_bridges_are_zero(server: Server) -> None:
    """For each type and technology."""
    assert server.value("bridges", "basic", "simple_bridge") == 0
    assert server.value("bridge_channels", "parking", "holding_bridge") == 0
    assert server.value("bridges_created_total", "base") == 0


async def test_the_life_of_a_bridge(server: Server) -> None:
    """It is created, channels come and go, it is destroyed; what was created stays counted."""
    server.pbx.take(bridge("BridgeCreate", "1", 0))
    for channels in (1, 2):
        server.pbx.take(bridge("BridgeEnter", "1", channels))
    assert server.value("bridges", "basic", "simple_bridge") == 1
    assert server.value("bridge_channels", "basic", "simple_bridge") == 2
    server.pbx.take(bridge("BridgeLeave", "1", 1))
    assert server.value("bridge_channels", "basic", "simple_bridge") == 1
    server.pbx.take(bridge("BridgeDestroy", "1", 0))
    assert server.value("bridges", "basic", "simple_bridge") == 0
    assert server.value("bridge_channels", "basic", "simple_bridge") == 0
    assert server.value("bridges_created_total", "basic") == 1


async def test_a_list_tells_the_technology(server: Server) -> None:
    """That it changed is in no event, and is no correction."""
    server.pbx.take(bridge("BridgeCreate", "1", 0))
    server.pbx.take(bridge("BridgeEnter", "1", 1))
    server.pbx.take(bridge("BridgeEnter", "1", 2))
    server.answer("BridgeList", bridge("BridgeListItem", "1", 2, technology="native_rtp"), now=NOW)
    assert server.value("bridge_channels", "basic", "native_rtp") == 2
    assert server.value("bridges", "basic", "simple_bridge") == 0
    assert settled(server) == []


async def test_a_list_corrects_what_events_left_wrong(server: Server) -> None:
    """A bridge that holds fewer channels than events said, and one that is gone."""
    server.answer("BridgeList", bridge("BridgeListItem", "1", 2), bridge("BridgeListItem", "2", 1), now=NOW)
    assert [kind for kind, _ in settled(server)] == ["missing", "missing"]
    server.answer("BridgeList", bridge("BridgeListItem", "1", 1), now=NOW)
    assert server.value("bridge_channels", "basic", "simple_bridge") == 1
    assert settled(server) == [("ghost", ("2",))]


async def test_events_of_unknown_bridges_change_nothing(server: Server) -> None:
    """Only what was created or listed is there; unknown types and technologies are other."""
    server.pbx.take(bridge("BridgeEnter", "9", 1))
    server.pbx.take(bridge("BridgeLeave", "9", 0))
    server.pbx.take(bridge("BridgeDestroy", "9", 0))
    assert sum(float(str(value)) for value in server.values("bridges").values()) == 0
    server.pbx.take(bridge("BridgeCreate", "1", 0, "mystery", "native_mystery"))
    assert server.value("bridges", "other", "other") == 1


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_bridges(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of real text: each listed bridge counts, in a type and technology that have a name."""
    replay = Replay(monkeypatch)
    replay.play(version, "lists")
    page = dict(line.rsplit(" ", 1) for line in replay.page().splitlines() if not line.startswith("#"))
    counts = {name: float(value) for name, value in page.items() if name.startswith("asterisk_bridges{")}
    assert sum(counts.values()) == float(page['asterisk_table_rows{server="lab",table="bridges"}']) > 0
    assert not any(value for name, value in counts.items() if "other" in name)
