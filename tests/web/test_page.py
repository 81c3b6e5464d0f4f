"""The status page, read as a browser reads it."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Collection
from html.parser import HTMLParser

import pytest

from exporter.web import ServerStatus, page
from exporter.web.words import UNKNOWN, amount, clock, iso, milliseconds, span

from .source import NOW, status

DASH = "\u2013"
VOID = {"meta", "link", "path"}
HOSTILE = '<script>alert("1")</script><img src=x onerror=\'x()\'>&amp;\u202e"'


class Reader(HTMLParser):
    """Takes a page apart: its tags, attributes, cells and texts; refuses tags that do not pair."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.rows: list[list[str]] = []
        self.levels: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(body.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr" and "tbody" in self.open:
            self.rows.append([])
            self.levels.append(dict(attrs)["class"] or "")
        if tag in ("th", "td") and "tbody" in self.open:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "tbody" in self.open and {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data


def read(*servers: ServerStatus, waiting: Collection[str] = (), refresh: bool = False) -> Reader:
    """The page of these servers."""
    return Reader(page.render(servers, waiting, NOW, refresh))


def test_a_server_that_is_well() -> None:
    """The row says everything that is known, in words and with a sign."""
    shown = read(status("hq"))
    assert shown.levels == ["up"]
    (row,) = shown.rows
    assert row == [
        "hqhq.example.com:5038",
        "✓ connectedfor 1 min, since2023-11-14 22:11:50 UTC",
        *("12", "24", "3.2", "1.2 ms", "22.10.0", ""),
    ]
    assert shown.texts["p"] == "All is well"
    assert shown.texts["title"] == "✓ Asterisk exporter"


def test_problems_come_first() -> None:
    """Down, then failing collectors, then not tried yet, then well; by name within each."""
    shown = read(
        status("b"),
        status("a"),
        status("late", up=False, state="connecting", active_calls=None, active_channels=None),
        status("sick", collectors_failing=("queues", "pjsip"), notes=("members: 612 rows",)),
        status(
            "dead",
            up=False,
            state="refused",
            error="Connection refused.",
            active_calls=None,
            active_channels=None,
        ),
        waiting={"late"},
    )
    assert [row[0].partition(".")[0] for row in shown.rows] == [
        "deaddead",
        "sicksick",
        "latelate",
        "aa",
        "bb",
    ]
    assert shown.levels == ["down", "failing", "waiting", "up", "up"]
    assert shown.rows[0][1].startswith("✕ refused")
    assert shown.rows[0][-1] == "Connection refused."
    assert shown.rows[1][1].startswith("! connected")
    assert shown.rows[1][1].endswith("failing: queues, pjsipmembers: 612 rows")
    assert shown.rows[2][1].startswith("… not tried yet")
    assert shown.texts["p"] == "2 of 5 need a look"
    assert shown.texts["dd"] == "31113672"  # up, down, failing, not tried; calls, channels
    assert shown.texts["title"] == "✕ Asterisk exporter"


def test_what_is_not_known_is_not_made_up() -> None:
    """A server of which nothing is known has dashes, no zeros; a wrong time is left out."""
    unknown: dict[str, object] = dict.fromkeys(
        ("active_calls", "active_channels", "round_trip", "events_per_second")
    )
    for since in (0.0, math.nan, math.inf, -5.0, 1e300):
        shown = read(status("x", up=False, state="", version="", since=since, **unknown))
        assert shown.rows[0][1:] == ["✕ down", *DASH * 5, ""]
        assert shown.texts["span"].count(DASH) == 7


def test_without_servers() -> None:
    """A page without servers says so."""
    shown = read()
    assert shown.texts["p"] == "No servers are configuredThere is nothing to show."
    assert shown.rows == []


def test_while_starting() -> None:
    """Nobody needs a look while nobody was tried."""
    assert read(status("x", up=False), waiting={"x"}).texts["p"] == "Starting"


def test_hostile_texts_stay_texts() -> None:
    """Whatever a name, state, address, version or error holds is shown as text, and only there."""
    plain = read(status("x", error="y", collectors_failing=("z",)))
    shown = read(
        status(
            HOSTILE,
            address=HOSTILE,
            state=HOSTILE,
            version=HOSTILE,
            error=HOSTILE,
            collectors_failing=(HOSTILE, HOSTILE),
            notes=(HOSTILE,),
        )
    )
    assert shown.tags == plain.tags
    assert "script" not in shown.tags
    (row,) = shown.rows
    assert row[0] == HOSTILE * 2
    assert f"! {HOSTILE}for 1 min" in row[1]
    assert row[1].endswith(f"failing: {HOSTILE}, {HOSTILE}{HOSTILE}")
    assert row[-2:] == [HOSTILE, HOSTILE]


def test_half_characters_are_shown_as_codes() -> None:
    """A text that UTF-8 cannot write does not break the page."""
    assert read(status("x", error="a\ud800b")).rows[0][-1] == "a\\ud800b"


def test_nothing_comes_from_outside() -> None:
    """Links are relative, no script runs, no style is given but the one that the policy names."""
    shown = read(status("hq"), refresh=True)
    links = {value for _, name, value in shown.attributes if name in ("href", "src")}
    assert links == {"metrics", "api/v1/servers", "-/healthy", "-/ready", "favicon.ico", "./"}
    assert not any(name.startswith("on") or name == "style" for _, name, _ in shown.attributes)
    digest = base64.b64encode(hashlib.sha256(shown.texts["style"].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.POLICY
    assert "default-src 'none'" in page.POLICY
    assert "unsafe" not in page.POLICY
    assert "url(" not in shown.texts["style"]
    assert "@import" not in shown.texts["style"]


def test_refreshing_is_a_choice() -> None:
    """The page loads itself again only when asked to."""
    assert ("meta", "http-equiv", "refresh") not in read(status("hq")).attributes
    assert ("meta", "http-equiv", "refresh") in read(status("hq"), refresh=True).attributes


def test_both_light_and_dark() -> None:
    """Every colour that has a light form has a dark one."""
    light, dark = page.STYLE.split("@media (prefers-color-scheme: dark)")
    colours = [line.split(":")[0].strip() for line in light.splitlines() if line.startswith("  --")]
    assert len(colours) > 10
    for colour in colours:
        assert f"{colour}:" in dark


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3720, "1 h 2 min"),
        (86400, "1 d"),
        (86400 * 3 + 7300, "3 d 2 h"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    """A length of time has one or two units."""
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("value", "number", "short"),
    [
        (None, UNKNOWN, UNKNOWN),
        (math.nan, UNKNOWN, UNKNOWN),
        (0.0, "0", "0.0 ms"),
        (0.0012, "0.0", "1.2 ms"),
        (0.25, "0.2", "250 ms"),
        (2.5, "2.5", "2.5 s"),
        (12345.6, "12,346", "12345.6 s"),
    ],
)
def test_numbers(value: float | None, number: str, short: str) -> None:
    """Numbers have as many digits as people read."""
    assert amount(value) == number
    assert milliseconds(value) == short


def test_moments() -> None:
    """Times are in UTC, for machines and for people."""
    assert (iso(NOW), clock(NOW)) == ("2023-11-14T22:13:20Z", "2023-11-14 22:13:20 UTC")
    assert (iso(-1.0), clock(math.inf)) == ("", "")
