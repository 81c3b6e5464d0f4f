"""The wallboard: one server, live, to be read from across a room."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from exporter.pbx.view import View
from exporter.web.pages.charts import sparkline
from exporter.web.pages.figures import Figures
from exporter.web.pages.frame import document
from exporter.web.pages.html import Content, Html, foreign, tag
from exporter.web.pages.memory import HOUR, Memory
from exporter.web.pages.row import LEVELS, Row
from exporter.web.pages.sections import agents, lines, quality, queue_lines, queues, work
from exporter.web.pages.sections.queue_lines import Line
from exporter.web.pages.words import amount, share, span, wait

ELSEWHERE = ("title", "state", "problems")
LARGE = ("figures", "queues", "waiting-callers", "agents")


def page(server: str, pieces: Mapping[str, Html], revision: int, problems: tuple[str, ...]) -> bytes:
    """The page."""
    header = (
        tag("a", "\N{LEFTWARDS ARROW}", href="../", aria_label="All servers", class_="back"),
        tag("h1", foreign(server)),
        pieces["state"],
        tag(
            "nav", tag("a", "Its metrics", href=f"../probe?target={quote(server)}"), aria_label="This server"
        ),
    )
    large = [pieces[key] for key in LARGE if key in pieces]
    small = [html for key, html in pieces.items() if key not in (*ELSEWHERE, *LARGE)]
    main = (large, tag("div", small, class_="small"))
    stream = f"../events?server={quote(server)}&after={revision}"
    return document(pieces["title"], "../", header, main, stream, problems, "wallboard")


def pieces(row: Row, view: View, memory: Memory) -> Iterator[tuple[str, Html]]:
    """All that changes on it, in its order."""
    figures = Figures(view)
    each = queue_lines.lines(figures, memory)
    yield "title", tag("title", f"{LEVELS[row.level][0]} {row.name}", id="title")
    yield "state", _state(row)
    yield "figures", _figures(row, figures, memory, queue_lines.together("", each))
    yield queues.queues(figures, memory, each)
    yield queues.callers(figures, each)
    yield agents.agents(figures, memory)
    yield lines.trunks(figures, memory)
    yield lines.channels(figures, memory)
    yield lines.registrations(figures)
    yield lines.conferences(figures)
    yield lines.parking(figures)
    yield quality.hangups(figures, memory)
    yield quality.media(figures, memory)
    yield quality.security(figures, memory)
    yield work.collectors(row, figures)
    yield work.session(row, figures, memory)


def _state(row: Row) -> Html:
    status, (sign, said) = row.status, LEVELS[row.level]
    state = said.lower() if row.level == "waiting" or not status.state else status.state
    return tag(
        "div",
        tag("span", tag("span", sign, aria_hidden="true"), " ", foreign(state), class_="badge"),
        tag("small", f"for {span(time.time() - status.since)}") if status.since else None,
        tag("small", "Asterisk ", foreign(status.version)) if status.version else None,
        tag("p", foreign(status.error), class_="error") if status.error else None,
        tag("p", row.advice) if row.advice else None,
        id="state",
        class_=row.level,
    )


def _figures(row: Row, figures: Figures, memory: Memory, every: Line) -> Html:
    """The large numbers."""
    status = row.status

    def hour(name: str, words: str) -> Html:
        return sparkline(memory.hour(name), HOUR, words)

    # Also those of queues that have left since.
    ended = {
        outcome: memory.today.sums(figures.pbx, queue_lines.WAITS, outcome=outcome).get(())
        for outcome in ("answered", "abandoned")
    }
    answered, abandoned = (None if each is None else each.times for each in ended.values())
    tiles = [
        _tile("Calls", amount(status.active_calls), hour("calls", "Calls")),
        _tile("Channels", amount(status.active_channels), hour("channels", "Channels")),
    ]
    if figures.has("queue_callers"):
        tiles += [
            _tile(
                "Waiting",
                amount(row.queue_callers),
                hour("waiting", "Callers that wait"),
                mark="late" if every.late else "busy" if row.queue_callers else "",
            ),
            _tile("Longest wait", wait(row.longest_wait), mark="late" if every.late else ""),
            _tile(
                "Agents free", amount(row.agents_available), mark="none" if row.agents_available == 0 else ""
            ),
            _tile("Answered today", amount(answered)),
            _tile("Abandoned today", amount(abandoned)),
            _tile("In time today", share(every.share)),
        ]
    return tag("dl", tiles, class_="tiles", id="figures")


def _tile(words: str, value: Html, below: Content = None, mark: str = "") -> Html:
    sign = tag("span", "! ", aria_hidden="true") if mark == "late" else None
    return tag("div", tag("dt", words), tag("dd", sign, value), below, class_=mark or None)
