"""The pages in a real browser: what its policy lets through, what it shows, what a keyboard does."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exporter.collectors import COLLECTORS
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from exporter.web import Server
from tests.collectors.queue_server import Queues, caller, member, queue
from tests.collectors.replay import Replay, up
from tests.web.source import Fake, status

from .browser import CHROMIUM, Browser
from .test_html import HOSTILE
from .test_wallboard import show

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not CHROMIUM, reason="chromium is of Debian's package chromium"),
]
ROWS = "[...document.querySelectorAll('#rows tr')].map((row) => row.id.replace('server-', ''))"
LIVE = "document.getElementById('live')?.textContent === 'Live'"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser that has not been anywhere."""
    async with Browser(tmp_path / "profile") as started:
        yield started
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)


@pytest.fixture
async def tried(source: Fake) -> Fake:
    """Three servers that were tried."""
    source.rows = [status("alpha", active_calls=1.0), status("beta", active_calls=9.0), status("gamma")]
    source.views = {row.name: View(up(Pbx(row.name, (COLLECTORS["ami"],), {}))) for row in source.rows}
    return source


async def tab_to(browser: Browser, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(60):
        if await browser.run(f"document.activeElement.matches({selector!r})"):
            return
        await browser.press("Tab")
    raise AssertionError(f"no Tab leads to {selector}")


async def test_the_status_page(server: Server, tried: Fake, browser: Browser) -> None:
    """Rows are renewed where they stand; the keyboard sorts and filters; what is down moves to the top."""
    await browser.open(f"http://{server.addresses[0]}/")
    await browser.until(LIVE)
    assert await browser.run(ROWS) == ["alpha", "beta", "gamma"]
    await tab_to(browser, "thead a[href='?sort=calls']")
    await browser.press("Enter", "\r")
    await browser.until(f"location.search === '?sort=calls' && {LIVE}")
    assert await browser.run(ROWS) == ["gamma", "beta", "alpha"]
    tried.rows[0] = status("alpha", active_calls=77.0)
    await browser.until(f"{ROWS}[0] === 'alpha'")
    assert await browser.run("document.querySelector('#server-alpha [data-label=Calls]').textContent") == "77"
    await tab_to(browser, "input[type=search]")
    await browser.write("a")
    await browser.press("Enter", "\r")
    await browser.until(f"location.search === '?sort=calls&q=a' && {LIVE}")
    await tab_to(browser, "#server-beta a")
    tried.rows[1] = status("beta", up=False, error="Connection refused", active_calls=None)
    await browser.until(f"{ROWS}[2] === 'beta'")
    assert await browser.run("document.activeElement.getAttribute('href')") == "servers/beta"
    await browser.until("document.title.startsWith('✕')")
    assert browser.complaints == []


async def test_without_javascript(server: Server, tried: Fake, browser: Browser) -> None:
    """The rows are there, a head sorts them, the field filters them, and the page says how old it is."""
    await browser.call("Emulation.setScriptExecutionDisabled", value=True)
    await browser.open(f"http://{server.addresses[0]}/")
    assert await browser.run(ROWS) == [row.name for row in tried.rows]
    assert "As of" in await browser.run("document.getElementById('live').textContent")
    await tab_to(browser, "thead a[href='?sort=calls']")
    await browser.press("Enter", "\r")
    await browser.until("location.search === '?sort=calls' && document.querySelector('#rows tr')")
    assert await browser.run(ROWS) == ["gamma", "beta", "alpha"]
    await tab_to(browser, "input[type=search]")
    await browser.write("beta")
    await browser.press("Enter", "\r")
    await browser.until("location.search === '?sort=calls&q=beta' && document.querySelector('#rows tr')")
    assert await browser.run(ROWS) == ["beta"]
    assert browser.complaints == []


async def test_a_thousand_servers(
    server: Server, source: Fake, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All with calls and queues are made within a second of this process' time; a busy machine has five."""
    source.rows = [status(f"pbx-{number:04}") for number in range(1000)]
    recorded = Replay(monkeypatch)
    recorded.play("22", "channels", "queues")
    source.views = {row.name: recorded.view for row in source.rows}
    started = time.process_time()
    await browser.open(f"http://{server.addresses[0]}/")
    assert time.process_time() - started < 5
    assert len(await browser.run(ROWS)) == 1000
    assert await browser.run("document.querySelector('#rows [data-label=Queued]').textContent") == "1"
    await browser.until(LIVE)
    assert browser.complaints == []


async def test_the_wallboard(
    server: Server, source: Fake, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hostile names stay texts; it changes as callers come; when the exporter ends it says so."""
    queues = Queues(monkeypatch)
    show(queues, callers=True, queue_groups=((HOSTILE, (".*",)),))
    source.rows, source.views = [status("hq+\xe4")], {"hq+\xe4": queues.view}
    queues.listed(queue(HOSTILE), queue(), member(HOSTILE, HOSTILE, Paused=1, PausedReason=HOSTILE))
    await browser.open(f"http://{server.addresses[0]}/")
    await tab_to(browser, "#rows a")
    await browser.press("Enter", "\r")
    await browser.until(f"document.getElementById('queues') && {LIVE}")
    assert HOSTILE in await browser.run("document.getElementById('queues').innerText")
    assert HOSTILE in await browser.run("document.getElementById('agents').innerText")
    assert await browser.run("document.querySelectorAll('main script, main img').length") == 0
    queues.listed(queue(HOSTILE), queue(), caller(wait=62, queue=HOSTILE))
    queues.tell("QueueCallerJoin", Uniqueid="2", CallerIDNum="4930123", CallerIDName=HOSTILE)
    await browser.until("document.querySelector('#queues tr.late')")
    assert HOSTILE in await browser.run("document.getElementById('waiting-callers').innerText")
    assert await browser.run("document.querySelectorAll('main script, main img').length") == 0
    assert "1:02" in await browser.run("document.getElementById('figures').innerText")
    assert browser.complaints == []
    await server.stop()
    await browser.until("document.body.classList.contains('stale')")
    assert "Not live" in await browser.run("document.getElementById('live').textContent")
