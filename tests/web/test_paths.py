"""What answers share: health, refusals, headers, failures."""

from __future__ import annotations

import pytest

from .asking import Get
from .headers import PROMETHEUS_3
from .source import Fake, status


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
    assert response.headers["X-Frame-Options"] == "deny"
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
