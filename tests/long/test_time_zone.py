"""A PBX in another zone, whose clocks are put forward by an hour in the middle of a call."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls, Load
from tests.proof.configs import config
from tests.proof.listener import Listener

pytestmark = [pytest.mark.lab, pytest.mark.long]

EAST = 19_800  # s ahead of UTC, and an hour more later
HOUR = 3600
SOON = 45.0  # s from the start of Asterisk to the change
NEAR = 10.0  # s: far less than an hour, on any machine


def zone(change: float) -> bytes:
    """A file of zoneinfo (RFC 8536, version 1): half past five ahead, then an hour more."""
    names = b"ONE\0TWO\0"
    kinds = struct.pack(">lbb", EAST, 0, 0) + struct.pack(">lbb", EAST + HOUR, 1, 4)
    head = b"TZif" + bytes(16) + struct.pack(">6l", 0, 0, 0, 2, 2, len(names))
    # The first is no change: with one alone Asterisk 16 does not boot.
    return head + struct.pack(">2l2b", 10**9, int(change), 0, 1) + kinds + names


@pytest.fixture
def change(asterisk22: Asterisk) -> Iterator[float]:
    """When the clocks change (Unix time); Asterisk reads its zone when it starts."""
    asterisk22.stop()
    file = asterisk22.root / "etc/localtime"
    kept = file.rename(file.with_name("localtime.kept"))
    try:
        change = time.time() + SOON
        file.write_bytes(zone(change))
        asterisk22.start()
        yield change
    finally:
        asterisk22.stop()
        kept.replace(file)


def test_clocks_put_forward_make_no_hour(asterisk22: Asterisk, change: float, tmp_path: Path) -> None:
    """The local times of its record lie an hour apart; ages, waits, durations and its start are true."""
    started = time.time()
    text = config(asterisk22, collectors="[core, channels, calls, queues, cdr]")
    with ExporterProcess(tmp_path, text) as exporter, Listener(asterisk22) as listener:
        exporter.wait_up()
        before = exporter.scrape()
        time.sleep(max(0.0, change - 12 - time.time()))  # the caller waits for half a minute
        with Calls(asterisk22, 2, (Load("202", 30, 60),)):
            exporter.wait_until(lambda: (exporter.scrape().get("asterisk_queue_callers") or 0) > 0, 15)
            joined = float(listener.heard().of("QueueCallerJoin")[0]["Timestamp"])
            exporter.wait_until(lambda: time.time() > change + 1, 2 * SOON)
            during, now = exporter.scrape(), time.time()
        (cdr,) = listener.wait(lambda heard: heard.count("Cdr") == 1, 15).of("Cdr")
        exporter.wait_until(lambda: exporter.scrape().value("asterisk_cdrs_total") == 1, 15)
        after = exporter.scrape()
    local = [datetime.fromisoformat(cdr[header]) for header in ("StartTime", "EndTime")]
    assert (local[1] - local[0]).total_seconds() > HOUR
    assert joined < change
    for name in ("asterisk_queue_longest_wait_seconds", "asterisk_channel_longest_seconds"):
        assert during.value(name) == pytest.approx(now - joined, abs=NEAR)
    for name in ("channel", "call", "cdr"):
        assert after.value(f"asterisk_{name}_duration_seconds_sum") < change - joined + HOUR / 2
    assert after.value("asterisk_cdr_duration_seconds_sum") == float(cdr["Duration"])
    for page in (before, during, after):
        assert page.value("asterisk_start_timestamp_seconds") == pytest.approx(started, abs=NEAR)
        assert abs(page.value("asterisk_ami_clock_offset_seconds")) < NEAR
    assert after.value("asterisk_ami_connections_total") == 1
