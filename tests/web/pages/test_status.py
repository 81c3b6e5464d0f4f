"""The status page, read as a browser reads it."""

from __future__ import annotations

import gzip
import json
import math

from exporter.collectors import COLLECTORS
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from exporter.web.pages import fleet
from exporter.web.pages.line import line
from exporter.web.pages.order import Order
from exporter.web.pages.row import Row
from tests.collectors.replay import up
from tests.web.asking import Get
from tests.web.source import NOW, Fake, status

from .reading import Reader, row
from .test_html import HOSTILE

DASH = "\N{EN DASH}"


def read(*rows: Row, problems: tuple[str, ...] = ()) -> Reader:
    """The page of these rows."""
    order = Order()
    lines = [line(each, NOW) for each in order.ordered(rows)]
    return Reader(fleet.page(rows, lines, order, 1, problems))


def test_a_server_that_is_well() -> None:
    """The row says everything that is known, in words and with a sign."""
    shown = read(row(since=NOW - 90))
    name, state, *numbers = shown.rows[1]
    assert name == "hqhq.example.com:5038"
    assert state.startswith("✓ connectedfor 1 min, since 2023-11-1")
    assert numbers == ["12", "24", "2", "1:02", "3", "1.2 ms", "3.2", "22.10.0"]
    assert shown.texts["summary"] == "All is well"
    assert shown.texts["title"] == "✓ Asterisk exporter"


def test_what_is_wrong_and_what_to_do() -> None:
    """The last error, the advice, each collector that fails and why, and notes, each once."""
    shown = read(
        row("dead", "down", up=False, state="down", error="Connection refused", advice="See that it runs."),
        row(
            "sick",
            "failing",
            failures=tuple((name, f"{name} says no") for name in ("a", "b", "c", "d", "e")),
            notes=("a says no", "members: 612 rows"),
        ),
    )
    assert shown.rows[1][1].endswith("Connection refusedSee that it runs.")
    assert shown.rows[2][1].endswith(
        "a: a says nob: b says noc: c says noand 2 collectors moremembers: 612 rows"
    )
    assert shown.texts["summary"] == "2 of 2 need a look"
    assert shown.texts["title"] == "✕ Asterisk exporter"
    assert (shown.texts["count-down"], shown.texts["count-up"], shown.texts["sum-calls"]) == ("1", "0", "24")


def test_what_is_not_known_is_not_made_up() -> None:
    """A server of which nothing is known has dashes, no zeros."""
    unknown: dict[str, object] = dict.fromkeys(
        ("active_calls", "active_channels", "queue_callers", "longest_wait", "agents_available", "round_trip")
    )
    shown = read(
        row("x", "down", up=False, state="", version="", since=math.nan, events_per_second=None, **unknown)
    )
    assert shown.rows[1][1:] == ["✕ down", *DASH * 8]
    assert shown.texts["sum-calls"] == DASH


def test_without_servers_and_while_starting() -> None:
    """Nobody needs a look while nobody is there, or was tried."""
    assert read().texts["summary"] == "No servers are configured"
    assert read(row("x", "waiting", up=False)).texts["summary"] == "Starting"


def test_a_bad_configuration_is_said() -> None:
    """A reload that failed stands on top, with each reason."""
    shown = read(row(), problems=("config.yaml:3:1: <b>no", "config.yaml:4:1: neither"))
    assert "not in force" in shown.texts["problems"]
    assert "config.yaml:3:1: <b>no" in shown.texts["problems"]
    assert ("div", "role", "alert") in shown.attributes


def test_hostile_texts_stay_texts() -> None:
    """Whatever a name, state, address, version or error holds is shown as text, and only there."""
    plain = read(row(error="x", failures=(("a", "b"),), advice="c"))
    hostile: dict[str, object] = dict.fromkeys(("address", "state", "version", "error", "advice"), HOSTILE)
    shown = read(row(HOSTILE, "up", failures=((HOSTILE, HOSTILE),), **hostile))
    assert shown.tags == plain.tags
    assert shown.rows[1][0] == HOSTILE * 2
    assert shown.rows[1][-1] == HOSTILE


