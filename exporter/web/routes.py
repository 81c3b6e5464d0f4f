"""The paths, and what they answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Set
from contextlib import contextmanager

from aiohttp import web

from exporter.web import pages, queries
from exporter.web.answers import guarded, harden, listed, packed, sent
from exporter.web.negotiation import choose
from exporter.web.security import Gate
from exporter.web.settings import Settings
from exporter.web.source import Source

RETRY = "1"  # s


class Routes:
    """Answers from what the source knows."""

    def __init__(self, source: Source, settings: Settings, gate: Gate) -> None:
        self._source = source
        self._settings = settings
        self._gate = gate
        self._scrapes = 0

    def application(self) -> web.Application:
        """An application with every path, below the prefix."""
        app = web.Application(middlewares=[guarded, self._gate.admit])
        app.on_response_prepare.append(harden)
        app.on_response_prepare.append(self._gate.add_headers)
        if not self._settings.prefix:
            self._add_to(app)
            return app
        below = web.Application()
        self._add_to(below)
        app.router.add_get("/", self.home)
        app.router.add_get(self._settings.prefix, self.home)  # the first that fits answers
        app.add_subapp(self._settings.prefix, below)
        return app

    def _add_to(self, app: web.Application) -> None:
        paths = {
            "/metrics": self.metrics,
            "/probe": self.probe,
            "/sd": self.discovery,
            "/-/healthy": self.healthy,
            "/-/ready": self.ready,
        }
        if self._settings.pages:
            paths["/config"] = self.config
            pages.register(app, self._source)
        for path, handler in paths.items():
            app.router.add_get(path, handler)  # and HEAD
        for method in ("POST", "PUT"):
            app.router.add_route(method, "/-/reload", self.reload)

    # -- for Prometheus ------------------------------------------------------------------------

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        """The page of metrics, of all servers or of those that are named."""
        with self._scrape():
            return await self._page(request, queries.servers(request, self._source))

    async def probe(self, request: web.Request) -> web.StreamResponse:
        """The page of one server, as a target of its own: nothing of the exporter itself is on it."""
        with self._scrape():
            return await self._page(request, {await queries.target(request, self._source)})

    async def discovery(self, request: web.Request) -> web.Response:
        """The servers as Prometheus discovers targets (http_sd)."""
        groups = [
            {
                "targets": [name],
                "labels": {
                    **labels,
                    "__metrics_path__": f"{self._settings.prefix}/probe",
                    "__param_target": name,
                },
            }
            for name, labels in sorted(self._source.labels().items())
        ]
        return await packed(request, json.dumps(groups).encode(), "application/json")

    async def _page(self, request: web.Request, servers: Set[str] | None) -> web.StreamResponse:
        """The page in the format that the client likes best; sent, since it counts until then."""
        chosen = choose(",".join(request.headers.getall("Accept", [])))
        collectors = queries.collectors(request, self._source)
        body = await self._source.page(chosen.openmetrics, servers, collectors)
        page = await packed(request, body, chosen.content_type, vary="Accept, Accept-Encoding")
        return await sent(request, page)

    @contextmanager
    def _scrape(self) -> Iterator[None]:
        """One of the scrapes that are answered at one time."""
        if 0 < self._settings.max_requests <= self._scrapes:
            text = f"More than {self._settings.max_requests} scrapes at one time. Try again.\n"
            raise web.HTTPServiceUnavailable(text=text, headers={"Retry-After": RETRY})
        self._scrapes += 1
        try:
            yield
        finally:
            self._scrapes -= 1

    # -- how we are ----------------------------------------------------------------------------

    async def healthy(self, _request: web.Request) -> web.Response:
        """That we answer."""
        return web.Response(text="Healthy")

    async def ready(self, _request: web.Request) -> web.Response:
        """Whether each server was tried once; a server that is down does not make us unready."""
        if waiting := self._source.waiting():
            return web.Response(status=503, text=f"Not ready. Not tried yet: {listed(waiting)}\n")
        return web.Response(text="Ready")

    async def reload(self, _request: web.Request) -> web.Response:
        """Read the configuration again, and say how that went."""
        if not self._settings.lifecycle:
            raise web.HTTPForbidden(text="Reloading over HTTP is off; --web.enable-lifecycle turns it on\n")
        if problems := await self._source.reread():
            text = "Configuration not reloaded: the one before stays\n" + "\n".join(problems) + "\n"
            return web.Response(status=500, text=text)
        return web.Response(text="Configuration reloaded\n")

    # -- for people ----------------------------------------------------------------------------

    async def home(self, _request: web.Request) -> web.Response:
        """The way to the first page."""
        raise web.HTTPFound(f"{self._settings.prefix}/")

    async def config(self, request: web.Request) -> web.Response:
        """The configuration in force, without its secrets."""
        text = await asyncio.to_thread(self._source.written)
        return await packed(request, text.encode(), "text/plain; charset=utf-8")
