"""Trunks: which channels are theirs, how many there are, were and may be."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.collectors import COLLECTORS
from exporter.collectors.channels import COLLECTOR
from exporter.metrics import Options, Site, Trunk
from exporter.metrics.readers import Row
from exporter.pbx import clock
from exporter.pbx.handover import hand_over
from exporter.pbx.polls import Answer
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from tests.collectors.replay import up
from tests.collectors.told import Server, message

RING = "4"
SITE = Site((Trunk("carrier", "PJSIP/carrier-a", 30), Trunk("spare", "IAX2/(spare|other)")))


def item(event: str, channel: str, unique: str, state: str = "6") -> Message:
    lines = (f"Event: {event}", f"Channel: {channel}", f"Uniqueid: {unique}", f"ChannelState: {state}")
    return Message("\r\n".join(lines).encode())


def values(view: View) -> dict[str, dict[tuple[str, ...], float]]:
    return {block.family.name: dict(block.values) for block in view.blocks()}  # type: ignore[arg-type]


async def test_channels_of_trunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """By whole names without the suffix; a quiet trunk is 0, its peak stays, its limit is configured."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: 100.0)
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


def server(site: Site = SITE) -> Server:
    """A server with this site's trunks, that has told of no channel yet."""
    made = Server(COLLECTOR.configured(Options(), site))
    made.answer("CoreShowChannels", now=clock.now())
    return made


def channel(
    tell: Server, name: str, unique: str, linked: str, state: str = "0", context: str = "lab"
) -> None:
    """A channel came to be."""
    tell.tell(
        "Newchannel", Channel=name, Uniqueid=unique, Linkedid=linked, ChannelState=state, Context=context
    )


async def test_calls_over_a_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who made the channel tells the way; seconds go from answer to hangup."""
    now = clock.now()
    told = server()
    channel(told, "PJSIP/carrier-a-01", "1", "1", RING)
    channel(told, "PJSIP/carrier-a-02", "2", "9")
    channel(told, "PJSIP/carrier-a-03", "3", "9")
    channel(told, "PJSIP/phone-04", "4", "4", RING)
    told.tell("Newstate", Uniqueid="1", Linkedid="1", ChannelState="6", Channel="PJSIP/carrier-a-01")
    told.tell("Newstate", Uniqueid="2", Linkedid="9", ChannelState="6", Channel="PJSIP/carrier-a-02")
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: now + 60)
    for unique in "1234":
        told.tell("Hangup", Uniqueid=unique, Channel=f"PJSIP/carrier-a-0{unique}", Linkedid=unique)
    assert told.values("trunk_calls_total") == {
        ("carrier", "inbound"): 1,
        ("carrier", "outbound"): 2,
        ("spare", "inbound"): 0,
        ("spare", "outbound"): 0,
    }
    seconds = told.values("trunk_call_seconds_total")
    assert seconds["carrier", "inbound"] == pytest.approx(60, abs=1)
    assert seconds["carrier", "outbound"] == pytest.approx(60, abs=1)
    assert seconds["spare", "inbound"] == 0


async def test_a_channel_of_chan_sip_tells_its_way_when_it_rings() -> None:
    """It is made as down either way: a caller's rings here, a called one there."""
    told = server(Site((Trunk("old", "SIP/old"),)))
    for unique, state in (("1", "4"), ("2", "5"), ("3", "6"), ("4", "")):
        channel(told, f"SIP/old-0{unique}", unique, unique)
        assert told.value("trunk_calls_total", "old", "inbound") == (unique > "1")
        if state:
            told.tell("Newstate", Uniqueid=unique, Linkedid=unique, ChannelState=state)
    ways = told.values("active_calls_by_direction")
    assert ways == {("inbound",): 1, ("outbound",): 3, ("internal",): 0}
    told.tell("Hangup", Uniqueid="4")
    assert told.values("trunk_calls_total") == {("old", "inbound"): 1, ("old", "outbound"): 3}


async def test_a_trunk_that_is_named_later_knows_how_its_calls_began() -> None:
    """A new configuration does not turn running calls around."""
    old = Server(COLLECTOR)
    old.answer("CoreShowChannels", now=clock.now())
    channel(old, "PJSIP/carrier-a-01", "1", "1", RING, context="from-pstn")
    old.tell("Newstate", Uniqueid="1", Linkedid="1", ChannelState="6", Context="ivr")
    for site in (SITE, Site(inbound=("from-pstn",))):
        new = Pbx("lab", (COLLECTOR.configured(Options(), site),), {})
        hand_over(old.pbx, new)
        ways = next(b for b in View(new).blocks() if b.family.name == "asterisk_active_calls_by_direction")
        assert dict(ways.values) == {("inbound",): 1, ("outbound",): 0, ("internal",): 0}


