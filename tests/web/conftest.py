"""A web server on loopback, and somebody who asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from exporter.web import Server, Settings, start

from .asking import Get, asking
from .source import Fake, status


@pytest.fixture
def source() -> Fake:
    """Two servers that are well."""
    return Fake(rows=[status("hq"), status("branch")])


@pytest.fixture
def settings() -> Settings:
    """How it is served; a test may say otherwise with @pytest.mark.parametrize."""
    return Settings()


@pytest.fixture
async def server(source: Fake, settings: Settings) -> AsyncIterator[Server]:
    """A server on loopback."""
    running = await start(source, ["127.0.0.1:0"], settings)
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
        yield asking(client)
