"""Real RTCP between the two Asterisks, through a relay that loses and delays: it is told as it was done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.lab.relay import HOST, Fault, Relay
from tests.proof.configs import config
from tests.proof.listener import Event, Heard, Listener
from tests.proof.run import quiet

pytestmark = pytest.mark.lab

LOSS = 0.25  # of what 16 sends
LATE = 0.010  # s: every other packet that 22 sends, so that any two that follow each other differ by as much
REPORTS = 8  # of each side about the other
CLOCK = 8000  # Hz, of ulaw
ROUNDED = 0.0006  # s
CHANNELS = {"16": "PJSIP/trunk-peer", "22": "PJSIP/pbx16"}  # the ends of the call
DIRECTIONS = {"received": "RTCPReceived", "sent": "RTCPSent"}

STATS = re.compile(
    r"(?m)^.{10}\S+ +[\d:]+ ulaw +(?P<got>\d+) +(?P<got_lost>\d+) +\d+ +(?P<one_jitter>[\d.]+)"
    r" +(?P<sent>\d+) +(?P<sent_lost>\d+) +\d+ +(?P<other_jitter>[\d.]+) +(?P<rtt>[\d.]+) *$"
)


@contextmanager
def reporting_each_second(asterisk: Asterisk) -> Iterator[None]:
    """Asterisk's own interval is 5 s."""
    asterisk.write_config("rtp.conf", asterisk.config("rtp.conf") + "rtcpinterval = 1000\n")
    asterisk.cli("module reload res_rtp_asterisk.so")
    try:
        yield
    finally:
        asterisk.restore_config("rtp.conf")
        asterisk.cli("module reload res_rtp_asterisk.so")


def blocks(heard: Heard, direction: str) -> list[Event]:
    """The reports of one direction that say how media arrived."""
    return [event for event in heard.of(DIRECTIONS[direction]) if event["Report0FractionLost"]]


def test_media_is_what_the_relay_did_and_asterisk_says(
    asterisk16: Asterisk, asterisk22: Asterisk, tmp_path: Path
) -> None:
    """Loss one way and jitter the other, seen from both ends; sums are those that a listener heard."""
    both = (asterisk16, asterisk22)
    stats: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        exporters, listeners = {}, {}
        for asterisk in both:
            quiet(asterisk)
            stack.enter_context(reporting_each_second(asterisk))
            text = (
                config(asterisk, collectors="[channels, media]")
                + f"trunks: [{{name: peer, match: {CHANNELS[asterisk.version]}}}]\n"
            )
            folder = tmp_path / asterisk.version
            exporters[asterisk.version] = stack.enter_context(ExporterProcess(folder, text))
            exporters[asterisk.version].wait_up()
            listeners[asterisk.version] = stack.enter_context(Listener(asterisk))
        out, back = Fault(loss=LOSS), Fault(delay=LATE)
        with Relay(asterisk16.sip_port, asterisk22.sip_port, out, back) as relay:
            asterisk16.cli(
                f"channel originate PJSIP/trunk-peer/sip:100@{HOST}:{relay.port} extension 100@lab"
            )
            for listener in listeners.values():
                listener.wait(
                    lambda heard: all(len(blocks(heard, each)) >= REPORTS for each in DIRECTIONS), 20
                )
            for asterisk in both:
                found = STATS.search(asterisk.cli("pjsip show channelstats"))
                assert found, asterisk.cli("pjsip show channelstats")
                stats[asterisk.version] = {name: float(value) for name, value in found.groupdict().items()}
            for asterisk in both:
                quiet(asterisk)
        heard = {version: listener.heard() for version, listener in listeners.items()}
        pages = {version: exporter.scrape() for version, exporter in exporters.items()}
    assert out.lost / out.packets == pytest.approx(LOSS, abs=0.01)
    for version in ("16", "22"):
        sums_are_what_was_heard(pages[version], heard[version], version)
        as_the_command_says(pages[version], heard[version], stats[version])
    # 16 hears 22 well but late, 22 hears 16 in time with gaps: each says so of the other.
    for version, lossy, late in (("16", "received", "sent"), ("22", "sent", "received")):
        page = pages[version]
        assert mean(page, "loss_ratio", lossy) == pytest.approx(LOSS, abs=0.01)
        assert mean(page, "loss_ratio", late) == 0
        assert mean(page, "jitter_seconds", late) == pytest.approx(LATE, rel=0.4)
        assert mean(page, "jitter_seconds", lossy) < LATE / 2