async def test_a_call_whose_end_was_lost_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list without its channel ends it, once a Hangup had time to come; a Hangup in time still counts."""
    now = clock.now()
    told = server()
    for unique in "12":
        channel(told, f"PJSIP/carrier-a-0{unique}", unique, unique, RING)
        told.tell("Newstate", Uniqueid=unique, Linkedid=unique, ChannelState="6")
    for later in (10.0, 11.0, 20.0):
        monkeypatch.setattr("exporter.pbx.clock.now", lambda later=later: now + later)
        if later == 10.0:
            told.answer("CoreShowChannels", now=now + later)
        else:
            told.pbx.tick()
            told.tell("Hangup", Uniqueid="1" if later == 11.0 else "2")
    assert told.value("trunk_call_seconds_total", "carrier", "inbound") == pytest.approx(11, abs=0.5)


async def test_the_way_of_calls() -> None:
    """A trunk brought it, or it called a trunk, or neither; forwarded calls are those that came in."""
    told = server()
    assert set(told.values("active_calls_by_direction").values()) == {0}
    channel(told, "PJSIP/carrier-a-01", "1", "1", RING)
    channel(told, "PJSIP/phone-02", "2", "1")
    channel(told, "PJSIP/phone-03", "3", "3", RING)
    channel(told, "PJSIP/carrier-a-04", "4", "3")
    channel(told, "PJSIP/phone-05", "5", "5", RING)
    channel(told, "PJSIP/phone-06", "6", "5")
    channel(told, "IAX2/spare-07", "7", "7", RING)
    channel(told, "PJSIP/carrier-a-08", "8", "7")
    channel(told, "PJSIP/carrier-a-09", "9", "9")  # Originate makes it first, and calls
    assert told.values("active_calls_by_direction") == {("inbound",): 2, ("outbound",): 2, ("internal",): 1}
    told.tell("Hangup", Uniqueid="3", Linkedid="3")  # a transfer: the caller has left, the trunk stays
    told.tell("Hangup", Uniqueid="1", Linkedid="1")
    assert told.values("active_calls_by_direction") == {("inbound",): 1, ("outbound",): 2, ("internal",): 2}


async def test_the_way_of_calls_that_were_there_before() -> None:
    """A list does not tell who made a channel: its call's first was called by the far end."""
    told = server()
    told.answer(
        "CoreShowChannels",
        message("CoreShowChannel", Channel="PJSIP/carrier-a-1", Uniqueid="1", Linkedid="1", ChannelState="6"),
        message("CoreShowChannel", Channel="PJSIP/phone-2", Uniqueid="2", Linkedid="2", ChannelState="6"),
        message("CoreShowChannel", Channel="PJSIP/carrier-a-3", Uniqueid="3", Linkedid="2", ChannelState="6"),
        now=clock.now(),
    )
    assert told.values("active_calls_by_direction") == {("inbound",): 1, ("outbound",): 1, ("internal",): 0}


async def test_contexts_come_before_trunks() -> None:
    """The context in which the first channel began tells the way, wherever it is now."""
    told = server(Site(inbound=("from-.*",), outbound=("dial-out",)))
    assert told.values("trunk_available") == {}
    channel(told, "DAHDI/1-1", "1", "1", RING, context="from-pstn")
    channel(told, "PJSIP/phone-02", "2", "2", RING, context="dial-out")
    channel(told, "PJSIP/phone-03", "3", "3", RING, context="from-")
    channel(told, "PJSIP/phone-04", "4", "4", RING, context="internal")
    told.tell("Newstate", Uniqueid="1", Linkedid="1", ChannelState="6", Context="ivr")
    assert told.values("active_calls_by_direction") == {("inbound",): 2, ("outbound",): 1, ("internal",): 1}


