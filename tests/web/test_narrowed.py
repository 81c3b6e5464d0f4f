"""What a page is asked to hold: servers, one target, collectors."""

from __future__ import annotations

import pytest

from .asking import Get
from .source import Fake, status


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", None),
        ("?other=1", None),
        ("?server=hq", {"hq"}),
        ("?server=hq&server=branch", {"hq", "branch"}),
        ("?server=hq&server=hq", {"hq"}),
        ("?server=", set()),
        ("?server=&server=hq", {"hq"}),
    ],
)
async def test_servers_are_narrowed(get: Get, source: Fake, query: str, asked: set[str] | None) -> None:
    """?server= narrows the page; an empty one is the exporter alone."""
    response, _ = await get(f"/metrics{query}")
    assert response.status == 200
    assert source.asked == [(False, asked)]


async def test_an_unknown_server_is_refused(get: Get, source: Fake) -> None:
    """The answer is plain text that names the known servers."""
    response, body = await get("/metrics?server=hq&server=%3Cb%3E&server=a%0Ab")
    assert response.status == 400
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert body == b"Unknown server: <b>, 'a\\nb'\nKnown: branch, hq\n"
    assert source.asked == []


async def test_a_long_list_of_known_servers_is_cut(get: Get, source: Fake) -> None:
    """A fleet of thousands does not make an error of thousands of names."""
    source.rows = [status(f"pbx-{number:04}") for number in range(1500)]
    _, body = await get("/metrics?server=x")
    assert body.decode().count("pbx-") == 100
    assert body.endswith(b"and 1400 more\n")
    source.rows = []
    _, body = await get("/metrics?server=x")
    assert body == b"Unknown server: x\nKnown: none\n"


async def test_a_target_is_probed(get: Get, source: Fake) -> None:
    """It is the page of that server alone."""
    response, body = await get("/probe?target=hq")
    assert (response.status, body) == (200, source.body)
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert source.asked == [(False, {"hq"})]


@pytest.mark.parametrize("query", ["", "?target=", "?target=hq&target=branch", "?server=hq"])
async def test_one_target_is_named(get: Get, source: Fake, query: str) -> None:
    """None or several are refused, with how to write it and what there is."""
    response, body = await get(f"/probe{query}")
    assert response.status == 400
    assert body == b"Name one target, as in probe?target=NAME\nKnown: branch, hq\n"
    assert source.asked == []


async def test_an_unknown_target_is_refused(get: Get, source: Fake) -> None:
    """The known ones are named."""
    response, body = await get("/probe?target=pbx.example.com")
    assert (response.status, body) == (400, b"Unknown target: pbx.example.com\nKnown: branch, hq\n")
    assert source.asked == []


@pytest.mark.parametrize("path", ["/metrics?", "/probe?target=hq&"])
@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("", None),
        ("collect[]=", None),
        ("collect[]=queues", {"queues"}),
        ("collect[]=queues&collect[]=ami", {"queues", "ami"}),
        ("collect%5B%5D=queues", {"queues"}),
        ("exclude[]=queues", {"ami", "channels"}),
        ("exclude[]=queues&exclude[]=channels", {"ami"}),
    ],
)
async def test_collectors_are_chosen(
    get: Get, source: Fake, path: str, query: str, chosen: set[str] | None
) -> None:
    """Those that collect[] names, or all but those that exclude[] names."""
    response, _ = await get(f"{path}{query}")
    assert response.status == 200
    assert source.chosen == [chosen]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("collect[]=queue", b"Unknown collector: queue\nKnown: ami, channels, queues\n"),
        ("exclude[]=queue", b"Unknown collector: queue\nKnown: ami, channels, queues\n"),
        ("collect[]=queues&exclude[]=ami", b"collect[] and exclude[] exclude each other\n"),
    ],
)
async def test_collectors_that_cannot_be_chosen(get: Get, source: Fake, query: str, text: bytes) -> None:
    """The answer says what there is."""
    response, body = await get(f"/metrics?{query}")
    assert (response.status, body) == (400, text)
    assert source.asked == []


@pytest.mark.parametrize(("said", "status"), [("10", 200), ("0.1", 200), ("x", 400), ("nan", 400), ("", 400)])
async def test_the_time_that_prometheus_waits(get: Get, said: str, status: int) -> None:
    """It says so in a header; what is no number is refused."""
    response, _ = await get("/probe?target=hq", X_Prometheus_Scrape_Timeout_Seconds=said)
    assert response.status == status
