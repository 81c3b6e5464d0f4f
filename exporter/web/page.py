"""The status page: one row for each server, problems first, readable without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable
from html import escape
from pathlib import Path
from typing import Literal, TypeAlias

from exporter import __version__
from exporter.web.source import ServerStatus
from exporter.web.words import amount, clock, iso, milliseconds, span

Level: TypeAlias = Literal["down", "failing", "waiting", "up"]

STYLE = (Path(__file__).parent / "status.css").read_text(encoding="utf-8")
POLICY = (
    "default-src 'none'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#e8751a" '
    'stroke-width="4" stroke-linecap="round"><path d="M16 4v24M5.6 10l20.8 12M26.4 10 5.6 22"/></svg>'
)
_MARK = FAVICON.replace("#e8751a", "currentColor").replace("<svg", '<svg aria-hidden="true"')
_SIGNS: dict[Level, tuple[str, str]] = {  # problems first
    "down": ("✕", "Down"),
    "failing": ("!", "Collectors failing"),
    "waiting": ("…", "Not tried yet"),
    "up": ("✓", "Up"),
}
_COLUMNS = ("Calls", "Channels", "Events/s", "Round trip")
_HEAD = "".join(f'<th scope="col" class="number">{column}</th>' for column in _COLUMNS)
REFRESH = 10  # seconds


def level(status: ServerStatus, waiting: Collection[str]) -> Level:
    """How a server fares, in one of four words."""
    if status.name in waiting:
        return "waiting"
    if not status.up:
        return "down"
    return "failing" if status.collectors_failing else "up"


def render(servers: Iterable[ServerStatus], waiting: Collection[str], now: float, refresh: bool) -> bytes:
    """The page. With `refresh` the browser loads it again every few seconds."""
    order = list(_SIGNS)
    rows = sorted(
        ((level(status, waiting), status) for status in servers),
        key=lambda row: (order.index(row[0]), row[1].name),
    )
    again = f'<meta http-equiv="refresh" content="{REFRESH}">' if refresh else ""
    switch = (
        '<a href="./">Stop refreshing</a>' if refresh else f'<a href="?refresh">Refresh every {REFRESH} s</a>'
    )
    text = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">{again}
<title>{_SIGNS[rows[0][0] if rows else "up"][0]} Asterisk exporter</title>
<link rel="icon" type="image/svg+xml" href="favicon.ico">
<style>{STYLE}</style>
</head>
<body>
<header>
{_MARK}
<div><h1>Asterisk exporter</h1><p>{_summary(rows)}</p></div>
<nav aria-label="Pages">
<a href="metrics">Metrics</a>
<a href="api/v1/servers">Servers as JSON</a>
<a href="-/healthy">Healthy</a>
<a href="-/ready">Ready</a>
</nav>
</header>
<main>
{_tiles(rows)}
{_table(rows, now)}
</main>
<footer>
<span>asterisk-ami-exporter {escape(__version__)}</span>
<span>{switch}</span>
<span>As of <time datetime="{iso(now)}">{clock(now)}</time></span>
</footer>
</body>
</html>
"""
    return text.encode("utf-8", "backslashreplace")


def _summary(rows: list[tuple[Level, ServerStatus]]) -> str:
    if not rows:
        return "No servers are configured"
    if troubled := sum(name in ("down", "failing") for name, _ in rows):
        return f"{troubled} of {len(rows)} need{'s' if troubled == 1 else ''} a look"
    return "All is well" if rows[0][0] == "up" else "Starting"


def _tiles(rows: list[tuple[Level, ServerStatus]]) -> str:
    tiles: list[tuple[str, str, str]] = []
    for name in ("up", *list(_SIGNS)[:-1]):
        words, count = _SIGNS[name][1], sum(name == one for one, _ in rows)
        if name == "up":  # also those of which something fails
            count = sum(status.up for _, status in rows)
        tiles.append((name if count else "none", words, amount(count)))
    for words, known in (
        ("Active calls", [status.active_calls for _, status in rows]),
        ("Active channels", [status.active_channels for _, status in rows]),
    ):
        numbers = [number for number in known if number is not None]
        tiles.append(("", words, amount(sum(numbers) if numbers else None)))
    items = (f'<div class="{name}"><dt>{words}</dt><dd>{value}</dd></div>' for name, words, value in tiles)
    return f'<dl class="tiles">{"".join(items)}</dl>'


def _table(rows: list[tuple[Level, ServerStatus]], now: float) -> str:
    if not rows:
        return '<div class="card"><p class="empty">There is nothing to show.</p></div>'
    body = "\n".join(_row(name, status, now) for name, status in rows)
    return f"""<div class="card"><table>
<caption>Servers, problems first</caption>
<thead><tr><th scope="col">Server</th><th scope="col">State</th>{_HEAD}\
<th scope="col">Asterisk</th><th scope="col">Last error</th></tr></thead>
<tbody>
{body}
</tbody>
</table></div>"""


def _since(since: float, now: float) -> str:
    if not iso(since):
        return ""
    when = f'<time datetime="{iso(since)}">{clock(since)}</time>'
    return f"<small>for {span(now - since)}, since</small><small>{when}</small>"


def _row(name: Level, status: ServerStatus, now: float) -> str:
    sign, words = _SIGNS[name]
    state = words.lower() if name == "waiting" or not status.state else status.state
    failing = ", ".join(status.collectors_failing)
    more = f"<small>failing: <bdi>{escape(failing)}</bdi></small>" if failing else ""
    more += "".join(f"<small><bdi>{escape(note)}</bdi></small>" for note in status.notes)
    numbers = (
        amount(status.active_calls),
        amount(status.active_channels),
        amount(status.events_per_second),
        milliseconds(status.round_trip),
    )
    cells = "".join(
        f'<td class="number" data-label="{column}">{number}</td>'
        for column, number in zip(_COLUMNS, numbers, strict=True)
    )
    version = f"<bdi>{escape(status.version)}</bdi>" if status.version else amount(None)
    error = f"<bdi>{escape(status.error)}</bdi>" if status.error else ""
    return (
        f'<tr class="{name}"><th scope="row"><bdi>{escape(status.name)}</bdi>'
        f"<small><bdi>{escape(status.address)}</bdi></small></th>"
        f'<td class="state"><span class="badge"><span aria-hidden="true">{sign}</span> '
        f"<bdi>{escape(state)}</bdi></span>{_since(status.since, now)}{more}</td>{cells}"
        f'<td class="version" data-label="Asterisk">{version}</td>'
        f'<td class="error" data-label="Last error">{error}</td></tr>'
    )
