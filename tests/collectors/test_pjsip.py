"""PJSIP: endpoints, contacts and subscriptions, of lists and of what can be had without them."""

from __future__ import annotations

import pytest

from exporter.collectors.pjsip import COLLECTOR, declare
from exporter.collectors.pjsip_options import PjsipOptions
from exporter.metrics import Site
from exporter.pbx import clock
from tests.collectors.asked import Recorded
from tests.collectors.told import Server, message

DEEP = ("PJSIPShowEndpoints", "PJSIPShowContacts", "PJSIPShowAors", "PJSIPShowSubscriptionsInbound")
# Of the recording: the other Asterisk is registered as pbxNN (on 22 also as sip16, by chan_sip).
PHONES = {"16": {"pbx22": 1.0, "sip22": 0.0}, "22": {"pbx16": 1.0, "sip16": 1.0}}
TRUNKS = {"trunk-live": "not_qualified", "trunk-peer": "reachable", "trunk-dead": "unreachable"}


def server(options: PjsipOptions | None = None) -> Server:
    """A server that has the collector."""
    return Server(declare(options, Site()) if options else COLLECTOR)


@pytest.fixture(params=["16", "22"])
async def version(request: pytest.FixtureRequest) -> str:
    """Either Asterisk."""
    return str(request.param)


