"""How calls go: why channels hung up, how voices sound, and who was refused; lately, and today."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from exporter.web.pages.figures import Figures
from exporter.web.pages.html import Content, Html, foreign, tag
from exporter.web.pages.memory import Memory
from exporter.web.pages.period import NONE
from exporter.web.pages.recent import MINUTES
from exporter.web.pages.sections.section import section, table
from exporter.web.pages.words import UNKNOWN, amount, milliseconds, share, words

MOST = 8  # lines that are shown; the others are put together
TIMES = (f"Last {MINUTES} min", "Today")
# By which way a report goes: what is sent tells what is heard here.
WAYS = (("heard here", "sent"), ("heard there", "received"))
SCORE = "rtcp_media_experience_score"  # not every Asterisk tells it

Line: TypeAlias = tuple[Content, float, float]  # what, how often lately, how often today


def hangups(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """Why channels hung up."""
    found = _counts(figures, memory, "channel_hangups_total", "cause")
    lines = [(words(cause), lately, today) for (cause,), lately, today in found]
    return _section("Hangups", "Cause", lines, figures.has("channel_hangups_total"))


def security(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """Who was refused."""
    found = _counts(figures, memory, "security_events_total", "event", "service", severity="error")
    lines = [
        ([foreign(event), tag("small", service)], lately, today) for (event, service), lately, today in found
    ]
    return _section("Refused", "What", lines, figures.has("security_events_total"))


def _counts(
    figures: Figures, memory: Memory, metric: str, *labels: str, **where: str
) -> list[tuple[tuple[str, ...], float, float]]:
    """How often each happened lately and today, the most frequent first."""
    recent = memory.recent.sums(figures.pbx, metric, *labels, **where)
    today = memory.today.sums(figures.pbx, metric, *labels, **where)
    found = [
        (each, recent.get(each, NONE).times, today.get(each, NONE).times) for each in today.keys() | recent
    ]
    found = [line for line in found if any(line[1:])]
    return sorted(found, key=lambda line: (-line[2], -line[1], line[0]))


def _section(title: str, what: str, lines: Sequence[Line], here: bool) -> tuple[str, Html]:
    if not lines:
        return section(title, tag("p", "None today."), here=here)
    shown, rest = [*lines[:MOST]], lines[MOST:]
    if rest:
        shown.append((f"{len(rest)} more", sum(line[1] for line in rest), sum(line[2] for line in rest)))
    cells = [(which, amount(lately), amount(today)) for which, lately, today in shown]
    return section(title, table((what, *TIMES), cells), here=here)


def media(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """What RTCP reports on average."""

    def means(
        what: str, metric: str, form: Callable[[float | None], Html], **where: str
    ) -> tuple[Content, Content, Content]:
        lately, today = (
            period.mean(figures.pbx, metric, **where) for period in (memory.recent, memory.today)
        )
        return what, form(lately), form(today)

    def lines() -> Iterator[tuple[Content, Content, Content]]:
        yield means("Round trip", "rtcp_round_trip_seconds", milliseconds)
        for what, metric, form in (
            ("Jitter", "rtcp_jitter_seconds", milliseconds),
            ("Loss", "rtcp_loss_ratio", share),
            ("Score of 100", SCORE, amount),
        ):
            for said, direction in WAYS:
                line = means(f"{what}, {said}", metric, form, direction=direction)
                if metric != SCORE or line[2] is not UNKNOWN:
                    yield line

    shown = table(("Average", *TIMES), lines())
    return section("Voice quality", shown, here=figures.has("rtcp_jitter_seconds"))
