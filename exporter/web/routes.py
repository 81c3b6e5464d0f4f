"""The paths, and what they answer."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict

from aiohttp import web

from exporter.web import page
from exporter.web.negotiation import choose, gzip_wanted
from exporter.web.source import Source

log = logging.getLogger(__name__)

LARGE = 256 * 1024  # bytes; what is larger is compressed in a thread, so that nobody else waits
NAMED = 100  # servers that an error lists
NOTHING = "default-src 'none'; frame-ancestors 'none'"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Routes:
    """Answers from what the source knows."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def application(self) -> web.Application:
        """An application with every path."""
        app = web.Application(middlewares=[_guarded])
        app.on_response_prepare.append(_harden)
        for path, handler in {
            "/": self.status,
            "/metrics": self.metrics,
            "/-/healthy": self.healthy,
            "/-/ready": self.ready,
            "/api/v1/servers": self.servers,
            "/favicon.ico": self.favicon,
        }.items():
            app.router.add_get(path, handler)  # and HEAD
        return app

    async def metrics(self, request: web.Request) -> web.Response:
        """The page of metrics, in the format that the client likes best."""
        servers = self._narrowed(request)
        chosen = choose(",".join(request.headers.getall("Accept", [])))
        body = self._source.page(chosen.openmetrics, servers)
        return await _packed(request, body, chosen.content_type, vary="Accept, Accept-Encoding")

    async def status(self, request: web.Request) -> web.Response:
        """The status page."""
        body = page.render(
            self._source.servers(), set(self._source.waiting()), time.time(), "refresh" in request.query
        )
        response = await _packed(request, body, "text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = page.POLICY
        return response

    async def servers(self, request: web.Request) -> web.Response:
        """The status page for machines."""
        waiting = set(self._source.waiting())
        rows = [
            {
                **{key: _plain(value) for key, value in asdict(status).items()},
                "level": page.level(status, waiting),
            }
            for status in sorted(self._source.servers(), key=lambda status: status.name)
        ]
        return await _packed(request, json.dumps({"servers": rows}).encode(), "application/json")

    async def healthy(self, _request: web.Request) -> web.Response:
        """That we answer."""
        return web.Response(text="Healthy")

    async def ready(self, _request: web.Request) -> web.Response:
        """Whether each server was tried once; a server that is down does not make us unready."""
        waiting = sorted(self._source.waiting())
        if waiting:
            return web.Response(status=503, text=f"Not ready. Not tried yet: {_listed(waiting)}\n")
        return web.Response(text="Ready")

    async def favicon(self, _request: web.Request) -> web.Response:
        """A small asterisk."""
        return web.Response(
            text=page.FAVICON, content_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"}
        )

    def _narrowed(self, request: web.Request) -> Collection[str] | None:
        """The servers that ?server= names; an empty one stands for none of them."""
        if "server" not in request.query:
            return None
        names = {name for name in request.query.getall("server") if name}
        known = self._source.names()
        if names - known:
            text = f"Unknown server: {_listed(names - known)}\nKnown: {_listed(known) or 'none'}\n"
            raise web.HTTPBadRequest(text=text)
        return names


async def _packed(
    request: web.Request, body: bytes, content_type: str, vary: str = "Accept-Encoding"
) -> web.Response:
    headers = {"Content-Type": content_type, "Vary": vary}
    if gzip_wanted(",".join(request.headers.getall("Accept-Encoding", []))):
        headers["Content-Encoding"] = "gzip"
        if len(body) > LARGE:
            body = await asyncio.to_thread(gzip.compress, body, 1, mtime=0)
        else:
            body = gzip.compress(body, 1, mtime=0)
    return web.Response(body=body, headers=headers)


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:
        log.exception("cannot answer %s %s", request.method, request.raw_path)
        return web.Response(status=500, text="Internal error. The log says more.\n")


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "asterisk-ami-exporter"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Content-Security-Policy", NOTHING)
    response.headers.setdefault("Cache-Control", "no-store")


def _listed(names: Collection[str]) -> str:
    """Names in order, as many as anybody reads, without control characters."""
    shown = [name if name.isprintable() else ascii(name) for name in sorted(names)[:NAMED]]
    more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join(shown + more)


def _plain(value: object) -> object:
    """JSON has no NaN and no infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
