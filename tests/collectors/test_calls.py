"""Calls, dials and channels: events to counts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from exporter.collectors.calls import CallBuckets, CallsOptions, declare
from exporter.collectors.causes import CAUSES
from exporter.metrics import Site
from exporter.metrics.collector import Trunk, mistakes
from tests.collectors.told import Server

SITE = Site((Trunk("carrier", "PJSIP/carrier-a"), Trunk("branch", "IAX2/branch")))


class Calls(Server):
    """A server whose channel list was empty; time is what a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, options: CallsOptions, site: Site) -> None:
        self.now = 1000.0
        monkeypatch.setattr("exporter.pbx.clock.now", lambda: self.now)
        super().__init__(declare(options, site))
        self.answer("CoreShowChannels", now=self.now)

    def channel(self, event: str, unique: str, name: str = "PJSIP/a-1", **more: str) -> None:
        """An event of a channel."""
        headers = {"Channel": name, "ChannelState": "6", "Uniqueid": unique, "Linkedid": "1", **more}
        self.tell(event, **headers)

    def dial(self, event: str, leg: str, channel: str, **more: str) -> None:
        """An event of a dial of the call 1."""
        self.tell(event, Linkedid="1", DestChannel=channel, DestUniqueid=leg, **more)


@pytest.fixture
async def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """A server with two trunks."""
    return Calls(monkeypatch, CallsOptions(), SITE)


async def test_what_alerts_stand_on_begins_at_zero(calls: Calls) -> None:
    """Dials and results of each trunk, and of phones; not each technology that there is."""
    for trunk in ("carrier", "branch", "none"):
        assert calls.value("dials_total", trunk, "PJSIP") == 0
        assert calls.value("dials_in_progress", trunk, "PJSIP") == 0
        assert calls.value("dial_results_total", trunk, "PJSIP", "congestion") == 0
        assert calls.spread("talk_seconds", trunk) == (0, 0.0)
    assert calls.value("dials_total", "branch", "IAX2") == 0
    assert calls.value("dials_total", "branch", "Motif") is None
    assert len(calls.values("dial_results_total")) == 3 * 2 * 8
    for name in ("calls_started_total", "calls_answered_total", "calls_ended_total", "pickups_total"):
        assert calls.value(name) == 0
    assert calls.value("channels_created_total", "PJSIP") == 0


async def test_a_call_over_a_trunk(calls: Calls) -> None:
    """From the first channel to the last hangup, with all its times."""
    calls.channel("Newchannel", "1", ChannelState="4")
    calls.channel("Newchannel", "2", "PJSIP/carrier-a-00000002", ChannelState="0")
    calls.dial("DialBegin", "2", "PJSIP/carrier-a-00000002")
    assert calls.value("dials_in_progress", "carrier", "PJSIP") == 1
    calls.now += 2
    calls.channel("Newstate", "2", "PJSIP/carrier-a-00000002", ChannelState="5")
    calls.now += 4
    calls.dial("DialEnd", "2", "PJSIP/carrier-a-00000002", DialStatus="ANSWER")
    calls.channel("Newstate", "1")
    calls.now += 60
    calls.channel("Hangup", "2", "PJSIP/carrier-a-00000002", Cause="16")
    calls.channel("Hangup", "1", Cause="0")
    assert calls.value("dials_total", "carrier", "PJSIP") == 1
    assert calls.value("dials_in_progress", "carrier", "PJSIP") == 0
    assert calls.value("dial_results_total", "carrier", "PJSIP", "answer") == 1
    assert calls.spread("dial_post_dial_delay_seconds", "carrier") == (1, 2.0)
    assert calls.spread("dial_answer_seconds", "carrier") == (1, 6.0)
    assert calls.spread("talk_seconds", "carrier") == (1, 60.0)
    assert calls.spread("call_duration_seconds") == (1, 66.0)
    assert calls.spread("channel_duration_seconds", "PJSIP") == (2, 132.0)
    assert [calls.value(f"calls_{what}_total") for what in ("started", "answered", "ended")] == [1, 1, 1]
    assert calls.value("channels_created_total", "PJSIP") == 2
    assert calls.value("channel_hangups_total", "PJSIP", "normal_clearing") == 1
    assert calls.value("channel_hangups_total", "PJSIP", "unknown") == 1


async def test_local_legs_are_kept_apart(calls: Calls) -> None:
    """They are dials of their own technology, and their times, which the real leg has too, are left out."""
    calls.dial("DialBegin", "2", "Local/5@agents-00000001;1")
    calls.dial("DialEnd", "2", "Local/5@agents-00000001;1", DialStatus="ANSWER")
    calls.channel("Hangup", "2", "Local/5@agents-00000001;1")
    assert calls.value("dials_total", "none", "Local") == 1
    assert calls.value("dial_results_total", "none", "Local", "answer") == 1
    for name in ("dial_post_dial_delay_seconds", "dial_answer_seconds", "talk_seconds"):
        assert calls.spread(name, "none") == (0, 0.0)


