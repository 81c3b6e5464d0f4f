"""The server, asked over HTTP on a real socket."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from exporter.web import ListenFailed, Server, start

from .headers import ACCEPT, PROMETHEUS_3, TEXT
from .source import Fake, status

Get = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, bytes]]]


@pytest.fixture
def source() -> Fake:
    """Two servers that are well."""
    return Fake(rows=[status("hq"), status("branch")])


@pytest.fixture
async def server(source: Fake) -> AsyncIterator[Server]:
    """A server on loopback."""
    running = await start(source, ["127.0.0.1:0"])
    yield running
    await running.stop()


@pytest.fixture
async def get(server: Server) -> AsyncIterator[Get]:
    """Asks the server; the body comes as it was sent."""
    async with aiohttp.ClientSession(
        f"http://{server.addresses[0]}",
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding"),
    ) as client:

        async def ask(path: str, method: str = "GET", **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with client.request(method, path, headers=named) as response:
                return response, await response.read()

        yield ask


SENDABLE = [pair for pair in ACCEPT if pair[0] is not None and pair[0].isascii()]


@pytest.mark.parametrize(("accept", "content_type"), SENDABLE)
async def test_formats(get: Get, source: Fake, accept: str, content_type: str) -> None:
    """Every Accept header gets 200, the format it likes best and that format's name."""
    response, body = await get("/metrics", Accept=accept)
    assert response.status == 200
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Vary"] == "Accept, Accept-Encoding"
    assert int(response.headers["Content-Length"]) == len(body)
    assert body.endswith(b"# EOF\n") == (content_type != TEXT)
    assert source.asked == [(content_type != TEXT, None)]


async def test_repeated_accept_headers_are_one_list(server: Server) -> None:
    """HTTP lets a client send its list in several headers."""
    headers = [("Accept", "text/plain;q=0.1"), ("Accept", "application/openmetrics-text;version=1.0.0")]
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://{server.addresses[0]}/metrics", headers=headers) as response,
    ):
        assert response.content_type == "application/openmetrics-text"


@pytest.mark.parametrize("size", [1, 100_000])
async def test_gzip(get: Get, source: Fake, size: int) -> None:
    """A page is packed for those who want it, small or large, and plain for others."""
    source.body = b"up 1.0\n" * size
    response, body = await get("/metrics", Accept_Encoding="gzip")
    assert response.headers["Content-Encoding"] == "gzip"
    assert int(response.headers["Content-Length"]) == len(body)
    assert gzip.decompress(body) == source.body
    for header in ({}, {"Accept_Encoding": "gzip;q=0"}, {"Accept_Encoding": "identity"}):
        response, body = await get("/metrics", **header)
        assert "Content-Encoding" not in response.headers
        assert body == source.body


@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/servers", "/favicon.ico"]
)
async def test_head(get: Get, path: str) -> None:
    """HEAD has the headers of GET and no body."""
    seen, body = await get(path)
    response, nothing = await get(path, "HEAD")
    assert (response.status, nothing) == (200, b"")
    assert response.headers["Content-Length"] == str(len(body))
    assert response.headers["Content-Type"] == seen.headers["Content-Type"]


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


async def test_healthy_and_ready(get: Get, source: Fake) -> None:
    """Ready is who has tried every server, whether they are up or not; healthy is who answers."""
    source.rows = [status("hq", up=False)]
    source.untried = ["hq", "branch"]
    response, body = await get("/-/healthy")
    assert (response.status, body) == (200, b"Healthy")
    response, body = await get("/-/ready")
    assert (response.status, body) == (503, b"Not ready. Not tried yet: branch, hq\n")
    source.untried = []
    response, body = await get("/-/ready")
    assert (response.status, body) == (200, b"Ready")


async def test_the_status_page(get: Get, source: Fake) -> None:
    """It is HTML under a strict policy, packed if wanted, and escapes what it shows."""
    source.rows.append(status("<script>x</script>", error="<img src=x>"))
    response, body = await get("/", Accept_Encoding="gzip")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "style-src 'sha256-" in policy
    text = gzip.decompress(body).decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "<script" not in text
    assert "<img" not in text
    assert 'http-equiv="refresh"' not in text
    _, body = await get("/?refresh")
    assert b'http-equiv="refresh"' in body


async def test_the_page_of_a_large_fleet_is_small(get: Get, source: Fake) -> None:
    """A thousand servers are less than 100 kB to send."""
    source.rows = [
        status(f"pbx-{number:04}", error=f"10.0.{number // 256}.{number % 256} port 5038: refused", up=False)
        for number in range(1000)
    ]
    _, body = await get("/", Accept_Encoding="gzip")
    assert len(body) < 100_000


