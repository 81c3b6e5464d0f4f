"""What a request asks for: servers, a target, collectors; and refusals that name what there is."""

from __future__ import annotations

import math
from collections.abc import Set

from aiohttp import web

from exporter.web.answers import listed
from exporter.web.source import Crowded, Source

OFFSET = 0.5  # s before Prometheus gives up, so that the answer still reaches it
PATIENCE = 9.5  # s where the client does not say how long it waits: Prometheus' own default


def servers(request: web.Request, source: Source) -> Set[str] | None:
    """The servers that ?server= names; an empty one stands for none of them; None: all.

    Raises HTTPBadRequest.
    """
    if "server" not in request.query:
        return None
    names = {name for name in request.query.getall("server") if name}
    _refuse("server", names - source.names(), source.names())
    return names


async def target(request: web.Request, source: Source) -> str:
    """The one server that ?target= names. Raises HTTPBadRequest, HTTPServiceUnavailable."""
    named = request.query.getall("target", [])
    if len(named) != 1 or not named[0]:
        text = f"Name one target, as in probe?target=NAME\nKnown: {listed(source.names()) or 'none'}\n"
        raise web.HTTPBadRequest(text=text)
    try:
        known = await source.open(named[0], _patience(request))
    except Crowded as error:
        raise web.HTTPServiceUnavailable(text=f"{error}\n", headers={"Retry-After": "60"}) from None
    if not known:
        _refuse("target", {named[0]}, source.names())
    return named[0]


def collectors(request: web.Request, source: Source) -> Set[str] | None:
    """The collectors that collect[] names, or all but those that exclude[] names; None: all.

    Raises HTTPBadRequest.
    """
    only = {name for name in request.query.getall("collect[]", []) if name}
    without = {name for name in request.query.getall("exclude[]", []) if name}
    if only and without:
        raise web.HTTPBadRequest(text="collect[] and exclude[] exclude each other\n")
    known = source.collectors()
    _refuse("collector", (only | without) - known, known)
    return only or (known - without if without else None)


def _patience(request: web.Request) -> float:
    """How long the client waits for the answer (s)."""
    said = request.headers.get("X-Prometheus-Scrape-Timeout-Seconds")
    if said is None:
        return PATIENCE
    try:
        seconds = float(said)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise web.HTTPBadRequest(text="X-Prometheus-Scrape-Timeout-Seconds: expected a number\n")
    return max(0.0, seconds - OFFSET)


def _refuse(kind: str, unknown: Set[str], known: Set[str]) -> None:
    """Raises HTTPBadRequest if something is unknown."""
    if unknown:
        text = f"Unknown {kind}: {listed(unknown)}\nKnown: {listed(known) or 'none'}\n"
        raise web.HTTPBadRequest(text=text)
