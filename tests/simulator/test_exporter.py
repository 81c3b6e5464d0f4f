"""The exporter on a simulator: every collector succeeds, no table needs correction, sums add up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from exporter.collectors import COLLECTORS
from exporter.simulator import VERSIONS, Size
from exporter.simulator.simulator import Simulator
from tests.exporter_process import ExporterProcess, Page

from .raw import SECRET, USER, simulated

SPEED = 20.0
KEPT = (
    *("Agents", "BridgeList", "CoreShowChannels", "DeviceStateList", "ParkedCalls", "PJSIPShowEndpoints"),
    *("PJSIPShowRegistrationsOutbound", "QueueStatus"),
)
LISTS = 8.0  # of each table, before all is compared
ABSENT = {"16": {"dahdi"}, "22": {"dahdi", "sip"}}  # what that Asterisk does not have


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_collector_is_answered_and_tables_are_as_lists_say(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists each second over some simulated minutes: nothing fails, nothing was missed or changed unseen."""
    options = {"version": version, "speed": SPEED, "seed": 3, "size": Size(channels=100)}
    async with simulated(calls_per_second=0.6, **options) as (pbx, port):
        await asyncio.to_thread(watch, pbx, port, tmp_path, ABSENT[version], monkeypatch)


def watch(pbx: Simulator, port: int, folder: Path, absent: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run an exporter on it for a while and look at its page."""
    polled = ", ".join(f"{name}: {{interval: 1s}}" for name, one in COLLECTORS.items() if one.polls)
    server = f"host: 127.0.0.1, port: {port}, username: {USER}, secret: {SECRET}"
    config = (
        f"servers: {{lab: {{{server}, collectors: [{', '.join(COLLECTORS)}]}}}}\ncollectors: {{{polled}}}\n"
        "trunks: [{name: a, match: PJSIP/carrier-a}, {name: b, match: PJSIP/carrier-b}]\n"
    )
    with ExporterProcess(folder, config) as exporter:
        exporter.wait_up()
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_queue_callers") is not None, 30)
        before = balance(exporter.scrape())
        exporter.wait_until(lambda: lists(exporter.scrape()) >= LISTS, 60)
        page = exporter.scrape()
        assert "asterisk_refused_series_total" not in page.names()
        assert page.value("asterisk_table_corrections_total") == 0
        assert page.value("asterisk_ami_anomalies_total") == 0
        for name in COLLECTORS:
            there = float(name not in absent)
            assert page.value("asterisk_collector_supported", collector=name) == there, name
            assert page.get("asterisk_collector_success", collector=name) in (1.0, None), name
        assert page.value("asterisk_queue_joins_total") > 3
        assert page.value("asterisk_cdrs_total", application="Queue") > 0
        assert page.value("asterisk_security_events_total", severity="error") > 0
        assert page.value("asterisk_trunk_calls_total") > 10
        moment = pbx.now()
        monkeypatch.setattr(pbx, "now", lambda: moment)  # nothing more happens
        had = {name: count for name, count in counts(pbx).items() if count}
        exporter.wait_until(lambda: told(exporter.scrape(), had) == had, 30)
        page = exporter.scrape()
        assert balance(page) == before
        assert page.value("asterisk_table_corrections_total") == 0


def counts(pbx: Simulator) -> dict[str, int]:
    """What the PBX has now, by the metrics that should tell it."""
    switch = pbx.switch
    return {
        "asterisk_active_channels": len(switch.channels),
        "asterisk_bridges": len(switch.bridges),
        "asterisk_conference_users": sum(len(room.users) for room in switch.conferences.rooms.values()),
        "asterisk_device_states": len(switch.devices.states),
        "asterisk_parked_calls": len(switch.parking.calls),
        "asterisk_pjsip_endpoints": len(switch.company.endpoints),
        "asterisk_queue_callers": sum(len(queue.callers) for queue in switch.queues.queues.values()),
        "asterisk_voicemail_messages": sum(box.new + box.old for box in switch.desk.mailboxes.values()),
    }


def told(page: Page, names: Iterable[str]) -> dict[str, float | None]:
    """What the page says of these."""
    return {name: page.get(name) for name in names}


def lists(page: Page) -> float:
    """How often each of the lists came that events keep fresh."""
    return min(page.get("asterisk_ami_action_duration_seconds_count", action=name) or 0.0 for name in KEPT)


def balance(page: Page) -> float:
    """Who joined, less who waits or has waited; those that waited at the start remain."""
    ended = page.value("asterisk_queue_wait_seconds_count")
    return page.value("asterisk_queue_joins_total") - ended - page.value("asterisk_queue_callers")
