"""Reports of RTCP: events in, seconds and shares out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ami import Message
from exporter.ami.codec import Decoder
from exporter.collectors.folds import rtcp
from exporter.collectors.folds.rtcp import EVENTS, KEPT, Reports
from exporter.metrics.readers import Row
from tests.collectors.asked import WIRE

NEAR, FAR = "192.0.2.1:4001", "198.51.100.7:5001"
OURS, THEIRS = "0x00000001", "0x00000002"


class Call:
    """A channel whose ends report to each other."""

    def __init__(self, unique: str = "7.1", machine: Reports | None = None) -> None:
        self.machine = machine or Reports()
        self.unique = unique
        self.now = 1000.0

    def tell(self, event: str, **headers: str) -> Row:
        """An event comes; what its report block says."""
        fields = {"channel": "PJSIP/trunk-00000001", "uniqueid": self.unique}
        fields |= {name.lower(): value for name, value in headers.items()}
        told = list(self.machine.take(event, fields, self.now))
        assert told[0] == ("report", {"event": event, "channel": "PJSIP/trunk-00000001"})
        assert [what for what, _ in told[1:]] in ([], ["block"])
        return told[1][1] if len(told) > 1 else {}

    def sent(self, ntp: str = "", rtp: int = 0, *, ssrc: str = OURS, to: str = FAR, **block: str) -> Row:
        """We report, as sender if a time is given."""
        sender = {"SentNTP": ntp, "SentRTP": str(rtp)} if ntp else {}
        about = {"Report0SourceSSRC": THEIRS} if block else {}
        return self.tell("RTCPSent", To=to, From=NEAR, SSRC=ssrc, **sender, **about, **_block(block))

    def received(
        self, ntp: str = "", rtp: int = 0, *, come: str = FAR, about: str = OURS, **block: str
    ) -> Row:
        """They report; the SSRC is not theirs, but the time, as Asterisk has it."""
        sender = {"SentNTP": ntp, "SentRTP": str(rtp)} if ntp else {}
        headers = sender | ({"Report0SourceSSRC": about} if block else {})
        ssrc = f"0x{int(ntp.split('.')[0]) + 2_208_988_800 & 0xFFFFFFFF:08x}" if ntp else THEIRS
        return self.tell(
            "RTCPReceived", To=NEAR, From=come, SSRC=ssrc, RTT="0.0421", **headers, **_block(block)
        )


def _block(block: dict[str, str]) -> dict[str, str]:
    names = {"lost": "Report0FractionLost", "jitter": "Report0IAJitter", "lsr": "Report0LSR", "mes": "MES"}
    return {names[name]: value for name, value in block.items()}


def test_loss_is_a_share_of_256() -> None:
    """Of both directions, and 0 is a value."""
    call = Call()
    assert call.sent(lost="0")["loss"] == 0.0
    assert call.sent(lost="64")["loss"] == 0.25
    assert call.received(lost="255")["loss"] == 255 / 256


def test_a_report_without_a_block_is_only_counted() -> None:
    """Its MES and RTT speak of nothing that has arrived."""
    call = Call()
    assert call.sent("1000.0", 0, mes="") == {}
    assert call.tell("RTCPSent", MES="88.0", ReportCount="0") == {}
    assert call.tell("RTCPReceived", MES="88.0", RTT="0.5", ReportCount="0") == {}


def test_a_report_of_no_channel_is_counted() -> None:
    """A stream can outlive its channel."""
    assert list(Reports().take("RTCPSent", {}, 1.0)) == [("report", {"event": "RTCPSent", "channel": ""})]


@pytest.mark.parametrize(("step", "clock"), [(8000, 8000), (16320, 16000), (31840, 32000), (48000, 48000)])
def test_our_sender_reports_tell_the_clock_of_what_the_far_end_says(step: int, clock: int) -> None:
    """The last packet before a report is a little older than the report."""
    call = Call()
    call.sent("1000.000000", 5)
    assert "jitter" not in call.received(lost="0", jitter="160")
    call.sent("1001.000000", 5 + step)
    assert call.received(lost="0", jitter="160")["jitter"] == pytest.approx(160 / clock)


def test_their_sender_reports_tell_the_clock_of_what_we_say() -> None:
    """They are known by channel and address: Asterisk shows a wrong SSRC."""
    call = Call()
    call.received("1000.5", 100)
    call.received("1005.5", 80_100)
    assert call.sent(lost="0", jitter="32")["jitter"] == 0.002
    assert "jitter" not in call.sent(lost="0", jitter="32", to="198.51.100.7:5003")
    assert "jitter" not in Call("7.2", call.machine).sent(lost="0", jitter="32")
    assert "jitter" not in call.received(lost="0", jitter="32")  # of ours nothing is known


def test_the_clock_of_one_direction_is_not_that_of_the_other() -> None:
    """Each is sent with a codec of its own."""
    call = Call()
    for second in (1000, 1005):
        call.sent(f"{second}.0", second * 8000)
        call.received(f"{second}.0", second * 48_000)
    assert call.sent(lost="0", jitter="480")["jitter"] == 0.01
    assert call.received(lost="0", jitter="480")["jitter"] == 0.06


def test_other_clocks_give_no_jitter() -> None:
    """Such as that of video, and loss is told nonetheless."""
    call = Call()
    call.sent("1000.0", 0)
    call.sent("1005.0", 450_000)
    assert call.received(lost="0", jitter="90") == {
        "event": "RTCPReceived",
        "channel": "PJSIP/trunk-00000001",
        "loss": 0.0,
    }


def test_a_jump_of_the_stream_keeps_the_clock() -> None:
    """A hold or a transfer moves the counter; a new codec is learned from the next two."""
    call = Call()
    for ntp, position in (("1000.0", 0), ("1005.0", 40_000), ("1010.0", 9_999_999)):
        call.sent(ntp, position)
    assert call.received(lost="0", jitter="80")["jitter"] == 0.01
    call.sent("1015.0", 9_999_999 + 80_000)
    assert call.received(lost="0", jitter="80")["jitter"] == 0.005


def test_reports_much_less_than_a_second_apart_tell_no_clock() -> None:
    """The age of the last packet would weigh too much; the third is compared with the first."""
    call = Call()
    call.sent("1000.0", 0)
    call.sent("1000.5", 4_000)
    assert "jitter" not in call.received(lost="0", jitter="80")
    call.sent("1001.0", 8_000)
    assert call.received(lost="0", jitter="80")["jitter"] == 0.01


def test_counters_wrap() -> None:
    """The stream's at 2^32; a far end that counts from its start stands at 2^64 less some seconds."""
    call = Call()
    call.sent("18446744071500000000.900000", (1 << 32) - 100)
    call.sent("18446744071500000005.900000", 39_900)
    assert call.received(lost="0", jitter="80")["jitter"] == 0.01


