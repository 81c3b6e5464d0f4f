"""Call detail records: each counts once, by what became of it."""

from __future__ import annotations

import pytest

from exporter.collectors.cdr import COLLECTOR
from tests.collectors.told import Server


def record(server: Server, disposition: str, application: str = "Dial", **more: str) -> None:
    """A record was written."""
    server.tell("Cdr", Disposition=disposition, LastApplication=application, **more)


async def test_nothing_was_written_yet() -> None:
    """Seconds and durations begin at 0 for each disposition."""
    server = Server(COLLECTOR)
    assert set(server.values("cdr_billable_seconds_total")) == {
        (word,) for word in ("answered", "no_answer", "busy", "failed", "congestion", "other")
    }
    assert server.spread("cdr_duration_seconds", "busy") == (0, 0.0)
    assert server.values("cdrs_total") == {}


async def test_records_by_disposition_and_application() -> None:
    """Their number, their billable seconds, their lengths."""
    server = Server(COLLECTOR)
    record(server, "ANSWERED", "Queue", Duration="9", BillableSeconds="6")
    record(server, "ANSWERED", "Queue", Duration="2", BillableSeconds="2")
    record(server, "NO ANSWER", "", Duration="4", BillableSeconds="0")
    record(server, "STRANGE", "Dial", Duration="1", BillableSeconds="0")
    assert server.values("cdrs_total") == {
        ("answered", "Queue"): 2,
        ("no_answer", "none"): 1,
        ("other", "Dial"): 1,
    }
    assert server.value("cdr_billable_seconds_total", "answered") == 8
    assert server.spread("cdr_duration_seconds", "answered") == (2, 11.0)
    assert server.spread("cdr_duration_seconds", "no_answer") == (1, 4.0)


async def test_applications_are_bounded() -> None:
    """The first 50 are told apart."""
    server = Server(COLLECTOR)
    for number in range(70):
        record(server, "ANSWERED", f"App{number}", Duration="1", BillableSeconds="1")
    assert len(server.values("cdrs_total")) == 51
    assert server.value("cdrs_total", "answered", "other") == 20


async def test_what_is_no_number_is_counted_as_that() -> None:
    """A record that a caller has damaged leaves no trace in the sums."""
    server = Server(COLLECTOR)
    record(server, "ANSWERED", Duration="1e999x", BillableSeconds="-5")
    assert server.value("cdrs_total", "answered", "Dial") == 1
    assert server.value("cdr_billable_seconds_total", "answered") == 0
    assert server.spread("cdr_duration_seconds", "answered") == (0, 0.0)
    assert {row["metric"] for row in server.pbx.facts("unreadable")} == {
        "asterisk_cdr_billable_seconds_total",
        "asterisk_cdr_duration_seconds",
    }


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_records(version: str) -> None:
    """Of real text: every record is of a known disposition and names its application."""
    server = Server(COLLECTOR)
    server.play(version, "cdrs")
    counts = server.values("cdrs_total")
    assert sum(float(str(value)) for value in counts.values()) == {"16": 11, "22": 12}[version]
    assert {labels[0] for labels in counts} == {"answered", "no_answer", "busy", "congestion"}
    assert not any("none" in labels for labels in counts)
