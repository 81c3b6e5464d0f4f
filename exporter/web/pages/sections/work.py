"""How we fare with a server ourselves: the collectors, and what became of the session."""

from __future__ import annotations

from exporter.web.pages.figures import Figures
from exporter.web.pages.html import Content, Html, foreign, tag
from exporter.web.pages.memory import Memory
from exporter.web.pages.row import Row
from exporter.web.pages.sections.section import facts, section
from exporter.web.pages.words import amount, clock, milliseconds


def collectors(row: Row, figures: Figures) -> tuple[str, Html]:
    """The health of each collector, and why one fails."""
    failures, supported = dict(row.failures), figures.by("collector_supported", "collector")
    success = figures.by("collector_success", "collector")
    items = []
    for each in figures.pbx.collectors:
        if each.name in failures:
            sign, class_, why = "✕", "bad", f": {failures[each.name]}"
        elif supported.get(each.name) == 0:
            sign, class_, why = "\N{EN DASH}", "unknown", ": not on this Asterisk"
        elif success.get(each.name) or (figures.pbx.link.up and not each.polls):
            sign, class_, why = "✓", "good", ""
        else:
            sign, class_, why = "…", "unknown", ": not asked yet" if figures.pbx.link.up else ""
        items.append(
            tag("li", tag("span", f"{sign} ", class_=class_), tag("b", foreign(each.name)), foreign(why))
        )
    return section("Collectors", tag("ul", items, class_="collectors"))


def session(row: Row, figures: Figures, memory: Memory) -> tuple[str, Html]:
    """The connection: how it is, and what became of it."""
    pbx, status = figures.pbx, row.status
    pairs: list[tuple[Content, Content]] = [
        ("Address", foreign(status.address)),
        ("Round trip", milliseconds(status.round_trip)),
        ("Events a second", amount(status.events_per_second)),
        ("Asterisk started", clock(figures.sum("start_timestamp_seconds"), "%d %b %H:%M")),
        ("Sessions", amount(pbx.link.connections)),
    ]
    events = [
        tag(
            "li",
            clock(event.time, "%d %b %H:%M:%S"),
            " ",
            tag("b", event.state),
            [": ", foreign(event.error)] if event.error else None,
        )
        for event in reversed(memory.events)
    ]
    return section("Connection", facts(pairs), tag("ol", events, class_="log"))