def test_a_clock_that_stands_or_goes_back_tells_nothing() -> None:
    """And does no harm: the next two reports count."""
    call = Call()
    call.sent("1000.0", 0)
    call.sent("1000.0", 0)
    call.sent("990.0", 100)
    assert "jitter" not in call.received(lost="0", jitter="80")
    call.sent("995.0", 40_100)
    assert call.received(lost="0", jitter="80")["jitter"] == 0.01


def test_a_round_trip_needs_a_report_of_ours_that_was_heard() -> None:
    """Else RTT is 0, or that of long ago; what we send has none."""
    call = Call()
    assert "roundtrip" not in call.received(lost="0", lsr="0")
    assert "roundtrip" not in call.received(lost="0")
    assert call.received(lost="0", lsr="686406936")["roundtrip"] == 0.0421
    assert "roundtrip" not in call.sent(lost="0", lsr="686406936")


def test_a_score_may_have_a_leading_blank() -> None:
    """Asterisk writes it four characters wide."""
    call = Call()
    assert call.sent(lost="0", mes=" 9.5")["score"] == 9.5
    assert call.received(lost="0", mes="88.1")["score"] == 88.1
    assert "score" not in call.sent(lost="0")


def test_nonsense_is_not_told() -> None:
    """Texts that are no numbers, and numbers that no measurement gives."""
    call = Call()
    call.sent("1000.0", 0)
    call.sent("1005.0", 40_000)
    row = call.received(lost="300", jitter="4294967295", mes="120.0")
    assert set(row) == {"event", "channel"}
    assert call.sent(lost="much", jitter="80") == {}
    assert set(call.received(lost="0", jitter="-8", mes="nan")) == {"event", "channel", "loss"}