def test_half_characters_are_shown_as_codes() -> None:
    """A text that UTF-8 cannot write does not break the page."""
    assert read(row(version="a\ud800b")).rows[1][-1] == "a\\ud800b"


def test_nothing_comes_from_outside() -> None:
    """Links are relative, no script and no style stands in the page; without scripts it renews itself."""
    shown = read(row())
    links = [value for _, name, value in shown.attributes if name in ("href", "src", "action")]
    assert all(not link.startswith("/") and ":" not in link for link in links)
    assert {"metrics", "sd", "config", "api/v1/servers", "reference", "servers/hq"} <= set(links)
    assert not any(name.startswith("on") or name == "style" for _, name, _ in shown.attributes)
    assert "style" not in shown.tags
    assert not shown.texts.get("script")
    assert ("meta", "http-equiv", "refresh") in shown.attributes


async def test_a_large_fleet(get: Get, source: Fake) -> None:
    """A thousand servers are less than 100 kB to send; filter and order are in the address."""
    source.rows = [
        status(f"pbx-{number:04}", error=f"10.0.{number // 256}.{number % 256} port 5038: refused", up=False)
        for number in range(1000)
    ]
    response, body = await get("/?q=pbx-00&sort=-name", Accept_Encoding="gzip")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert len(Reader(gzip.decompress(body)).rows) == 1 + 100
    _, body = await get("/", Accept_Encoding="gzip")
    assert len(body) < 100_000
    assert len(Reader(gzip.decompress(body)).rows) == 1 + 1000


async def test_servers_for_machines(get: Get, source: Fake) -> None:
    """The JSON says what the page says; what is no number is null."""
    source.views["hq"] = View(up(Pbx("hq", tuple(COLLECTORS.values()), {})))
    source.rows = [status("hq", up=False, round_trip=math.nan), status("branch")]
    response, body = await get("/api/v1/servers")
    assert response.headers["Content-Type"] == "application/json"
    branch, hq = json.loads(body)["servers"]
    assert (hq["name"], hq["level"], hq["round_trip"]) == ("hq", "down", None)
    assert (branch["level"], branch["active_calls"], branch["queue_callers"]) == ("waiting", 12.0, None)
    assert branch["failures"] == {}


async def test_the_reference(get: Get, source: Fake) -> None:
    """What each metric of the collectors that run means."""
    source.views["hq"] = View(Pbx("hq", (COLLECTORS["queues"],), {}))
    _, body = await get("/reference")
    assert b"`asterisk_queue_callers`" in body
    assert b"`asterisk_active_calls`" not in body


async def test_static_files_are_kept_until_they_change(get: Get) -> None:
    """With their version they are kept for ever, without it they are not; there are no others."""
    page = Reader((await get("/"))[1])
    (sheet,) = [value for _, name, value in page.attributes if name == "href" and ".css" in value]
    response, body = await get(f"/{sheet}")
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response.headers["Cache-Control"]
    assert b"url(" not in body
    assert b"@import" not in body
    response, _ = await get(f"/{sheet.partition('?')[0]}")
    assert response.headers["Cache-Control"] == "no-store"
    response, body = await get("/static/other.css")
    assert (response.status, body) == (404, b"Unknown file: other.css\nKnown: pages.css, pages.js\n")


async def test_both_light_and_dark(get: Get) -> None:
    """Every colour that has a light form has a dark one."""
    light, dark = (await get("/static/pages.css"))[1].decode().split("@media (prefers-color-scheme: dark)")
    colours = [line.split(":")[0].strip() for line in light.splitlines() if line.startswith("  --")]
    assert len(colours) > 10
    for colour in colours:
        assert f"{colour}:" in dark
