"""An authority, and web servers that read a web config file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from exporter.web import Server, Settings, start
from tests.web.source import Fake

from .certificates import Authority

Serve = Callable[[str], Awaitable[Server]]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One with a server, server.crt, and two clients: prometheus.crt and other.crt."""
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.sign("server")
    made.sign("prometheus", "DNS:prometheus.example.com,IP:2001:db8::1,URI:spiffe://example/p", "clientAuth")
    made.sign("other", "DNS:other.example.com", "clientAuth")
    return made


@pytest.fixture
async def serve(source: Fake, tmp_path: Path) -> AsyncIterator[Serve]:
    """Serves with a web config file, web.yaml, of that text."""
    running = []

    async def begin(text: str) -> Server:
        file = tmp_path / "web.yaml"
        file.write_text(text)
        running.append(await start(source, ["127.0.0.1:0"], Settings(config_file=file)))
        return running[-1]

    yield begin
    for server in running:
        await server.stop()
