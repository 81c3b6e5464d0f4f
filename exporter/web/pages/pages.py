"""The paths of the pages, and what they share: what is remembered, and what is live."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator

from aiohttp import web

from exporter.metrics.catalogue import markdown
from exporter.web.answers import SENDING, listed, packed
from exporter.web.pages import fleet, frame, static, wallboard
from exporter.web.pages.html import Html
from exporter.web.pages.line import identifier, line
from exporter.web.pages.live import Feed
from exporter.web.pages.memory import Memories
from exporter.web.pages.order import Order
from exporter.web.pages.row import Row, data, row
from exporter.web.source import Source

STREAMS = 200  # that may be open at one time; each is a page that somebody looks at
WALLBOARDS = 50  # whose pieces are kept


class Pages:
    """Answers for people, from what the source knows."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._memories = Memories(source)
        self._rows: dict[str, Row] = {}
        self._fleet = Feed(self._fleet_pieces, item=identifier(""))
        self._wallboards: dict[str, Feed] = {}
        self._streams = 0

    def add_to(self, app: web.Application) -> None:
        """Add the paths, and what runs beside them."""
        app.add_routes(
            [
                web.get("/", self.status),
                web.get("/servers/{name}", self.wallboard),
                web.get("/events", self.events, allow_head=False),
                web.get("/api/v1/servers", self.servers),
                web.get("/reference", self.reference),
                web.get("/static/{name}", static.file),
                web.get("/favicon.ico", static.favicon),
            ]
        )
        app.cleanup_ctx.append(self._running)

    async def _running(self, _app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._memories.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    # -- all servers ---------------------------------------------------------------------------

    async def status(self, request: web.Request) -> web.Response:
        """The status page."""
        order = Order.of(request.query)
        await self._fleet.refresh()
        rows = list(self._rows.values())
        lines = [self._fleet.pieces[key].html for key in self._listed(order)]
        body = fleet.page(rows, lines, order, self._fleet.revision, self._source.problems())
        return await _html(request, body)

    async def servers(self, request: web.Request) -> web.Response:
        """The same for machines."""
        await self._fleet.refresh()
        rows = [data(row) for _, row in sorted(self._rows.items())]
        return await packed(request, json.dumps({"servers": rows}).encode(), "application/json")

    def _listed(self, order: Order) -> list[str]:
        return [identifier(row.name) for row in order.ordered(self._rows.values())]

    def _fleet_pieces(self) -> Iterator[tuple[str, Html]]:
        rows, now = dict[str, Row](), time.time()
        for name in list(self._source.names()):
            if name in self._source.names():  # a reload may have come meanwhile
                made = rows[name] = row(self._source, self._memories, name)
                yield identifier(name), line(made, now)
        self._rows, every = rows, list(rows.values())
        yield "title", fleet.title(every)
        yield "summary", fleet.summary(every)
        yield "problems", frame.trouble(self._source.problems())
        yield from fleet.numbers(every).items()

    # -- one server ----------------------------------------------------------------------------

    async def wallboard(self, request: web.Request) -> web.Response:
        """The wallboard of a server."""
        name = self._known(request.match_info["name"], web.HTTPNotFound)
        feed = self._wallboard(name)
        await feed.refresh()
        pieces = {key: piece.html for key, piece in feed.pieces.items()}
        return await _html(request, wallboard.page(name, pieces, feed.revision, self._source.problems()))

    def _wallboard(self, name: str) -> Feed:
        """Its feed; of those that were asked for longest ago none is kept."""
        feed = self._wallboards.pop(name, None) or Feed(lambda: self._wallboard_pieces(name))
        self._wallboards[name] = feed
        for old in list(self._wallboards)[:-WALLBOARDS]:
            del self._wallboards[old]
        return feed

    def _wallboard_pieces(self, name: str) -> Iterator[tuple[str, Html]]:
        if name in self._source.names():
            shown = row(self._source, self._memories, name)
            yield from wallboard.pieces(shown, self._source.view(name), self._memories.of(name))
            yield "problems", frame.trouble(self._source.problems())

    # -- what changes --------------------------------------------------------------------------

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What changes on the status page, or on the wallboard of a server."""
        query = request.query
        last = request.headers.get("Last-Event-ID") or query.get("after", "0")
        if not (last.isascii() and last.isdigit() and len(last) < 20):
            raise web.HTTPBadRequest(text="after is the number of a revision, as the page has it\n")
        if "server" in query:
            messages = self._wallboard(self._known(query["server"], web.HTTPBadRequest)).messages(int(last))
        else:
            order = Order.of(query)
            messages = self._fleet.messages(int(last), lambda: self._listed(order))
        if self._streams >= STREAMS:
            raise web.HTTPServiceUnavailable(text="Too many pages are open.\n", headers={"Retry-After": "30"})
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        self._streams += 1
        try:
            await response.prepare(request)
            async for message in messages:
                async with asyncio.timeout(SENDING):
                    await response.write(message)
        except (TimeoutError, ConnectionError):
            pass  # nobody reads it any more
        finally:
            self._streams -= 1
        return response

    # -- the rest ------------------------------------------------------------------------------

    async def reference(self, request: web.Request) -> web.Response:
        """What each metric of the configured collectors means."""
        views = [self._source.view(name) for name in self._source.names()]
        collectors = {each.name: each for view in views for each in view.pbx.collectors}
        return await packed(request, markdown(collectors.values()).encode(), "text/plain; charset=utf-8")

    def _known(self, name: str, error: type[web.HTTPException]) -> str:
        if name not in self._source.names():
            names = self._source.names()
            raise error(text=f"Unknown server: {listed([name])}\nKnown: {listed(names) or 'none'}\n")
        return name


async def _html(request: web.Request, body: bytes) -> web.Response:
    response = await packed(request, body, "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = frame.POLICY
    return response
