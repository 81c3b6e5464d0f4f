"""What a port says that was knocked at."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.ami import Endpoint
from exporter.diagnosis.knock import knock
from exporter.diagnosis.looks import looks_like
from tests.ami.conftest import Certificates, certificates

__all__ = ["certificates"]


@asynccontextmanager
async def listening(
    first: bytes, answer: bytes = b"", tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Endpoint, list[bytes]]]:
    """A server that says something, and answers to the first word; and what it was told."""
    told: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        if data := await reader.read(2000):
            told.append(data)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield Endpoint("127.0.0.1", server.sockets[0].getsockname()[1]), told


@pytest.mark.parametrize(
    ("first", "answer", "looks"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", b"", "ssh"),
        (b"Asterisk Call Manager/11.0.0\r\n", b"", "ami"),
        (b"220 mail.example.com ESMTP\r\n", b"", "other"),
        (b"", b"SIP/2.0 200 OK\r\n\r\n", "sip"),
        (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", "http"),
        (b"", b"", "silent"),
    ],
)
async def test_in_plain_text(first: bytes, answer: bytes, looks: str) -> None:
    """Some speak first; others answer, in their own language, to a question of SIP."""
    async with listening(first, answer) as (endpoint, told):
        assert looks_like(await knock(endpoint)) == looks
    if not first:
        assert any(data.startswith(b"OPTIONS sip:check@127.0.0.1 SIP/2.0\r\n") for data in told)


@pytest.mark.parametrize(
    ("first", "looks"), [(b"Asterisk Call Manager/11.0.0\r\n", "ami over tls"), (b"", "tls")]
)
async def test_over_tls(certificates: Certificates, first: bytes, looks: str) -> None:
    """A TLS port says nothing in plain text."""
    async with listening(first, tls=certificates.server("good")) as (endpoint, _):
        assert looks_like(await knock(endpoint)) == looks


async def test_nobody_there() -> None:
    """A port that has closed meanwhile is a silent one."""
    async with listening(b"") as (endpoint, _):
        pass
    assert looks_like(await knock(endpoint)) == "silent"