def test_what_is_not_heard_of_any_more_is_forgotten() -> None:
    """A stream that still reports is not, and the end of a session ends all."""
    call = Call()
    other = Call("7.2", call.machine)
    for each in (call, other):
        each.sent("1000.0", 0)
        each.sent("1005.0", 40_000)
    other.now += KEPT
    other.sent("1180.0", 1_440_000)
    call.machine.tick(call.now + KEPT + 1)
    assert "jitter" not in call.received(lost="0", jitter="80")
    assert other.received(lost="0", jitter="80")["jitter"] == 0.01
    call.machine.forget()
    assert "jitter" not in other.received(lost="0", jitter="80")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the stream goes that was not heard of for longest."""
    monkeypatch.setattr(rtcp, "MOST", 2)
    calls = [Call("7.1")]
    calls += [Call(f"7.{n}", calls[0].machine) for n in (2, 3)]
    for call in (calls[0], calls[1], calls[0], calls[2]):
        call.sent(f"{call.now}", int(call.now) * 8000)
        call.now += 5
        call.sent(f"{call.now}", int(call.now) * 8000)
    assert ["jitter" in call.received(lost="0", jitter="8") for call in calls] == [True, False, True]


HEADERS = (
    *("uniqueid", "channel", "ssrc", "to", "from", "sentntp", "sentrtp", "rtt", "mes"),
    *("report0sourcessrc", "report0fractionlost", "report0iajitter", "report0lsr"),
)
VALUES = st.sampled_from(
    ["", " ", "0", "1", "255", "1e9", "-1", "0x1", "18446744073709551615.999999", "5.5", "x"]
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(EVENTS), st.dictionaries(st.sampled_from(HEADERS), VALUES), st.floats(0, 1e4)
        )
    )
)
def test_any_headers_give_one_report_and_sane_numbers(
    events: list[tuple[str, dict[str, str], float]],
) -> None:
    """Whatever a far end says, nothing fails and nothing is out of bounds."""
    machine = Reports()
    for event, fields, now in events:
        told = list(machine.take(event, fields, now))
        machine.tick(now)
        assert told[0][0] == "report"
        assert len(told) <= 2
        for _, row in told[1:]:
            for name, most in rtcp.LARGEST.items():
                assert 0 <= float(row.get(name, 0)) <= most


@pytest.mark.parametrize("version", ["16", "22"])
def test_recorded_reports(version: str) -> None:
    """Of a call with loss one way and delay the other, each says what it should."""
    machine, rows = Reports(), list[Row]()
    for packet in Decoder().feed((WIRE / version / "media.ami").read_bytes()):
        message = Message(packet)
        if message.name in EVENTS:
            rows += [row for what, row in machine.take(message.name, message.fields, 0.0) if what == "block"]
    lossy, late = ("RTCPReceived", "RTCPSent") if version == "16" else ("RTCPSent", "RTCPReceived")
    losses = {event: [float(row["loss"]) for row in rows if row["event"] == event] for event in EVENTS}
    assert len(losses[lossy]) == len(losses[late]) == 5
    assert sum(losses[lossy]) / 5 == pytest.approx(0.25, abs=0.02)
    assert max(losses[late]) == 0
    jitters = {
        event: [float(row["jitter"]) for row in rows if row["event"] == event and "jitter" in row]
        for event in EVENTS
    }
    assert len(jitters[late]) >= 3
    assert jitters[late] == [pytest.approx(0.010, abs=0.001)] * len(jitters[late])
    assert max(jitters[lossy]) < 0.001
    trips = [float(row["roundtrip"]) for row in rows if "roundtrip" in row]
    assert len(trips) == 4
    assert 0 < min(trips) <= max(trips) < 0.01
    scores = {
        event: [float(row["score"]) for row in rows if row["event"] == event and "score" in row]
        for event in EVENTS
    }
    assert bool(scores[late]) == (version == "22")
    assert all(score > 85 for score in scores[late])
    assert all(60 < score < 80 for score in scores[lossy])
