"""The page of metrics in every format and encoding, asked over HTTP."""

from __future__ import annotations

import gzip

import aiohttp
import pytest

from exporter.web import Server

from .asking import Get
from .headers import ACCEPT, TEXT
from .source import Fake

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
    "path", ["/", "/metrics", "/probe?target=hq", "/sd", "/config", "/-/healthy", "/-/ready"]
)
async def test_head(get: Get, path: str) -> None:
    """HEAD has the headers of GET and no body."""
    seen, body = await get(path)
    response, nothing = await get(path, "HEAD")
    assert (response.status, nothing) == (200, b"")
    assert response.headers["Content-Length"] == str(len(body))
    assert response.headers["Content-Type"] == seen.headers["Content-Type"]
