"""Knocks at a port that does not greet as Asterisk does, to hear what listens there."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import replace

from exporter.ami import TLS, ConnectionFailed, Endpoint
from exporter.ami.endpoint import open_socket
from exporter.diagnosis.looks import Heard

PATIENCE = 1.5  # s for a word; SSH and AMI say theirs at once

# A SIP server answers this, and a web server says that it does not understand.
_OPTIONS = """OPTIONS sip:check@{host} SIP/2.0
Via: SIP/2.0/TCP {own};branch=z9hG4bK-check
Max-Forwards: 1
From: <sip:check@{own}>;tag=check
To: <sip:check@{host}>
Call-ID: check@{own}
CSeq: 1 OPTIONS
Content-Length: 0

"""


async def knock(endpoint: Endpoint) -> Heard:
    """What the port says in plain text and over TLS. Takes 5 s at most; nothing is logged in."""
    plain, tls = await asyncio.gather(_plain(endpoint), _tls(endpoint))
    return Heard(plain, tls)


async def _plain(endpoint: Endpoint) -> bytes:
    with contextlib.suppress(OSError, ConnectionFailed, TimeoutError):
        sock = await open_socket(replace(endpoint, tls=None), PATIENCE)
        own = _bracketed(sock.getsockname()[0])
        reader, writer = await asyncio.open_connection(sock=sock)
        try:
            if said := await _word(reader):
                return said
            host = _bracketed(endpoint.host)
            writer.write(_OPTIONS.format(host=host, own=own).replace("\n", "\r\n").encode("utf-8", "replace"))
            return await _word(reader)
        finally:
            writer.transport.abort()
    return b""


async def _tls(endpoint: Endpoint) -> bytes | None:
    with contextlib.suppress(OSError, ConnectionFailed, TimeoutError):
        context = TLS(insecure_skip_verify=True).context()
        sock = await open_socket(endpoint, PATIENCE)
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection(
                    sock=sock, ssl=context, server_hostname=endpoint.host
                )
        except BaseException:
            sock.close()
            raise
        try:
            return await _word(reader)
        except ssl.SSLError:
            return b""
        finally:
            writer.transport.abort()
    return None


async def _word(reader: asyncio.StreamReader) -> bytes:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            return await reader.read(200)
    return b""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
