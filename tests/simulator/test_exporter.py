"""The exporter on a simulator: its tables need no correction, its sums add up, and the demo shows queues."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from exporter.simulator import Simulator
from exporter.simulator.queues import QUEUES
from tests.exporter_process import ExporterProcess, Page

from .raw import SECRET, USER, simulated

SECONDS = 12.0
SPEED = 20.0


async def test_events_and_lists_of_some_minutes_agree(tmp_path: Path) -> None:
    """Lists each second over four simulated minutes: nothing missing, no ghosts, nothing changed unseen."""
    async with simulated(speed=SPEED, seed=3, calls_per_second=1.0, max_channels=400) as (simulator, port):
        await asyncio.to_thread(watch, simulator, port, tmp_path)


def watch(simulator: Simulator, port: int, folder: Path) -> None:
    """Run an exporter on it for a while and look at its page."""
    often = ", ".join(f"{name}: {{interval: 1}}" for name in ("bridges", "channels", "calls", "queues"))
    server = f"{{host: 127.0.0.1, port: {port}, username: {USER}, secret: {SECRET}}}"
    with ExporterProcess(folder, f"servers:\n  lab: {server}\ncollectors: {{{often}}}\n") as exporter:
        exporter.wait_up()
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_queue_callers") is not None, 10)
        before = balance(exporter.scrape())
        time.sleep(SECONDS)
        page = exporter.scrape()
        assert page.value("asterisk_table_corrections_total") == 0
        for table in ("bridges", "channels", "queue_callers", "queue_members"):
            assert page.value("asterisk_table_corrections_total", table=table) == 0
        for name in ("bridges", "calls", "queues"):
            assert page.value("asterisk_collector_success", collector=name) == 1
        assert page.value("asterisk_queue_joins_total") > 10
        assert page.value("asterisk_cdrs_total", application="Queue") > 0
        # An answer is told a moment after the leaving: the page may have been made in between.
        exporter.wait_until(lambda: balance(exporter.scrape()) == before, 25)
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_bridges") == simulator.bridges, 25)


def balance(page: Page) -> float:
    """Who joined, less who waits or has waited; those that waited at the start remain."""
    ended = page.value("asterisk_queue_wait_seconds_count")
    return page.value("asterisk_queue_joins_total") - ended - page.value("asterisk_queue_callers")


@pytest.mark.parametrize("queue", QUEUES)
def test_each_queue_of_the_demo_is_there(demo_page: Page, queue: str) -> None:
    """With its members and what Asterisk has counted; nobody has to wait for that."""
    members = demo_page.value("asterisk_queue_members", queue=queue)
    assert members == len(QUEUES[queue].agents)
    assert demo_page.value("asterisk_queue_calls_completed_total", queue=queue) >= 0
    assert demo_page.get("asterisk_queue_callers", queue=queue) is not None


def test_bridges_and_queues_of_the_demo_do_not_fail(demo_page: Page) -> None:
    """What the collectors of calls, bridges and queues ask is offered and answered."""
    for name in ("core", "channels", "bridges", "calls", "queues"):
        assert demo_page.value("asterisk_collector_supported", collector=name) == 1
        assert demo_page.value("asterisk_collector_success", collector=name) == 1
    assert demo_page.value("asterisk_queue_calls_completed_total") > 0
    assert demo_page.value("asterisk_bridges") > 0


@pytest.fixture(scope="module")
def demo_page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A page of an exporter on a simulator as the demo runs it, but for the seed."""
    return asyncio.run(_demo_page(tmp_path_factory.mktemp("demo")))


async def _demo_page(folder: Path) -> Page:
    simulator = Simulator(seed=1)
    port = await simulator.start()
    try:
        return await asyncio.to_thread(_page, port, folder)
    finally:
        await simulator.stop()


def _page(port: int, folder: Path) -> Page:
    server = f"{{host: 127.0.0.1, port: {port}, username: {USER}, secret: {SECRET}}}"
    with ExporterProcess(folder, f"servers:\n  lab: {server}\n") as exporter:
        exporter.wait_up()
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_queue_callers") is not None, 10)
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_bridges") is not None, 10)
        return exporter.scrape()
