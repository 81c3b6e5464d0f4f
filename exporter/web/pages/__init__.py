"""Pages for people: the status of all servers, a wallboard of each; and the same as data."""

from __future__ import annotations

from aiohttp import web

from exporter.web.pages.pages import Pages
from exporter.web.source import Source

__all__ = ["register"]


def register(app: web.Application, source: Source) -> None:
    """Add the routes of the pages, and what runs beside them."""
    Pages(source).add_to(app)
