"""A hundred reloads under scrapes: whatever is read, who scrapes sees no gap, and no session ends."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin

import aiohttp

from exporter import app
from exporter.config import load
from exporter.web import Settings
from tests.ami.scripted import until
from tests.exporter_process import free_port
from tests.long.line import samples
from tests.simulator.raw import SECRET, USER, simulated

RELOADS = 100
FIRST = "server_files: [servers/*.yaml]\n"
GOOD = (
    FIRST,
    FIRST + "limits: {series_per_metric: 500}\n",
    FIRST + "collectors: {queues: {interval: 5s}}\n",
    FIRST + "trunks: [{name: carrier, match: PJSIP/carrier-a}]\n",
    FIRST + "custom: {own: {metrics: [{counter: own_total, help: Own., of: {event: Hold}}]}}\n",
)
# Each with words of its reason.
BAD = (
    (FIRST + "nonsense: 1\n", "unknown key"),
    (FIRST + "collectors: {queues: {interval: soon}}\n", "expected a duration"),
    (FIRST + "servers: {hq: {host: 127.0.0.1}}\n", "hq"),  # a second time
    ("server_files: [nowhere.yaml]\n", "no such file"),
    ("", "the file is empty"),
)


class Reloaded:
    """A configuration in two files, and an exporter that is told to read them."""

    def __init__(self, folder: Path, port: int) -> None:
        self.main = folder / "config.yaml"
        self.main.write_text(FIRST)
        self.hq = folder / "servers/hq.yaml"
        self.branch = folder / "servers/branch.yaml"
        self.hq.parent.mkdir()
        server = f"host: 127.0.0.1, port: {port}, username: {USER}, secret: {SECRET}"
        self.text = f"servers: {{hq: {{{server}, collectors: [core, channels, queues]}}}}\n"
        self.hq.write_text(self.text)
        self.kinds: Counter[str] = Counter()

    async def once(self, rng: random.Random, web: aiohttp.ClientSession, url: str) -> None:
        """Change something, and have it read: once, or by several at once."""
        kind = rng.choice(("good", "good", "bad", "partial", "another"))
        main, hq, reason = rng.choice(GOOD), self.text, ""
        match kind:
            case "bad":
                main, reason = rng.choice(BAD)
            case "partial":  # somebody is still writing
                hq, reason = self.text[: rng.randrange(12, len(self.text) - 3)], "hq.yaml"
            case "another":
                server = f"{{host: 127.0.0.1, port: {free_port()}, username: u, secret: s}}"
                self.branch.write_text(f"servers: {{branch: {server}}}\n")
        self.main.write_text(main)
        self.hq.write_text(hq)
        for status, text in await asyncio.gather(*(posted(web, url) for _ in range(rng.choice((1, 1, 5))))):
            assert status == (500 if reason else 200), text
            assert reason in text
        self.branch.unlink(missing_ok=True)
        self.kinds[kind] += 1


async def posted(web: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    """How a reload went."""
    async with web.post(urljoin(url, "/-/reload")) as answer:
        return answer.status, await answer.text()


async def test_a_hundred_reloads_under_scrapes(tmp_path: Path) -> None:
    """Good, bad, half written, several at once: no scrape fails, the last good one holds."""
    pages: list[dict[str, float]] = []

    async def scrape(web: aiohttp.ClientSession, url: str) -> None:
        while True:
            async with web.get(urljoin(url, "/metrics")) as answer:
                assert answer.status == 200
                pages.append(samples(await answer.read()))
            await asyncio.sleep(0.05)

    async with simulated(calls_per_second=0.5) as (_, port), aiohttp.ClientSession() as web:
        reloaded = Reloaded(tmp_path, port)
        exporter = app.Exporter(load(reloaded.main), lambda: load(reloaded.main))
        urls: list[str] = []
        settings = Settings(lifecycle=True)
        tasks = [asyncio.create_task(exporter.run(["127.0.0.1:0"], urls.extend, settings))]
        try:
            hq = exporter.watched["hq"]
            await until(lambda: urls and hq.view.values("asterisk_active_channels"), 30)
            tasks.append(asyncio.create_task(scrape(web, urls[0])))
            rng = random.Random(1)
            for _ in range(RELOADS):
                await reloaded.once(rng, web, urls[0])
            assert not tasks[-1].done(), repr(tasks[-1])
            reloaded.main.write_text(FIRST)
            reloaded.hq.write_text(reloaded.text)
            assert await posted(web, urls[0]) == (200, "Configuration reloaded\n")
        finally:
            for task in reversed(tasks):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
    assert min(reloaded.kinds.values()) > 10
    assert {page["asterisk_exporter_config_last_reload_successful"] for page in pages} == {0.0, 1.0}
    for name in ("asterisk_up", "asterisk_ami_connections_total"):
        assert {page[f'{name}{{server="hq"}}'] for page in pages} == {1.0}
    assert all('asterisk_active_channels{server="hq"}' in page for page in pages)
    assert len({page['asterisk_ami_session_start_timestamp_seconds{server="hq"}'] for page in pages}) == 1
    received = [page['asterisk_ami_received_bytes_total{server="hq"}'] for page in pages]
    assert received == sorted(received)
    assert len(pages) > 20