@pytest.mark.parametrize(
    ("status", "label"),
    [
        ("BUSY", "busy"),
        ("NOANSWER", "no_answer"),
        ("CONGESTION", "congestion"),
        ("CHANUNAVAIL", "unavailable"),
        ("DONTCALL", "other"),
    ],
)
async def test_results_of_dials(calls: Calls, status: str, label: str) -> None:
    """DialStatus in words."""
    calls.dial("DialBegin", "2", "PJSIP/carrier-a-00000002")
    calls.dial("DialEnd", "2", "PJSIP/carrier-a-00000002", DialStatus=status)
    assert calls.value("dial_results_total", "carrier", "PJSIP", label) == 1


@pytest.mark.parametrize(("cause", "label"), [("26", "answered_elsewhere"), ("0", "cancel")])
async def test_a_leg_that_was_taken_back(calls: Calls, cause: str, label: str) -> None:
    """By another leg that was faster, or by a caller who gave up: its hangup tells."""
    calls.dial("DialBegin", "2", "PJSIP/carrier-a-00000002")
    calls.dial("DialEnd", "2", "PJSIP/carrier-a-00000002", DialStatus="CANCEL")
    calls.channel("Hangup", "2", "PJSIP/carrier-a-00000002", Cause=cause)
    assert calls.value("dial_results_total", "carrier", "PJSIP", label) == 1


@pytest.mark.parametrize(("status", "label"), [("BUSY", "busy"), ("ANSWER", "answer")])
async def test_a_list_ahead_of_the_events(calls: Calls, status: str, label: str) -> None:
    """A channel that is gone from the list some time before its last events: they count all the same."""
    channel = "PJSIP/carrier-a-00000002"
    calls.channel("Newchannel", "2", channel)
    calls.dial("DialBegin", "2", channel)
    calls.now += 10
    calls.answer("CoreShowChannels", now=calls.now)
    calls.pbx.tick()
    calls.now += 0.05
    calls.dial("DialEnd", "2", channel, DialStatus=status)
    calls.channel("Hangup", "2", channel, Cause="17")
    calls.now += 10
    calls.pbx.tick()
    assert calls.value("dial_results_total", "carrier", "PJSIP", label) == 1
    assert calls.value("dial_results_total", "carrier", "PJSIP", "other") == 0
    assert calls.spread("talk_seconds", "carrier")[0] == (status == "ANSWER")
    for spread in (calls.spread("channel_duration_seconds", "PJSIP"), calls.spread("call_duration_seconds")):
        assert spread == pytest.approx((1, 10.05))


async def test_the_end_of_a_session(calls: Calls) -> None:
    """What was added up stays; what was in progress is not known any more."""
    calls.dial("DialBegin", "2", "PJSIP/carrier-a-00000002")
    calls.pbx.drop()
    assert calls.values("dials_in_progress") == {}
    assert calls.value("dials_total", "carrier", "PJSIP") == 1
    calls.answer("CoreShowChannels", now=calls.now)
    assert calls.value("dials_in_progress", "carrier", "PJSIP") == 0


async def test_internal_channels_count_nowhere(calls: Calls) -> None:
    """The announcer of a conference is created, hangs up, and is nobody."""
    calls.channel("Newchannel", "9", "CBAnn/1000-1;1", Linkedid="9")
    calls.channel("Hangup", "9", "CBAnn/1000-1;1", Linkedid="9", Cause="16", TechCause="503")
    assert calls.value("calls_started_total") == 0
    assert sum(float(str(value)) for value in calls.values("channels_created_total").values()) == 0
    assert calls.values("channel_hangups_total") == {}
    assert calls.values("sip_failures_total") == {}
    assert calls.values("channel_duration_seconds") == {}


async def test_failures_of_sip(calls: Calls) -> None:
    """By code; Asterisks that do not send it say nothing."""
    for tech in ("486", "503", "503", "200", "nonsense", ""):
        calls.channel("Hangup", "1", Cause="17", TechCause=tech)
    calls.channel("Hangup", "1", Cause="16")
    assert calls.values("sip_failures_total") == {("486",): 1, ("503",): 2, ("other",): 2}


async def test_causes_are_a_closed_set(calls: Calls) -> None:
    """One that Q.850 does not have is other; all names are different."""
    calls.channel("Hangup", "1", Cause="77")
    calls.channel("Hangup", "1", Cause="17", Channel="Strange/1-1")
    assert calls.values("channel_hangups_total") == {("PJSIP", "other"): 1, ("other", "user_busy"): 1}
    assert len(set(CAUSES.values())) == len(CAUSES)


