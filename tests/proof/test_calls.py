"""Channels, calls, dials and bridges add up, and equal what a listener of the tests' own hears."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.proof.configs import config
from tests.proof.listener import Listener
from tests.proof.run import MOMENTS, SECONDS, TRUNKS, Run, quiet

pytestmark = pytest.mark.lab

# Of nothing that a caller brings, or that each call has anew.
CHANNEL = re.compile(r"\w+/.+-[0-9a-f]{8}")
UNIQUE = re.compile(r"\d{9,}\.\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{20,}")
NUMBER = re.compile(r"5550\d+")  # how the callers of the lab call themselves
WAYS = ("inbound", "outbound", "internal")
NEW_SERIES = 12  # a family may show so many new ones after a third of the run: rare causes, other states
STATUS = {"ANSWER": "answer", "BUSY": "busy", "NOANSWER": "no_answer", "CONGESTION": "congestion"}


def test_channels_created_less_hung_up_are_the_change_of_channels(run: Run) -> None:
    """Both sums are what was heard, by technology too, and what is between them is what there is."""
    for metric, event in (
        ("asterisk_channels_created_total", "Newchannel"),
        ("asterisk_channel_hangups_total", "Hangup"),
    ):
        heard = Counter(event["Channel"].split("/")[0] for event in run.heard.external(event))
        assert run.grown(metric) == heard.total() > SECONDS
        for technology, count in heard.items():
            assert run.grown(metric, technology=technology) == count, (metric, technology)
    change = run.grown("asterisk_channels_created_total") - run.grown("asterisk_channel_hangups_total")
    assert change == (run.pages["end"].live.get("asterisk_channels") or 0)


def test_calls_started_less_ended_are_the_active_ones(run: Run) -> None:
    """At every settled moment and at the end."""
    check = run.checks["calls"]
    assert check.moments >= MOMENTS
    assert check.most >= 2
    assert check.wrong == []
    assert run.grown("asterisk_calls_started_total") == run.grown("asterisk_calls_ended_total") > SECONDS / 2


def test_every_dial_has_a_result_or_is_in_progress(run: Run) -> None:
    """Queues that ring several, forks and refusals: each leg is one dial with one result, as it was heard."""
    heard = run.heard.dials()
    begun, ended = run.grown("asterisk_dials_total"), run.grown("asterisk_dial_results_total")
    assert begun == ended + run.grown("asterisk_dials_in_progress")
    assert begun == len(heard) > SECONDS / 3
    statuses = Counter(heard.values())
    for told, status in STATUS.items():
        assert run.grown("asterisk_dial_results_total", status=status) == statuses[told], status
    cancelled = [
        run.grown("asterisk_dial_results_total", status=status) for status in ("cancel", "answered_elsewhere")
    ]
    assert sum(cancelled) == statuses["CANCEL"]
    assert min(cancelled) > 0, "callers gave up, and others answered elsewhere"


def test_trunks_equal_what_was_heard(run: Run) -> None:
    """Calls and answered seconds of each; the dead one is not available, and no channel of it comes to be."""
    for trunk, match in TRUNKS.items():
        channels = {
            event["Uniqueid"]: event
            for event in run.heard.of("Newchannel")
            if event["Channel"].startswith(f"{match}-")
        }
        up, over = (
            {event["Uniqueid"]: event.at for event in events}
            for events in (reversed(run.heard.of("Newstate", ChannelState="6")), run.heard.of("Hangup"))
        )
        seconds = sum(over[unique] - up[unique] for unique in channels.keys() & up.keys() & over.keys())
        calls = {"trunk": trunk, "direction": "outbound"}
        assert run.grown("asterisk_trunk_calls_total", **calls) == len(channels)
        assert run.grown("asterisk_trunk_call_seconds_total", **calls) == pytest.approx(
            seconds, abs=0.15 * len(channels)
        )
        assert (len(channels) > SECONDS / 6) == (seconds > SECONDS / 2) == (trunk == "live")
        for page in run.pages["end"]:
            assert page.value("asterisk_trunk_available", trunk=trunk) == (trunk == "live")
            assert page.value("asterisk_trunk_calls_total", trunk=trunk, direction="inbound") == 0
    for page in run.pages["middle"]:
        ways = {way: page.value("asterisk_active_calls_by_direction", direction=way) for way in WAYS}
        assert sum(ways.values()) == page.value("asterisk_active_calls")
        assert ways["inbound"] == 0
        assert ways["internal"] > 0


def test_bridges_equal_bridge_show_all(run: Run) -> None:
    """Bridges by type, and the channels of the basic ones, at every settled moment."""
    for metric in ("bridges", "bridge_channels"):
        check = run.checks[metric]
        assert check.moments >= MOMENTS
        assert check.most >= 2
        assert check.wrong == []
    created = run.heard.count("BridgeCreate")
    assert run.grown("asterisk_bridges_created_total") == created > SECONDS / 3


def test_call_detail_records_equal_what_was_heard(run: Run) -> None:
    """As many as were sent, and their billable seconds."""
    assert run.grown("asterisk_cdrs_total") == run.heard.count("Cdr") > SECONDS
    assert run.grown("asterisk_cdr_billable_seconds_total") == run.heard.total("Cdr", "BillableSeconds") > 0


def test_no_label_holds_what_a_call_brings(run: Run) -> None:
    """No channel, unique id, bridge or caller's number stands in a label."""
    headers = ("Channel", "Uniqueid", "BridgeUniqueid")
    brought = {event[header] for event in run.heard.events for header in headers} - {""}
    for page in (*run.pages["middle"], *run.pages["end"]):
        for name, labels in page.samples:
            for label, value in labels:
                assert value not in brought, (name, label, value)
                assert not CHANNEL.search(value), (name, label, value)
                assert not UNIQUE.search(value), (name, label, value)
                assert not NUMBER.fullmatch(value), (name, label, value)


