"""The style sheet and the script of the pages: browsers keep them until they change."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aiohttp import web

from exporter.web.answers import listed, packed

_TYPES = {"pages.css": "text/css; charset=utf-8", "pages.js": "text/javascript; charset=utf-8"}
_FILES = {name: (Path(__file__).parent.parent / "static" / name).read_bytes() for name in _TYPES}
_VERSIONS = {name: hashlib.sha256(body).hexdigest()[:12] for name, body in _FILES.items()}

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#e8751a" '
    'stroke-width="4" stroke-linecap="round"><path d="M16 4v24M5.6 10l20.8 12M26.4 10 5.6 22"/></svg>'
)


def address(name: str) -> str:
    """Where a file is, below the status page; another one when the file changes."""
    return f"static/{name}?{_VERSIONS[name]}"


async def file(request: web.Request) -> web.Response:
    """A file."""
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound(text=f"Unknown file: {listed([name])}\nKnown: {listed(_FILES)}\n")
    response = await packed(request, _FILES[name], _TYPES[name])
    if request.query_string == _VERSIONS[name]:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


async def favicon(_request: web.Request) -> web.Response:
    """A small asterisk."""
    headers = {"Cache-Control": "max-age=86400"}
    return web.Response(text=FAVICON, content_type="image/svg+xml", headers=headers)
