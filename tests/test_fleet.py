"""All servers of a configuration: what their pages hold, and how flags of the program change that."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
import urllib.request
from pathlib import Path

from exporter.app import Exporter
from exporter.config import Config, load
from tests.exporter_process import ExporterProcess, Page, free_port

TEXT = """
servers:
  hq: {host: 127.0.0.1, port: 1, username: u, secret: sesame, labels: {site: x}, collectors: [queues]}
  branch: {host: 127.0.0.1, port: 1, username: u, secret: sesame}
custom:
  orders:
    metrics: [{counter: orders_total, help: Orders., of: {event: UserEvent, where: {UserEvent: OrderPlaced}}}]
"""


def fleet(folder: Path) -> Exporter:
    """Nobody is called."""
    (folder / "config.yaml").write_text(TEXT)
    return Exporter(load(folder / "config.yaml"))


def sides(page: Page) -> tuple[set[str], bool]:
    """The servers that a page speaks of, and whether it speaks of the exporter too."""
    servers = {dict(labels)["server"] for _, labels in page.samples if "server" in dict(labels)}
    own = {name for name in page.names() if name.startswith(("asterisk_exporter_", "process_", "python_"))}
    assert page.names() - own == {name for name, labels in page.samples if "server" in dict(labels)}
    return servers, bool(own)


async def test_what_a_page_holds(tmp_path: Path) -> None:
    """All and the exporter; some servers without it; the exporter alone."""
    exporter = fleet(tmp_path)
    for servers, expected in (
        (None, ({"hq", "branch"}, True)),
        ({"hq"}, ({"hq"}, False)),
        ({"hq", "branch"}, ({"hq", "branch"}, False)),
        (set[str](), (set[str](), True)),
        ({"gone"}, (set[str](), False)),
    ):
        assert sides(Page((await exporter.page(False, servers)).decode())) == expected


async def test_collectors_of_a_page(tmp_path: Path) -> None:
    """Only theirs; whether the server is up is always said; one of no server's is empty."""
    exporter = fleet(tmp_path)
    assert {"ami", "agents", "orders", "channels"} <= exporter.collectors()

    async def names(collectors: set[str]) -> set[str]:
        return Page((await exporter.page(False, {"branch"}, collectors)).decode()).names()

    none = await names(set())
    assert "asterisk_up" in none
    assert all(not name.startswith(("asterisk_agent", "asterisk_orders")) for name in none)
    assert await names({"orders"}) - none == {"asterisk_orders_total"}
    agents = await names({"agents"}) - none
    assert "asterisk_agent_logins_total" in agents
    assert await names({"agents", "orders"}) - none == {*agents, "asterisk_orders_total"}


async def test_what_others_ask(tmp_path: Path) -> None:
    """Labels for discovery, the configuration without secrets, and that no other target is opened."""
    exporter = fleet(tmp_path)
    assert exporter.labels() == {"hq": {"site": "x"}, "branch": {}}
    assert "secret: <secret>" in exporter.written()
    assert "sesame" not in exporter.written()
    assert await exporter.open("hq", 1)
    assert not await exporter.open("192.0.2.1", 1)
    assert exporter.status("hq").name == exporter.view("hq").pbx.name == "hq"
    assert await exporter.reread() == ("there is no file to read",)


async def test_who_goes_away_stops_no_reload(tmp_path: Path) -> None:
    """What has begun ends; those who ask meanwhile share one more."""
    good = fleet(tmp_path).config
    begun, read = asyncio.Event(), threading.Event()
    loop, times = asyncio.get_running_loop(), 0

    def slowly() -> Config:
        nonlocal times
        times += 1
        loop.call_soon_threadsafe(begun.set)
        assert read.wait(20)
        return good

    exporter = Exporter(good, slowly)
    try:
        asker = asyncio.create_task(exporter.reread())
        await begun.wait()
        asker.cancel()
        others = [asyncio.create_task(exporter.reread()) for _ in range(5)]
        await asyncio.sleep(0)
        assert times == 1
        before = exporter.own.config_time
        read.set()
        assert await asyncio.gather(*others) == [()] * 5
        assert times == 2
        assert exporter.own.config_time > before
    finally:
        await exporter.stop()


def post(url: str) -> tuple[int, str]:
    """Status and text of a POST."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_reloading_by_http_and_by_itself(tmp_path: Path) -> None:
    """The answer tells the mistakes; a file that changes is read without being asked for."""
    server = f"host: 127.0.0.1, port: {free_port()}, username: u, secret: s"
    good = f"servers:\n  one: {{{server}}}\n"
    flags = ("--web.enable-lifecycle", "--config.watch", "--web.pages=off")
    with ExporterProcess(tmp_path, good, *flags) as exporter:
        exporter.config.write_text(good + "nonsense: 1\n")
        status, text = post(f"{exporter.url}/-/reload")
        assert status == 500
        assert f"{exporter.config}:3:1: nonsense: unknown key" in text
        assert exporter.scrape().value("asterisk_exporter_config_last_reload_successful") == 0
        exporter.config.write_text(good + f"  two: {{{server}}}\n")
        assert post(f"{exporter.url}/-/reload") == (200, "Configuration reloaded\n")
        assert exporter.scrape().get("asterisk_up", server="two") is not None
        exporter.config.write_text(good + f"  three: {{{server}}}\n")
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_up", server="three") is not None, 40)
        assert exporter.scrape().get("asterisk_up", server="two") is None
        assert exporter.get("/config") == 404
