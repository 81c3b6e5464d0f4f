"""Media: reports of RTCP to counters and distributions."""

from __future__ import annotations

import pytest

from exporter.collectors.media import COLLECTOR, MediaBuckets, MediaOptions, declare
from exporter.metrics import Site, Trunk
from exporter.metrics.sampling import Distribution
from tests.collectors.told import Server

TRUNKS = Site((Trunk("carrier", "PJSIP/(trunk-peer|pbx16)"),))


@pytest.fixture
async def server() -> Server:
    """With a trunk."""
    return Server(declare(MediaOptions(), TRUNKS))


def block(**more: str) -> dict[str, str]:
    """A report on what arrived."""
    return {"Channel": "PJSIP/6001-00000001", "Uniqueid": "1", "Report0FractionLost": "0"} | more


async def test_nothing_is_zero(server: Server) -> None:
    """For each technology with RTP, each trunk and direction."""
    assert server.value("rtcp_reports_total", "PJSIP", "received") == 0
    assert server.value("rtcp_reports_total", "other", "sent") == 0
    for name in ("jitter_seconds", "loss_ratio", "media_experience_score"):
        for trunk in ("carrier", "none"):
            assert server.spread(f"rtcp_{name}", trunk, "sent") == (0, 0.0)
    assert server.spread("rtcp_round_trip_seconds", "carrier") == (0, 0.0)


async def test_reports_count_by_technology_and_direction(server: Server) -> None:
    """Also those that say nothing of what arrived, and those of no channel."""
    server.tell("RTCPSent", Channel="PJSIP/6001-00000001", Uniqueid="1")
    server.tell("RTCPReceived", **block(Channel="SIP/carrier-00000001"))
    server.tell("RTCPReceived", SSRC="0x00000001")
    counts = {labels: value for labels, value in server.values("rtcp_reports_total").items() if value}
    assert counts == {("PJSIP", "sent"): 1, ("SIP", "received"): 1, ("other", "received"): 1}


async def test_trunks_are_told_apart(server: Server) -> None:
    """By the channel's name without its suffix."""
    server.tell("RTCPSent", **block(Channel="PJSIP/trunk-peer-0000002a", Report0FractionLost="128"))
    server.tell("RTCPSent", **block(Report0FractionLost="64"))
    assert server.spread("rtcp_loss_ratio", "carrier", "sent") == (1, 0.5)
    assert server.spread("rtcp_loss_ratio", "none", "sent") == (1, 0.25)
    assert server.spread("rtcp_loss_ratio", "none", "received") == (0, 0.0)


async def test_no_loss_and_the_least_loss_have_buckets_of_their_own(server: Server) -> None:
    """A report counts in 256ths: below the first bound is only 0."""
    for lost in ("0", "0", "1"):
        server.tell("RTCPSent", **block(Report0FractionLost=lost))
    value = server.values("rtcp_loss_ratio")["none", "sent"]
    assert isinstance(value, Distribution)
    assert value.counts[:2] == [2, 1]


async def test_a_session_forgets_clocks_and_keeps_sums(server: Server) -> None:
    """What was counted stays; jitter needs two sender reports again."""
    late = block(Report0SourceSSRC="0x1", Report0IAJitter="80")
    for second in (1000, 1005):
        server.tell("RTCPSent", Uniqueid="1", SSRC="0x1", SentNTP=f"{second}.0", SentRTP=str(second * 8000))
    server.tell("RTCPReceived", **late)
    server.pbx.drop()
    server.tell("RTCPReceived", **late)
    assert server.spread("rtcp_jitter_seconds", "none", "received") == (1, 0.01)
    assert server.spread("rtcp_loss_ratio", "none", "received") == (2, 0.0)


async def test_buckets_are_an_option() -> None:
    """Those of each distribution."""
    made = declare(MediaOptions(buckets=MediaBuckets(loss=(0.5,), round_trip=(1.0, 2.0))), Site())
    found = {family.name: family.buckets for family in made.families if family.buckets}
    assert found["asterisk_rtcp_loss_ratio"] == (0.5,)
    assert found["asterisk_rtcp_round_trip_seconds"] == (1.0, 2.0)
    assert len(found["asterisk_rtcp_jitter_seconds"]) > 5


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_media(version: str, server: Server) -> None:
    """Of real text: eleven reports, ten of them on what arrived, four with a round trip."""
    server.play(version, "media")
    assert server.value("rtcp_reports_total", "PJSIP", "received") == 5
    assert server.value("rtcp_reports_total", "PJSIP", "sent") == 6
    lossy, late = ("received", "sent") if version == "16" else ("sent", "received")
    for direction, share in ((lossy, 0.25), (late, 0.0)):
        count, total = server.spread("rtcp_loss_ratio", "carrier", direction)
        assert count == 5
        assert total / 5 == pytest.approx(share, abs=0.02)
    assert server.spread("rtcp_round_trip_seconds", "carrier")[0] == 4
    scores = [server.spread("rtcp_media_experience_score", "carrier", each)[0] for each in (lossy, late)]
    assert scores == ([0, 0] if version == "16" else [5, 5])
    count, total = server.spread("rtcp_jitter_seconds", "carrier", late)
    assert count >= 3
    assert total / count == pytest.approx(0.01, abs=0.001)


def test_it_asks_nothing_and_needs_one_class() -> None:
    """Only events of class reporting tell it."""
    assert COLLECTOR.polls == ()
    assert COLLECTOR.reads == ("reporting",)
    assert COLLECTOR.events == {"RTCPReceived", "RTCPSent"}