async def test_a_trunk_stands_if_it_is_reached_and_registered() -> None:
    """One device and one registration are enough; what is not known says nothing; live by events."""
    trunks = ("a", "PJSIP/a(-2)?"), ("b", "PJSIP/b"), ("c", "SIP/c"), ("d", "PJSIP/d"), ("e", "PJSIP/e")
    told = server(Site(tuple(Trunk(name, match) for name, match in trunks)))
    assert told.values("trunk_available") == {}
    devices = {"PJSIP/a": "UNAVAILABLE", "PJSIP/a-2": "NOT_INUSE", "PJSIP/b": "INUSE", "SIP/c": "UNKNOWN"}
    told.answer(
        "DeviceStateList",
        *(message("DeviceStateChange", Device=device, State=state) for device, state in devices.items()),
        now=clock.now(),
    )
    assert told.values("trunk_available") == {}, "whether they are registered is not known yet"
    polls = told.pbx.polls
    polls["PJSIPShowRegistrationsOutbound"].supported = False
    assert told.values("trunk_available") == {("a",): 1, ("b",): 1}
    polls["PJSIPShowRegistrationsOutbound"].supported = True
    assert told.values("trunk_available") == {}
    told.answer(
        "PJSIPShowRegistrationsOutbound",
        registration("b", "Registered"),
        registration("d-reg-0", "Registered"),
        registration("other", "Rejected", endpoint="e"),
        registration("z", "Registered"),
        now=clock.now(),
    )
    assert told.values("trunk_available") == {("a",): 1, ("b",): 1, ("d",): 1, ("e",): 0}
    told.tell("DeviceStateChange", Device="PJSIP/a-2", State="UNAVAILABLE")
    told.tell("Registry", ChannelType="PJSIP", Username="sip:b", Domain="sip:far", Status="Rejected")
    assert told.values("trunk_available") == {("a",): 0, ("b",): 0, ("d",): 1, ("e",): 0}


def registration(name: str, status: str, endpoint: str = "") -> Message:
    """An item of PJSIPShowRegistrationsOutbound."""
    return message(
        "OutboundRegistrationDetail",
        ObjectName=name,
        ClientUri=f"sip:{name}",
        ServerUri="sip:far",
        Status=status,
        Endpoint=endpoint,
    )


async def test_channels_do_without_what_only_trunks_need() -> None:
    """Where PJSIP or the right to list it is missing, those who need it are not supported."""
    told = Server(*(COLLECTORS[name] for name in ("channels", "pjsip", "registrations")))
    told.answer("CoreShowChannels", now=clock.now())
    for state in told.pbx.polls.values():
        state.supported = state.poll.action == "CoreShowChannels"
    supported = {row["collector"]: row["supported"] for row in told.pbx.facts("collectors")}
    assert supported == {"channels": 1, "pjsip": 0, "registrations": 0}
    assert told.value("active_channels") == 0
    named = Pbx("lab", (COLLECTORS["channels"],), {}, named=frozenset({"channels"}))
    for state in named.polls.values():
        state.supported = state.poll.action == "CoreShowChannels"
    assert named.health.missed() == set()


async def test_who_logs_in_elsewhere_is_found_to_be_a_trunk() -> None:
    """Endpoints that authenticate outbound, or register; where trunks are named nothing is looked for."""
    told, found = server(Site()), list[list[Row]]()
    told.pbx.on_found = found.append
    told.answer(
        "PJSIPShowEndpoints",
        message("EndpointList", ObjectName="phone", OutboundAuths=""),
        message("EndpointList", ObjectName="carrier+1", OutboundAuths="carrier"),
        message("EndpointList", ObjectName="wizard", OutboundAuths=""),
        message("EndpointList", ObjectName="line", OutboundAuths=""),
        now=clock.now(),
    )
    told.pbx.tick()
    assert found == []
    polls = told.pbx.polls
    polls["PJSIPShowRegistrationsOutbound"].supported = False
    told.pbx.tick()
    assert found.pop() == [{"trunk": "carrier+1", "match": r"PJSIP/carrier\+1"}]
    polls["PJSIPShowRegistrationsOutbound"].supported = True
    lists = (registration("wizard-reg-0", "Registered"), registration("x", "Registered", endpoint="line"))
    told.answer("PJSIPShowRegistrationsOutbound", *lists, now=clock.now())
    told.pbx.tick()
    told.pbx.tick()
    assert found == [
        [
            {"trunk": "carrier+1", "match": r"PJSIP/carrier\+1"},
            {"trunk": "wizard", "match": "PJSIP/wizard"},
            {"trunk": "line", "match": "PJSIP/line"},
        ]
    ]
    assert server().pbx.declared.discoveries == ()
