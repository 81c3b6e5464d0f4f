"""The pages in a real browser, while a real Asterisk has calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.ami import Action, Client, Credentials, Endpoint
from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.proof.configs import config
from tests.proof.run import quiet
from tests.web.pages.browser import CHROMIUM, Browser

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not CHROMIUM, reason="chromium is of Debian's package chromium"),
]

SOON = 5.0  # s: the target is 1 s, a busy machine has five times as long
LIVE = "document.getElementById('live')?.textContent === 'Live'"
CALLS = "document.querySelector('#server-lab [data-label=Calls]').textContent"
WAITING = "document.getElementById('waiting-callers').innerText"
QUEUES = "document.getElementById('queues').innerText"
HOSTILE = "<b>lunch</b>"
CALLER = f'"{HOSTILE}" <4930123>'
PAUSE = f'queue pause member Local/1@agents queue support reason "{HOSTILE}"'


async def call(asterisk: Asterisk, extension: str, caller: str) -> None:
    """Let somebody call."""
    client = await Client.connect(
        Endpoint("127.0.0.1", asterisk.ami_port), Credentials("admin", "admin-secret")
    )
    headers = {"Channel": f"Local/{extension}@lab", "Application": "Wait", "Data": "20", "Async": "true"}
    try:
        await client.send(Action("Originate", [*headers.items(), ("CallerID", caller)]))
    finally:
        await client.close()


async def test_pages_follow_calls(asterisk: Asterisk, tmp_path: Path) -> None:
    """A call, who waits in a queue and a pause are seen within a second; so is that Asterisk has ended."""
    quiet(asterisk, 1)
    text = config(asterisk, collectors="[ami, core, channels, calls, queues]", show_callers="true")
    with ExporterProcess(tmp_path / "exporter", text) as exporter:
        exporter.wait_up()
        async with Browser(tmp_path / "profile") as browser:
            await browser.open(f"{exporter.url}/")
            await browser.until(f"{LIVE} && {CALLS} === '0'")
            asterisk.cli("channel originate Local/102@lab application Wait 20")
            assert await browser.until(f"{CALLS} === '1'", SOON) < SOON
            asterisk.cli("channel request hangup all")
            await browser.until(f"{CALLS} === '0'", SOON)
            await browser.open(f"{exporter.url}/servers/lab")
            await browser.until(f"{LIVE} && {QUEUES}.includes('support')")
            await call(asterisk, "202", CALLER)
            await browser.until("document.querySelector('#queues tr.busy')", SOON)
            await browser.until(f"{WAITING}.includes({HOSTILE!r}) && {WAITING}.includes('4930123')", SOON)
            try:
                asterisk.cli(PAUSE)
                await browser.until(
                    f"document.getElementById('agents').innerText.includes({HOSTILE!r})", SOON
                )
            finally:
                asterisk.cli("queue unpause member Local/1@agents queue support")
            await browser.until(f"!document.getElementById('agents').innerText.includes({HOSTILE!r})", SOON)
            asterisk.cli("channel request hangup all")
            await browser.until("!document.querySelector('#queues tr.busy')", SOON)
            asterisk.stop()
            try:
                await browser.until(f"{QUEUES}.includes('Not known now.')", 3 * SOON)
                state = await browser.run("document.getElementById('state').innerText")
                assert state.startswith("✕")
            finally:
                asterisk.start()
            await browser.until("document.getElementById('state').innerText.startsWith('✓')", 60)
            await browser.until(f"{QUEUES}.includes('support')", 60)
            assert browser.complaints == []
