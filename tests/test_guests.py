"""Hosts that nobody listed: watched from the first probe on, and no longer than somebody probes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exporter import guests
from exporter.app import Exporter
from exporter.config import load
from exporter.simulator.simulator import Simulator
from exporter.web import Crowded
from tests.exporter_process import Page


async def exporter_of(folder: Path, port: int, more: str = "") -> Exporter:
    """One whose configuration names networks alone."""
    file = folder / "config.yaml"
    file.write_text(
        f"defaults: {{port: {port}, username: exporter, secret: exporter}}\n"
        f"servers: {{lab: {{match: [127.0.0.0/8]}}}}\n{more}"
    )
    return Exporter(load(file))


async def test_a_probe_opens_a_session_and_silence_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page says that it is up; it is on no list; other hosts are refused without a try."""
    simulator = Simulator(calls_per_second=0.0)
    exporter = await exporter_of(tmp_path, await simulator.start())
    try:
        assert not await exporter.open("192.0.2.1", 20)
        assert not await exporter.open("127.0.0.1:22", 20)
        assert await exporter.open("127.0.0.1", 20)
        page = Page((await exporter.page(False, {"127.0.0.1"})).decode())
        assert page.value("asterisk_up", server="127.0.0.1") == 1
        assert Page((await exporter.page(False, None)).decode()).get("asterisk_up") is None
        assert exporter.names() == exporter.labels().keys() == set()
        assert "channels" in exporter.collectors()
        assert not exporter.waiting()
        assert not exporter.servers()
        for idle in (1.0, 300.0):  # the second probe is soon enough
            monkeypatch.setattr(guests, "IDLE", idle)
            assert await exporter.open("127.0.0.1", 0)
        await asyncio.sleep(1.2)
        assert len(simulator.sessions) == 1
        monkeypatch.setattr(guests, "IDLE", 0.1)
        assert await exporter.open("127.0.0.1", 0)
        async with asyncio.timeout(20):
            while simulator.sessions:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert exporter.guests.watched == {}
        monkeypatch.setattr(guests, "IDLE", 300.0)
        assert await exporter.open("127.0.0.1", 20)
        await exporter.reload(exporter.config)
        assert exporter.guests.watched == {}
    finally:
        await exporter.stop()
        await simulator.stop()


async def test_a_host_that_is_down(tmp_path: Path) -> None:
    """It is tried once while the probe waits, and then said to be down."""
    exporter = await exporter_of(tmp_path, 1)
    try:
        async with asyncio.timeout(10):
            assert await exporter.open("127.0.0.1", 60)
        page = Page((await exporter.page(False, {"127.0.0.1"})).decode())
        assert page.value("asterisk_up", server="127.0.0.1") == 0
    finally:
        await exporter.stop()


async def test_their_number_is_bounded(tmp_path: Path) -> None:
    """Those that are watched stay; one more is refused."""
    exporter = await exporter_of(tmp_path, 1, "limits: {matched_hosts: 2}\n")
    try:
        for host in ("127.0.0.1", "127.0.0.2", "127.0.0.1"):
            assert await exporter.open(host, 0)
        with pytest.raises(Crowded, match=r"2 hosts are watched already: limits\.matched_hosts"):
            await exporter.open("127.0.0.3", 0)
        assert list(exporter.guests.watched) == ["127.0.0.1", "127.0.0.2"]
    finally:
        await exporter.stop()
