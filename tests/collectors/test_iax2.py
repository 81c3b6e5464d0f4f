"""IAX2: its peers and registrations."""

from __future__ import annotations

import pytest

from exporter.collectors.iax2 import COLLECTOR
from tests.collectors.asked import Recorded
from tests.collectors.told import Server, message

OTHER = {"16": ("22", "12262"), "22": ("16", "11662")}


@pytest.fixture(params=["16", "22"])
async def version(request: pytest.FixtureRequest) -> str:
    """Either Asterisk."""
    return str(request.param)


async def test_recorded_peers_and_registrations(version: str) -> None:
    """Of two Asterisks that register at each other: each is a peer, and asked as a trunk as well."""
    server = Server(COLLECTOR)
    Recorded(version, "iax2").tell(server)
    other, port = OTHER[version]
    assert server.values("iax2_peer_reachable") == {(f"iax{other}",): 1, ("iax-trunk",): 1}
    assert server.value("iax2_peers", "reachable") == 2
    trips = server.values("iax2_peer_round_trip_seconds")
    assert all(isinstance(trip, float) and 0 < trip < 0.1 for trip in trips.values())
    assert len(trips) == 2
    assert server.values("iax2_registration_registered") == {(f"iax{version}@127.0.0.1:{port}",): 1}


async def test_recorded_events() -> None:
    """Of 16, when 22 unregistered, was killed and came back."""
    server, recorded = Server(COLLECTOR), Recorded("16", "iax2")
    recorded.tell(server)
    seen = []
    for event in recorded.events:
        server.pbx.take(event)
        values = server.values("iax2_peer_reachable")
        seen.append((values[("iax22",)], values[("iax-trunk",)]))
    assert {(0, 1), (0, 0), (1, 0)} <= set(seen)
    assert seen[-1] == (1, 1)


async def test_a_first_answer_is_in_no_event() -> None:
    """A peer that was unknown is found alive by the list alone: that is no correction."""
    server = Server(COLLECTOR)
    for status in ("UNKNOWN", "OK (3 ms)"):
        item = message("PeerEntry", ObjectName="a", IPaddress="192.0.2.1", Status=status)
        server.answer("IAXpeerlist", item, now=0.0)
    assert all(table.settle(10.0**10) == [] for table in server.pbx.tables.values())
    assert [dict(row)["state"] for table in server.pbx.tables.values() for row in table.rows.values()] == [
        "reachable"
    ]


async def test_a_peer_without_an_address_is_not_there(version: str) -> None:
    """Whatever it answered last: on 22 that stands in the list for some seconds more."""
    server = Server(COLLECTOR)
    Recorded(version, "iax2").tell(server)
    other, _ = OTHER[version]
    server.tell("PeerStatus", ChannelType="IAX2", Peer=f"IAX2/iax{other}", PeerStatus="Unregistered")
    assert server.value("iax2_peer_reachable", f"iax{other}") == 0
    assert server.value("iax2_peers", "unknown") == 1
    table = next(table for table in server.pbx.tables.values() if table.table.name == "iax2_peers")
    items = [{"objectname": f"iax{other}", "ipaddress": "(null)", "status": "OK (3 ms)"}]
    table.swap(items, 0.0)
    assert [dict(row)["state"] for row in table.rows.values()] == ["unknown"]
