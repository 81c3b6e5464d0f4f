"""What all answers have in common: how they are packed, hardened and sent, and lists of names in errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from aiohttp import web

from exporter.web.negotiation import compress, gzip_wanted

log = logging.getLogger(__name__)

LARGE = 256 * 1024  # bytes; what is larger is compressed in a thread, so that nobody else waits
NAMED = 100  # names that an error lists
SENDING = 30.0  # s; who reads an answer more slowly is left
NOTHING = "default-src 'none'; frame-ancestors 'none'"
HARDENED = {
    "Server": "asterisk-ami-exporter",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
    "Referrer-Policy": "no-referrer",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def packed(
    request: web.Request, body: bytes, content_type: str, vary: str = "Accept-Encoding"
) -> web.Response:
    """An answer, compressed if the client wants that."""
    headers = {"Content-Type": content_type, "Vary": vary}
    if gzip_wanted(",".join(request.headers.getall("Accept-Encoding", []))):
        headers["Content-Encoding"] = "gzip"
        if len(body) > LARGE:
            body = await asyncio.to_thread(compress, body)
        else:
            body = compress(body)
    return web.Response(body=body, headers=headers)


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors of ours are for the log."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        response = web.Response(status=error.status, text=error.text, headers=error.headers)
    except Exception:
        log.exception("cannot answer %s %s", request.method, request.raw_path)
        response = web.Response(status=500, text="Internal error. The log says more.\n")
    return await sent(request, response)


async def sent(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The answer once it is sent; nobody keeps it here by not reading it."""
    try:
        async with asyncio.timeout(SENDING):
            await response.prepare(request)
            await response.write_eof()
    except TimeoutError:
        if request.transport:
            request.transport.abort()
    except ConnectionError:
        pass  # it went away: no news
    return response


async def harden(_request: web.Request, response: web.StreamResponse) -> None:
    """No answer is sniffed, framed, scripted or kept, unless its page says otherwise."""
    response.headers.update(HARDENED)
    response.headers.setdefault("Content-Security-Policy", NOTHING)
    response.headers.setdefault("Cache-Control", "no-store")


def listed(names: Collection[str]) -> str:
    """Names in order, as many as anybody reads, without control characters."""
    shown = [name if name.isprintable() else ascii(name) for name in sorted(names)[:NAMED]]
    more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join(shown + more)
