"""Channels and calls equal what Asterisk says, with calls running."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls, Load
from tests.proof.configs import config
from tests.proof.run import FAST, MOMENTS, SECONDS, Run
from tests.proof.truth import channels, settled, still

COLLECTORS = "[ami, core, channels]"  # a short page is read faster: there are more moments to look at


@pytest.mark.lab
def test_active_channels_are_true_under_calls(run: Run) -> None:
    """By live events alone, and with a list each second, the count is Asterisk's own at every moment."""
    check = run.checks["channels"]
    assert check.moments >= MOMENTS
    assert check.most >= 3, "there were hardly any calls"
    assert check.wrong == []
    lists = [
        page.value("asterisk_ami_action_duration_seconds_count", action="CoreShowChannels")
        for page in run.pages["end"]
    ]
    assert lists[0] <= SECONDS / 10
    assert lists[1] >= 0.5 * SECONDS / FAST
    for page in run.pages["end"]:
        _believed_everything(page)
        assert page.value("asterisk_active_channels_peak", window="15m") >= check.most


@pytest.mark.lab
def test_listed_channels_are_true_when_no_far_end_answers_a_bye(asterisk: Asterisk, tmp_path: Path) -> None:
    """However long Asterisk keeps a channel in its list, the listed ones are told as it lists them."""
    with (
        ExporterProcess(tmp_path, config(asterisk, collectors=COLLECTORS)) as exporter,
        Calls(asterisk, 15, answer_bye=False),
    ):
        exporter.wait_up()
        started, moments, wrong = time.monotonic(), 0, []
        for truth, (page,) in settled(asterisk, lambda: (exporter.scrape(),)):
            expected = len(truth.ids) - truth.internal
            listed = page.get("asterisk_channels") or 0  # absent until a channel was seen
            if listed != expected:
                wrong.append((listed, expected, truth.names))
            moments += 1
            if time.monotonic() - started > 15:
                break
        _believed_everything(exporter.scrape())
    assert moments >= MOMENTS
    assert wrong == []


@pytest.mark.lab
def test_a_channel_that_is_ending_is_not_active(asterisk: Asterisk, tmp_path: Path) -> None:
    """Hung up and busy with its last words for 3 s: still listed, told as ending, in no call any more."""
    with (
        ExporterProcess(tmp_path, config(asterisk, collectors=COLLECTORS)) as exporter,
        Calls(asterisk, 10, (Load("120", 30, 20),)),
    ):
        exporter.wait_up()
        seen = 0
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline:
            page = exporter.scrape()
            ending, active = (
                page.value(f"asterisk_{name}") for name in ("channels_ending", "active_channels")
            )
            assert ending + active == (page.get("asterisk_channels") or 0)
            seen += ending > 0
        exporter.wait_until(lambda: exporter.scrape().value("asterisk_channels_ending") == 0, 20)
        _believed_everything(exporter.scrape())
    assert seen > 0


@pytest.mark.lab
def test_core_channels_are_asterisks_own_count(asterisk: Asterisk, tmp_path: Path) -> None:
    """At a moment that lasts longer than its interval of 5 s, internal channels of a conference included."""
    with ExporterProcess(tmp_path, config(asterisk, collectors=COLLECTORS)) as exporter:
        exporter.wait_up()
        for extension in ("101", "101", "300"):
            asterisk.cli(f"channel originate Local/{extension}@lab application Wait 600")
        try:
            before = still(asterisk, 7)
            page, after = exporter.scrape(), channels(asterisk)
        finally:
            asterisk.cli("channel request hangup all")
    assert (before.ids, before.count) == (after.ids, after.count)
    assert before.count >= 6
    assert page.value("asterisk_core_channels") == before.count
    assert page.value("asterisk_active_channels") == before.count - before.internal


def _believed_everything(page: Page) -> None:
    """No list corrected a live table, no packet was dropped, no session was lost."""
    assert page.value("asterisk_table_corrections_total") == 0
    assert page.value("asterisk_ami_anomalies_total") == 0
    assert page.value("asterisk_ami_event_gaps_total") == 0
    assert page.value("asterisk_collector_success", collector="channels") == 1