def as_the_command_says(page: Page, heard: Heard, said: dict[str, float]) -> None:
    """`pjsip show channelstats` has what is now, or what was reported last; in whole milliseconds.

    It has the jitter of what is received under Transmit, and the other way round.
    """
    received, transmitted = said["other_jitter"], said["one_jitter"]
    jitters = {
        each: [int(event["Report0IAJitter"]) / CLOCK for event in blocks(heard, each)] for each in DIRECTIONS
    }
    assert min(abs(jitter - transmitted) for jitter in jitters["received"]) <= ROUNDED
    assert min(jitters["sent"]) - 0.003 <= received <= max(jitters["sent"]) + 0.003
    trips = [float(event["RTT"]) for event in blocks(heard, "received")]
    assert min(abs(trip - said["rtt"]) for trip in trips) <= ROUNDED
    arrived = said["got_lost"] / (said["got"] + said["got_lost"])
    assert mean(page, "loss_ratio", "sent") == pytest.approx(arrived, abs=0.02)
    gone = said["sent_lost"] / said["sent"]  # reported up to a second ago
    assert mean(page, "loss_ratio", "received") == pytest.approx(gone, abs=0.06)


def sums_are_what_was_heard(page: Page, heard: Heard, version: str) -> None:
    """Each report is counted, in its direction and trunk."""
    for direction, event in DIRECTIONS.items():
        found = blocks(heard, direction)
        counted = page.get("asterisk_rtcp_reports_total", technology="PJSIP", direction=direction)
        assert counted == heard.count(event)
        assert holds(
            page, "loss_ratio", [int(each["Report0FractionLost"]) / 256 for each in found], direction
        )
        # The first two sender reports tell the clock; theirs may come after ours.
        count, _ = totals(page, "jitter_seconds", direction)
        assert len(found) - 2 <= count < len(found)
        told = [int(each["Report0IAJitter"]) / CLOCK for each in found[-int(count) :]]
        assert holds(page, "jitter_seconds", told, direction)
        scores = [float(each["MES"]) for each in found if each["MES"]]
        assert len(scores) == (0 if version == "16" else len(found))
        assert holds(page, "media_experience_score", scores, direction)
    trips = [float(each["RTT"]) for each in blocks(heard, "received") if int(each["Report0LSR"])]
    assert len(trips) >= REPORTS - 2
    assert holds(page, "round_trip_seconds", trips)
    for name in ("loss_ratio", "jitter_seconds", "media_experience_score", "round_trip_seconds"):
        assert page.get(f"asterisk_rtcp_{name}_count", trunk="none") == 0


def holds(page: Page, name: str, values: list[float], direction: str = "") -> bool:
    """Whether the trunk's histogram holds these values, by their number and sum."""
    count, total = totals(page, name, direction)
    return count == len(values) and total == pytest.approx(sum(values))


def totals(page: Page, name: str, direction: str = "") -> tuple[float, float]:
    """How many values of the trunk there were, and their sum."""
    labels = {"trunk": "peer"} | ({"direction": direction} if direction else {})
    count, total = (page.value(f"asterisk_rtcp_{name}_{end}", **labels) for end in ("count", "sum"))
    return count, total


def mean(page: Page, name: str, direction: str = "") -> float:
    """The mean of the values of the trunk."""
    count, total = totals(page, name, direction)
    return total / count