async def test_originates_and_transfers(calls: Calls) -> None:
    """By result; the results are there as 0 before."""
    assert calls.value("originates_total", "busy") == 0
    for response, reason in (("Success", "4"), ("Failure", "5"), ("Failure", "0"), ("Failure", "3")):
        calls.tell("OriginateResponse", Response=response, Reason=reason)
    assert calls.values("originates_total") == {
        ("success",): 1,
        ("no_answer",): 1,
        ("busy",): 1,
        ("congestion",): 0,
        ("failure",): 1,
    }
    calls.tell("BlindTransfer", Result="Success")
    calls.tell("AttendedTransfer", Result="Not Permitted")
    assert calls.value("transfers_total", "blind", "success") == 1
    assert calls.value("transfers_total", "attended", "not_permitted") == 1
    assert calls.value("transfers_total", "attended", "success") == 0


async def test_holds_pickups_and_commands(calls: Calls) -> None:
    """Each counts as it happens."""
    calls.channel("Hold", "1")
    calls.channel("Pickup", "1")
    calls.channel("AGIExecStart", "1", CommandId="7")
    calls.now += 0.5
    calls.channel("AGIExecEnd", "1", CommandId="7")
    assert (calls.value("holds_total"), calls.value("pickups_total")) == (1, 1)
    assert calls.spread("agi_duration_seconds") == (1, 0.5)


async def test_user_events_by_the_first_names(calls: Calls) -> None:
    """Without names in the configuration the first 50 are told apart."""
    for number in range(60):
        calls.tell("UserEvent", UserEvent=f"Order{number}")
    counts = calls.values("user_events_total")
    assert (len(counts), counts["Order0",], counts["other",]) == (51, 1, 10)


async def test_user_events_by_configured_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """They begin at 0, and no other is told apart."""
    calls = Calls(monkeypatch, CallsOptions(user_events=("OrderPlaced",)), SITE)
    calls.tell("UserEvent", UserEvent="Noise")
    assert calls.values("user_events_total") == {("OrderPlaced",): 0, ("other",): 1}


async def test_exemplars_and_buckets_by_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Linkedid of a call stands with its talk if that is wanted; buckets are those of the options."""
    options = CallsOptions(exemplars=True, buckets=CallBuckets(talk=(10.0, 100.0)))
    collector = declare(options, SITE)
    assert list(mistakes(collector)) == []
    examples = {family.name for family in collector.families if family.exemplar}
    assert examples == {"asterisk_talk_seconds", "asterisk_call_duration_seconds"}
    assert not any(family.exemplar for family in declare(CallsOptions(), SITE).families)
    calls = Calls(monkeypatch, options, SITE)
    calls.channel("Newchannel", "1")
    calls.now += 20
    calls.channel("Hangup", "1")
    spread = calls.values("call_duration_seconds")[()]
    assert getattr(spread, "exemplars", {}) == {1: ("1", 20.0, 1020.0)}


@pytest.mark.parametrize("bounds", [(), (0.0, 1.0), (2.0, 1.0), (1.0, 1.0)])
def test_buckets_rise(bounds: tuple[float, ...]) -> None:
    """Else they are refused."""
    with pytest.raises(ValidationError):
        CallBuckets(dial=bounds)


def total(server: Server, name: str) -> float:
    """The sum of all samples of a counter."""
    return sum(value for value in server.values(name).values() if isinstance(value, float))


@pytest.mark.parametrize("version", ["16", "22"])
async def test_a_recorded_call(version: str, calls: Calls) -> None:
    """A caller and an agent behind a Local channel: one call of three channels, one dial, all of it ended."""
    calls.play(version, "call")
    assert (total(calls, "channels_created_total"), total(calls, "channel_hangups_total")) == (3, 3)
    assert [calls.value(f"calls_{what}_total") for what in ("started", "answered", "ended")] == [1, 1, 1]
    assert (total(calls, "dials_total"), calls.value("dials_total", "none", "Local")) == (1, 1)
    assert total(calls, "dial_results_total") == 1
    assert total(calls, "dials_in_progress") == 0


@pytest.mark.parametrize("version", ["16", "22"])
async def test_a_recorded_fork_and_a_pickup(version: str, calls: Calls) -> None:
    """Five dials: a fork with a loser, two of Originate, one that was picked up.

    Who picks up goes over to the other call, and the near half of its Local channel ends its own.
    """
    calls.play(version, "dials")
    assert (total(calls, "channels_created_total"), total(calls, "channel_hangups_total")) == (10, 10)
    assert calls.values("dials_total") == {
        **calls.values("dials_total"),
        ("none", "PJSIP"): 1,
        ("none", "Local"): 4,
    }
    assert calls.value("dial_results_total", "none", "PJSIP", "answer") == 1
    assert calls.value("dial_results_total", "none", "Local", "answer") == 2
    assert calls.value("dial_results_total", "none", "Local", "answered_elsewhere") == 2
    assert total(calls, "dial_results_total") == 5
    assert total(calls, "dials_in_progress") == 0
    assert (calls.value("pickups_total"), calls.value("originates_total", "success")) == (1, 1)
    assert [calls.value(f"calls_{what}_total") for what in ("started", "answered", "ended")] == [3, 3, 3]
    assert calls.spread("call_duration_seconds")[0] == 3
    assert calls.spread("talk_seconds", "none")[0] == 1