async def test_servers_for_machines(get: Get, source: Fake) -> None:
    """The JSON says what the page says; what is no number is null."""
    source.rows = [
        status("sick", collectors_failing=("queues",)),
        status("hq", up=False, round_trip=math.nan),
    ]
    source.untried = ["other"]
    response, body = await get("/api/v1/servers")
    assert response.headers["Content-Type"] == "application/json"
    rows = json.loads(body)["servers"]
    assert [(row["name"], row["level"]) for row in rows] == [("hq", "down"), ("sick", "failing")]
    assert rows[0]["round_trip"] is None
    assert rows[1] == {
        "name": "sick",
        "address": "sick.example.com:5038",
        "up": True,
        "state": "connected",
        "since": 1_699_999_910.0,
        "error": "",
        "version": "22.10.0",
        "active_calls": 12.0,
        "active_channels": 24.0,
        "round_trip": 0.0012,
        "events_per_second": 3.25,
        "collectors_failing": ["queues"],
        "notes": [],
        "level": "failing",
    }


@pytest.mark.parametrize("path", ["/nothing", "/metrics/", "/-/", "/%3Cscript%3E", "/../etc/passwd"])
async def test_unknown_paths(get: Get, path: str) -> None:
    """They are 404 in plain text, and say nothing of the path."""
    response, body = await get(path, Accept="text/html")
    assert (response.status, body) == (404, b"404: Not Found")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/metrics", "/", "/-/healthy"])
async def test_other_methods(get: Get, path: str, method: str) -> None:
    """Everything here is for reading: other methods are 405 in plain text."""
    response, body = await get(path, method)
    assert (response.status, body) == (405, b"405: Method Not Allowed")
    assert response.headers["Allow"] == "GET,HEAD"
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/ready", "/favicon.ico", "/nothing"])
async def test_every_answer_is_hardened(get: Get, path: str) -> None:
    """No answer is sniffed, framed or scripted, or says what serves it."""
    response, _ = await get(path)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Server"] == "asterisk-ami-exporter"
    assert response.headers["Cache-Control"] == ("max-age=86400" if "favicon" in path else "no-store")


async def test_a_failure_is_500_and_logged(get: Get, source: Fake, caplog: pytest.LogCaptureFixture) -> None:
    """What failed is for the log, not for the client; the server goes on."""
    source.failure = RuntimeError("secret detail")
    response, body = await get("/metrics", Accept="text/html")
    assert (response.status, body) == (500, b"Internal error. The log says more.\n")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "cannot answer GET /metrics" in caplog.text
    assert "secret detail" in caplog.text
    source.failure = None
    response, _ = await get("/metrics", Accept=PROMETHEUS_3)
    assert response.status == 200


async def test_several_addresses(source: Fake, caplog: pytest.LogCaptureFixture) -> None:
    """Each address is served and has its line in the log; on loopback nothing is open to others."""
    caplog.set_level(logging.INFO)
    server = await start(source, ["127.0.0.1:0", "127.0.0.2:0"])
    try:
        async with aiohttp.ClientSession() as client:
            for address in server.addresses:
                assert f"listening on http://{address}" in caplog.messages
                async with client.get(f"http://{address}/-/healthy") as response:
                    assert response.status == 200
        assert len(caplog.messages) == 2
    finally:
        await server.stop()


async def test_an_open_address_is_said(source: Fake, caplog: pytest.LogCaptureFixture) -> None:
    """One line says that others can read, and where."""
    server = await start(source, ["0.0.0.0:0", "127.0.0.1:0"])
    await server.stop()
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "without authentication" in record.message
    assert server.addresses[0] in record.message
    assert server.addresses[1] not in record.message


async def test_an_address_in_use(server: Server, source: Fake) -> None:
    """The error says which address and why, and the others that were had are given back."""
    probe = await start(source, ["127.0.0.1:0"])
    await probe.stop()
    with pytest.raises(ListenFailed, match=f"cannot listen on {server.addresses[0]}: the port is in use"):
        await start(source, [probe.addresses[0], server.addresses[0]])
    again = await start(source, probe.addresses)
    await again.stop()


async def test_a_misspelled_address(source: Fake) -> None:
    """It is refused before anything is opened."""
    with pytest.raises(ValueError, match="write HOST:PORT"):
        await start(source, ["127.0.0.1:0", "nonsense"])


async def test_stop_waits_for_nobody(source: Fake) -> None:
    """Clients that idle, that are half way through asking, or that do not read, delay no stop by 1 s."""
    source.body = b"up 1.0\n" * 3_000_000
    server = await start(source, ["127.0.0.1:0"])
    host, port = server.addresses[0].split(":")
    writers = []
    for sent in (
        b"",
        b"GET /met",
        b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(sent)
        await writer.drain()
        writers.append(writer)
    async with asyncio.timeout(5):
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    begun = time.monotonic()
    await server.stop()
    assert time.monotonic() - begun < 1.0
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))
    for writer in writers:
        writer.transport.abort()