@pytest.fixture(params=[(), DEEP], ids=["lists", "without"])
def refused(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What the user may not ask: nothing, or all that needs write=system."""
    return tuple(request.param)


async def test_endpoints(version: str, refused: tuple[str, ...]) -> None:
    """Each is available or not, and counts in its state; the device states tell the same as the list."""
    told = server()
    Recorded(version, "endpoints").tell(told, refused)
    expected = {
        **PHONES[version],
        **dict.fromkeys(("trunk-live", "trunk-peer"), 1.0),
        **dict.fromkeys(("trunk-dead", "caller", "6001", "6002", "6003", "6004"), 0.0),
    }
    assert told.values("pjsip_endpoint_available") == {(name,): value for name, value in expected.items()}
    counts = told.values("pjsip_endpoints")
    available = sum(expected.values())
    assert (counts[("not_in_use",)], counts[("unavailable",)]) == (available, len(expected) - available)
    assert counts[("busy",)] == counts[("invalid",)] == 0


async def test_contacts_are_those_of_trunks_too(version: str, refused: tuple[str, ...]) -> None:
    """Those of phones from the list or one by one, those of trunks always one by one."""
    told = server()
    Recorded(version, "endpoints").tell(told, refused)
    registered = sum(PHONES[version].values())
    counts = told.values("pjsip_contacts")
    assert counts == {
        **dict.fromkeys(counts, 0.0),
        ("reachable",): registered + 1,
        ("unreachable",): 1,
        ("not_qualified",): 1,
    }
    for aor, status in TRUNKS.items():
        assert told.value("pjsip_aor_contacts", aor, status) == 1, aor
    for aor, value in PHONES[version].items():
        assert told.value("pjsip_aor_contacts", aor, "reachable") == value, aor
    assert told.value("pjsip_aor_contacts", "6001", "reachable") == 0
    assert told.value("pjsip_aor_contacts", "caller", "reachable") is None  # it has no AOR


async def test_round_trips(version: str, refused: tuple[str, ...]) -> None:
    """Only of AORs that have a contact which answers, in seconds."""
    told = server()
    Recorded(version, "endpoints").tell(told, refused)
    trips = told.values("pjsip_aor_round_trip_seconds")
    assert set(trips) == {("trunk-peer",), *((name,) for name, value in PHONES[version].items() if value)}
    assert all(isinstance(trip, float) and 0.0001 < trip < 0.1 for trip in trips.values())


async def test_subscriptions_need_the_list(version: str) -> None:
    """Without it they are not known, and the collector is no less supported."""
    told, recorded = server(), Recorded(version, "endpoints", "channels")
    recorded.tell(told)
    assert told.values("pjsip_inbound_subscriptions") == {(): 1}
    assert told.pbx.facts("collectors")[0]["supported"] == 1
    told = server()
    recorded.tell(told, DEEP)
    assert told.values("pjsip_inbound_subscriptions") == {}
    assert told.pbx.facts("collectors")[0]["supported"] == 1


async def test_recorded_events_lead_to_the_same(version: str, refused: tuple[str, ...]) -> None:
    """After a phone left and came back, and a trunk died and lived again, all is as it was."""
    told, recorded = server(), Recorded(version, "endpoints")
    recorded.tell(told, refused)
    names = ("pjsip_endpoint_available", "pjsip_endpoints", "pjsip_aor_contacts", "pjsip_contacts")
    before = {name: told.values(name) for name in names}
    seen = []
    for event in recorded.events:
        told.pbx.take(event)
        seen.append({name: told.values(name) for name in names})
    assert any(state != before for state in seen)
    assert seen[-1] == before
    changes = told.values("pjsip_contact_changes_total")
    assert changes[("removed",)] == 1
    statuses = [event.get("ContactStatus") for event in recorded.events if event.name == "ContactStatus"]
    assert changes[("reachable",)] == statuses.count("Reachable") > 0


async def test_a_device_that_is_no_endpoint_is_not_told() -> None:
    """Hints can name it; without the list of endpoints it is known by being invalid."""
    told = server()
    told.pbx.polls["PJSIPShowEndpoints"].supported = False
    states = {"PJSIP/6001": "INUSE", "PJSIP/nobody": "INVALID", "SIP/6001": "INUSE", "Queue:a": "INUSE"}
    items = [message("DeviceStateChange", Device=device, State=state) for device, state in states.items()]
    question = next(name for name in told.pbx.polls if name.startswith("DeviceStateList"))
    told.answer(question, *items, now=clock.now())
    assert told.values("pjsip_endpoint_available") == {("6001",): 1}
    assert [state for state, count in told.values("pjsip_endpoints").items() if count] == [("in_use",)]


def listed(told: Server, *names: str) -> None:
    """Endpoints of these names were listed, and AORs alike; no channels."""
    endpoints = [message("EndpointList", ObjectName=name, DeviceState="Not in use") for name in names]
    told.answer("PJSIPShowEndpoints", *endpoints, now=clock.now())
    aors = [message("AorList", ObjectName=name, Contacts="") for name in names]
    told.answer("PJSIPShowAors", *aors, now=clock.now())
    told.answer("CoreShowChannels", now=clock.now())


async def test_channels_of_endpoints() -> None:
    """Those in use count for their endpoint, whose name may have hyphens; idle ones have 0."""
    told = server()
    listed(told, "trunk-live", "6001")
    for number, channel in enumerate(
        ("PJSIP/trunk-live-0000001a", "PJSIP/trunk-live-0000001b", "Local/6001@x-1;1")
    ):
        told.tell("Newchannel", Channel=channel, Uniqueid=str(number), ChannelState="6")
    assert told.values("pjsip_endpoint_channels") == {("trunk-live",): 2, ("6001",): 0}
    told.tell("Hangup", Channel="PJSIP/trunk-live-0000001a", Uniqueid="0")
    assert told.values("pjsip_endpoint_channels") == {("trunk-live",): 1, ("6001",): 0}


async def test_only_some_are_told_of() -> None:
    """Patterns choose endpoints, AORs, their channels and contacts by the whole name."""
    told = server(PjsipOptions(include=("trunk-.*", "6001"), exclude=("trunk-x",)))
    listed(told, "trunk-a", "trunk-x", "6001", "60012")
    for number, name in enumerate(("trunk-a", "trunk-x", "6001", "60012")):
        told.tell("Newchannel", Channel=f"PJSIP/{name}-0000001a", Uniqueid=name, ChannelState="6")
        told.tell(
            "ContactStatus", AOR=name, URI=f"sip:{number}", ContactStatus="Reachable", RoundtripUsec="500"
        )
    kept = {("trunk-a",): 1, ("6001",): 1}
    assert told.values("pjsip_endpoint_channels") == told.values("pjsip_endpoint_available") == kept
    assert told.value("pjsip_endpoints", "not_in_use") == 2
    assert told.value("pjsip_contact_changes_total", "reachable") == 2


async def test_a_crowd_is_only_counted() -> None:
    """More than 500 endpoints are not told of one by one, unless asked for; false leaves them out anyway."""
    names = [str(number) for number in range(501)]
    told = server()
    listed(told, *names)
    assert told.value("pjsip_endpoints", "not_in_use") == 501
    assert told.values("pjsip_endpoint_available") == told.values("pjsip_endpoint_channels") == {}
    told = server(PjsipOptions(endpoints=True))
    listed(told, *names)
    assert len(told.values("pjsip_endpoint_available")) == 501
    quiet = declare(PjsipOptions(endpoints=False), Site())
    assert "asterisk_pjsip_endpoint_available" not in {family.name for family in quiet.families}
    assert "CoreShowChannels" not in {poll.action for poll in quiet.polls}


async def test_what_carries_passwords_is_never_asked() -> None:
    """PJSIPShowEndpoint and PJSIPShowAuths print them."""
    actions = {poll.action for poll in COLLECTOR.polls}
    assert actions.isdisjoint({"PJSIPShowEndpoint", "PJSIPShowAuths", "PJSIPShowAuth", "Command"})


async def test_a_list_that_says_otherwise_is_a_correction() -> None:
    """The words of the list and of the event are the same state; another state is a correction."""
    told = server()
    listed(told, "6001")
    table = next(table for table in told.pbx.tables.values() if table.table.name == "pjsip_endpoints")
    told.tell("DeviceStateChange", Device="PJSIP/6001", State="RINGINUSE")
    item = message("EndpointList", ObjectName="6001", DeviceState="Ring+Inuse")
    told.answer("PJSIPShowEndpoints", item, now=clock.now())
    assert table.settle(clock.now() + 10) == []
    listed(told, "6001")
    assert [kind for kind, _ in table.settle(clock.now() + 10)] == ["changed"]