def test_no_series_grows_with_the_number_of_calls(run: Run) -> None:
    """After a third of the run nearly every series is there; twice as many calls again add a few."""
    for of in ("live", "listing"):
        middle, end = (_series(getattr(run.pages[when], of)) for when in ("middle", "end"))
        for family, count in (end - middle).items():
            assert count <= NEW_SERIES, (of, family, count)
        assert end.total() <= 1.25 * middle.total(), of


def test_lists_found_nothing_to_correct(run: Run) -> None:
    """No live table was corrected, no packet dropped, no series refused and no value unreadable."""
    for page in run.pages["end"]:
        for name in (
            "table_corrections",
            "ami_anomalies",
            "ami_event_gaps",
            "refused_series",
            "unreadable_values",
        ):
            wrong = [
                (dict(labels), value)
                for (sample, labels), value in page.samples.items()
                if sample == f"asterisk_{name}_total" and value
            ]
            assert wrong == [], name
        for collector in ("channels", "queues", "bridges"):
            assert page.value("asterisk_collector_success", collector=collector) == 1


def test_a_picked_up_call_leaves_no_dial_behind(asterisk: Asterisk, tmp_path: Path) -> None:
    """The leg that rang gets no DialEnd, and the one that picks up no DialBegin; yet the sums meet."""
    quiet(asterisk, 1)
    text = config(asterisk, collectors="[channels, calls]")
    with ExporterProcess(tmp_path, text) as exporter, Listener(asterisk) as listener:
        exporter.wait_up()
        asterisk.cli("channel originate Local/407@lab application Wait 4")
        exporter.wait_until(lambda: (exporter.scrape().get("asterisk_dials_in_progress") or 0) >= 2, 10)
        asterisk.cli("channel originate Local/408@lab application Wait 1")
        listener.wait(lambda heard: heard.count("Pickup") == 1, 10)
        quiet(asterisk, 0.5)
        listener.wait(lambda heard: heard.count("Hangup") == heard.count("Newchannel"), 10)
        exporter.wait_until(lambda: exporter.scrape().value("asterisk_channels_ending") == 0, 10)
        page, heard = exporter.scrape(), listener.heard()
    assert page.value("asterisk_pickups_total") == 1
    assert page.value("asterisk_dials_total") == len(heard.dials()) == 3
    assert page.value("asterisk_dials_total") == page.value("asterisk_dial_results_total")
    assert (page.get("asterisk_dials_in_progress") or 0) == 0
    assert page.value("asterisk_calls_started_total") == page.value("asterisk_calls_ended_total") == 2


def _series(page: Page) -> Counter[str]:
    """By name; the buckets of a histogram are as many for each of its series."""
    return Counter(name for name, _ in page.samples if not name.endswith("_bucket"))
