"""Outbound registrations: their state now, and how often they changed."""

from __future__ import annotations

import pytest

from exporter.collectors.registrations import COLLECTOR
from tests.collectors.asked import Recorded
from tests.collectors.told import Server, message

NOW = 1000.0
PEER = {
    "16": ("sip:pbx16@127.0.0.1:12260", "sip:127.0.0.1:12260"),
    "22": ("sip:pbx22@127.0.0.1:11660", "sip:127.0.0.1:11660"),
}


def states(server: Server) -> dict[str, str]:
    """The state that each registration is in: there is one."""
    values = server.values("pjsip_registration_state")
    found = [(name, state) for (name, state), value in values.items() if value]
    assert len(found) == len({name for name, _ in values})
    return dict(found)


@pytest.fixture(params=["16", "22"])
async def version(request: pytest.FixtureRequest) -> str:
    """Either Asterisk."""
    return str(request.param)


async def test_recorded_registrations(version: str) -> None:
    """One that is registered, one that is refused, one at a port where nobody is."""
    server, recorded = Server(COLLECTOR), Recorded(version, "registrations")
    recorded.tell(server)
    found = states(server)
    assert found.pop("registration-dead") in ("unregistered", "rejected")
    assert found == {"trunk-peer": "registered", "registration-wrong": "rejected"}
    for event in recorded.events:
        server.pbx.take(event)
    assert states(server)["trunk-peer"] == "registered"
    told = [event.get("Status") for event in recorded.events if event.get("ChannelType") == "PJSIP"]
    for status in ("Registered", "Unregistered", "Rejected"):
        changes = server.value("registration_changes_total", "PJSIP", status.lower())
        assert changes == told.count(status) > 0, status


async def test_an_event_is_seen_at_once(version: str) -> None:
    """Registry names a registration by its two addresses; that of another technology is not its own."""
    server = Server(COLLECTOR)
    Recorded(version, "registrations").tell(server)
    user, domain = PEER[version]
    server.tell("Registry", ChannelType="SIP", Username=user, Domain=domain, Status="Rejected")
    assert states(server)["trunk-peer"] == "registered"
    server.tell("Registry", ChannelType="PJSIP", Username=user, Domain=domain, Status="Unregistered")
    assert states(server)["trunk-peer"] == "unregistered"
    server.tell("Registry", ChannelType="PJSIP", Username="sip:new", Domain="sip:x", Status="Registered")
    assert "registered" not in states(server).values()


async def test_no_secret_is_kept() -> None:
    """Beside registrations the list has their passwords: what holds these is no row."""
    server = Server(COLLECTOR)
    items = [
        message(
            "OutboundRegistrationDetail",
            ObjectName="a",
            ClientUri="sip:a",
            ServerUri="sip:x",
            Status="Registered",
        ),
        message(
            "AuthDetail",
            ObjectName="a",
            ClientUri="sip:a",
            ServerUri="sip:x",
            Username="me",
            Password="dead-secret",
        ),
    ]
    server.answer("PJSIPShowRegistrationsOutbound", *items, now=NOW)
    rows = [dict(row) for table in server.pbx.tables.values() for row in table.rows.values()]
    assert [row["objectname"] for row in rows] == ["a"]
    assert "dead-secret" not in str(rows)


async def test_the_next_refresh_is_told_where_asterisk_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many seconds after the list was read; 0 is no answer."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    server = Server(COLLECTOR)
    items = [
        message(
            "OutboundRegistrationDetail",
            ObjectName=name,
            ClientUri=f"sip:{name}",
            ServerUri="sip:x",
            Status="Registered",
            NextReg=seconds,
        )
        for name, seconds in (("one", "42"), ("two", "0"))
    ]
    server.pbx.clock(5.0)
    server.answer("PJSIPShowRegistrationsOutbound", *items, now=NOW)
    values = server.values("pjsip_registration_next_refresh_timestamp_seconds")
    assert values == {("one",): NOW + 5 + 42}


async def test_all_changes_start_at_zero() -> None:
    """For each technology and status that is known; others are other."""
    server = Server(COLLECTOR)
    assert server.value("registration_changes_total", "IAX2", "timeout") == 0
    server.tell("Registry", ChannelType="IAX2", Username="a", Domain="b", Status="Never seen")
    assert server.value("registration_changes_total", "IAX2", "other") == 1
