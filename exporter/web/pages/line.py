"""One server as a line of the status page."""

from __future__ import annotations

from urllib.parse import quote

from exporter.web.pages.html import Html, foreign, tag
from exporter.web.pages.row import LEVELS, Row
from exporter.web.pages.words import UNKNOWN, amount, clock, milliseconds, plural, span, wait

FAILURES = 3  # that are shown


def line(row: Row, now: float) -> Html:
    """The row of a server, as a row of the table."""
    status, level = row.status, row.level
    sign, said = LEVELS[level]
    state = said.lower() if level == "waiting" or not status.state else status.state
    since = clock(status.since)
    return tag(
        "tr",
        tag(
            "th",
            tag("a", foreign(status.name), href=f"servers/{quote(status.name)}"),
            tag("small", foreign(status.address)),
            scope="row",
        ),
        tag(
            "td",
            tag("span", tag("span", sign, aria_hidden="true"), " ", foreign(state), class_="badge"),
            tag("small", f"for {span(now - status.since)}, since ", since) if since is not UNKNOWN else None,
            _wrong(row),
            class_="state",
        ),
        _cell("Calls", amount(status.active_calls)),
        _cell("Channels", amount(status.active_channels)),
        _cell("Queued", amount(row.queue_callers)),
        _cell("Longest wait", wait(row.longest_wait)),
        _cell("Agents free", amount(row.agents_available)),
        _cell("Round trip", milliseconds(status.round_trip)),
        _cell("Events/s", amount(status.events_per_second)),
        tag(
            "td",
            foreign(status.version) if status.version else UNKNOWN,
            class_="version",
            data_label="Asterisk",
        ),
        class_=level,
        id=identifier(row.name),
    )


def identifier(server: str) -> str:
    """The identifier of a server's row."""
    return f"server-{server}"


def _cell(label: str, value: Html) -> Html:
    return tag("td", value, class_="number", data_label=label)


def _wrong(row: Row) -> Html | None:
    """What is wrong with a server, why, and what to do."""
    parts = []
    if row.status.error:
        parts.append(tag("p", foreign(row.status.error), class_="error"))
    if row.advice:
        parts.append(tag("p", row.advice))
    parts += [tag("p", tag("b", foreign(each)), ": ", foreign(why)) for each, why in row.failures[:FAILURES]]
    if (more := len(row.failures) - FAILURES) > 0:
        parts.append(tag("p", f"and {plural(more, 'collector')} more"))
    shown = {why for _, why in row.failures}
    parts += [tag("p", foreign(note)) for note in row.status.notes if note not in shown]
    return tag("div", parts, class_="wrong") if parts else None
