"""chan_sip: its peers and registrations."""

from __future__ import annotations

import pytest

from exporter.collectors.sip import COLLECTOR
from tests.collectors.asked import Recorded
from tests.collectors.told import Server, message

NOW = 1000.0


def peer(name: str, status: str, address: str = "192.0.2.1") -> dict[str, str]:
    """The headers of a PeerEntry."""
    return {"ObjectName": name, "IPaddress": address, "Status": status}


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server whose lists are those that a test gives."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    return Server(COLLECTOR)


def listed(server: Server, *peers: dict[str, str]) -> None:
    """The list of peers was read."""
    server.answer("SIPpeers", *(message("PeerEntry", **headers) for headers in peers), now=NOW)


def states(server: Server) -> dict[str, float]:
    """How many peers are in which state; those without any left out."""
    return {state: float(str(count)) for (state,), count in server.values("sip_peers").items() if count}


async def test_what_status_says(server: Server) -> None:
    """The words of Asterisk, with and without a time; who is never asked has no reachability."""
    listed(
        server,
        peer("ok", "OK (5 ms)"),
        peer("slow", "LAGGED (2500 ms)"),
        peer("dead", "UNREACHABLE"),
        peer("new", "UNKNOWN"),
        peer("away", "OK (5 ms)", "-none-"),
        peer("silent", "Unmonitored"),
        peer("nowhere", "Unmonitored", "-none-"),
    )
    expected = {"reachable": 1.0, "lagged": 1.0, "unreachable": 1.0, "unknown": 2.0, "unmonitored": 2.0}
    assert states(server) == expected
    assert server.values("sip_peer_reachable") == {
        ("ok",): 1,
        ("slow",): 1,
        ("dead",): 0,
        ("new",): 0,
        ("away",): 0,
    }
    assert server.values("sip_peer_round_trip_seconds") == {("ok",): 0.005, ("slow",): 2.5}


async def test_events_are_seen_at_once(server: Server) -> None:
    """A peer dies, answers late, answers, leaves and comes back; others' events are not its own."""
    listed(server, peer("a", "OK (5 ms)"))

    def tell(status: str, time: str = "-1", name: str = "SIP/a", technology: str = "SIP") -> str:
        server.tell("PeerStatus", ChannelType=technology, Peer=name, PeerStatus=status, Time=time)
        return next(iter(states(server)))

    assert tell("Unreachable") == "unreachable"
    assert server.values("sip_peer_round_trip_seconds") == {}
    assert tell("Lagged", "3000") == "lagged"
    assert server.value("sip_peer_round_trip_seconds", "a") == 3
    assert tell("Reachable", "7") == "reachable"
    assert server.value("sip_peer_round_trip_seconds", "a") == 0.007
    assert tell("Unregistered") == "unknown"
    assert server.value("sip_peer_reachable", "a") == 0
    assert tell("Registered") == "reachable"
    assert tell("Unreachable", name="SIP/b") == "reachable"
    assert tell("Unreachable", technology="IAX2") == "reachable"


async def test_who_is_never_asked_stays_so(server: Server) -> None:
    """However it registers."""
    listed(server, peer("a", "Unmonitored", "-none-"))
    for status in ("Registered", "Unregistered"):
        server.tell("PeerStatus", ChannelType="SIP", Peer="SIP/a", PeerStatus=status)
        assert states(server) == {"unmonitored": 1}
        assert server.values("sip_peer_reachable") == {}


async def test_a_list_that_says_otherwise_is_a_correction(server: Server) -> None:
    """Each change of a peer is in an event: the list has nothing to add."""
    listed(server, peer("a", "OK (5 ms)"), peer("b", "Unmonitored", "-none-"))
    table = next(table for table in server.pbx.tables.values() if table.table.name == "sip_peers")
    server.tell("PeerStatus", ChannelType="SIP", Peer="SIP/a", PeerStatus="Unreachable", Time="-1")
    server.tell("PeerStatus", ChannelType="SIP", Peer="SIP/b", PeerStatus="Registered")
    listed(server, peer("a", "UNREACHABLE"), peer("b", "Unmonitored"))
    assert table.settle(NOW + 10) == []
    listed(server, peer("a", "OK (5 ms)"), peer("b", "Unmonitored"))
    assert [kind for kind, _ in table.settle(NOW + 10)] == ["changed"]


async def test_recorded_peers_and_registrations() -> None:
    """Of the real 16: a peer dies with its Asterisk and lives again; one registration works."""
    server, recorded = Server(COLLECTOR), Recorded("16", "sip")
    recorded.tell(server)
    reachable = {("sip-peer",): 1, ("sip-live",): 0, ("sip-dead",): 0}
    assert server.values("sip_peer_reachable") == reachable
    assert states(server) == {"reachable": 1, "unreachable": 2, "unmonitored": 1}
    assert server.value("sip_peer_round_trip_seconds", "sip-peer") == 0.001
    registered = {("sip16@127.0.0.1",): 1, ("me@127.0.0.1",): 0}
    assert server.values("sip_registration_registered") == registered
    seen = set()
    for event in recorded.events:
        server.pbx.take(event)
        seen.add(server.value("sip_peer_reachable", "sip-peer"))
    assert seen == {0, 1}
    assert server.values("sip_peer_reachable") == reachable
    assert server.values("sip_registration_registered") == registered


async def test_an_asterisk_without_chan_sip_tells_nothing() -> None:
    """22 has no such actions: the collector is not supported."""
    server, recorded = Server(COLLECTOR), Recorded("22", "sip")
    recorded.tell(server)
    assert server.pbx.facts("collectors")[0]["supported"] == 0
    assert server.values("sip_peers") == server.values("sip_peer_reachable") == {}
