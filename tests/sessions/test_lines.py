"""Faults between the exporter and a real Asterisk, made by the proxy of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.lab.proxy import FaultProxy
from tests.proof.configs import config

pytestmark = pytest.mark.lab

HALF_OPEN = 30.0  # seconds within which a line that only looks alive is found


def up(exporter: ExporterProcess) -> float:
    """Whether the exporter says that Asterisk is up."""
    return exporter.scrape().value("asterisk_up")


async def _until_down(exporter: ExporterProcess, seconds: float) -> float:
    return await asyncio.to_thread(exporter.wait_until, lambda: up(exporter) == 0, seconds)


@pytest.mark.parametrize("fault", [FaultProxy.cut, FaultProxy.reset], ids=["cut", "reset"])
async def test_a_closed_line_is_noticed_at_once(
    asterisk: Asterisk, tmp_path: Path, fault: Callable[[FaultProxy], None]
) -> None:
    """It is down in a moment, and up again soon after by itself."""
    async with FaultProxy(asterisk.ami_port) as proxy:
        with ExporterProcess(tmp_path, config(asterisk, port=str(proxy.port))) as exporter:
            await asyncio.to_thread(exporter.wait_up)
            proxy.refuse()
            fault(proxy)
            assert await _until_down(exporter, 20) < 2.0 * 5
            page = await asyncio.to_thread(exporter.scrape)
            assert page.get("asterisk_active_channels") is None
            await proxy.accept()
            await asyncio.to_thread(exporter.wait_up)
            page = await asyncio.to_thread(exporter.scrape)
            assert page.value("asterisk_ami_event_gaps_total") == 1
            assert page.value("asterisk_ami_connection_failures_total", reason="closed") == 1


# Half a minute each: one on either version, which know nothing of the line between.
@pytest.mark.parametrize(
    ("asterisk", "fault"),
    [("16", FaultProxy.stall), ("22", FaultProxy.half_open)],
    ids=["16-stall", "22-half_open"],
    indirect=["asterisk"],
)
async def test_a_line_that_only_looks_alive_is_found(
    asterisk: Asterisk, tmp_path: Path, fault: Callable[[FaultProxy], None]
) -> None:
    """No answer to a question or a Ping: down within half a minute, and then a new session."""
    async with FaultProxy(asterisk.ami_port) as proxy:
        with ExporterProcess(tmp_path, config(asterisk, port=str(proxy.port))) as exporter:
            await asyncio.to_thread(exporter.wait_up)
            fault(proxy)
            assert await _until_down(exporter, 5 * HALF_OPEN) < 2 * HALF_OPEN
            proxy.resume()
            await asyncio.to_thread(exporter.wait_up)
            page = await asyncio.to_thread(exporter.scrape)
            assert page.value("asterisk_ami_connections_total") == 2
            assert page.value("asterisk_ami_connection_failures_total", reason="timeout") == 1


async def test_one_byte_at_a_time(asterisk22: Asterisk, tmp_path: Path) -> None:
    """However the stream is cut, it is read the same."""
    async with FaultProxy(asterisk22.ami_port) as proxy:
        proxy.byte_by_byte()
        with ExporterProcess(tmp_path, config(asterisk22, port=str(proxy.port))) as exporter:
            await asyncio.to_thread(exporter.wait_up, "lab", 60)
            page = await asyncio.to_thread(exporter.scrape)
            assert page.value("asterisk_ami_anomalies_total") == 0
            assert page.value("asterisk_collector_success", collector="channels") == 1
