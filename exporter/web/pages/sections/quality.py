"""How calls went today: why channels hung up, how voices sounded, and who was refused."""

from __future__ import annotations

from exporter.web.pages.figures import Figures
from exporter.web.pages.html import Content, Html, foreign, tag
from exporter.web.pages.memory import Memory
from exporter.web.pages.sections.section import facts, section
from exporter.web.pages.words import amount, milliseconds, share, words

CAUSES = 8  # that are shown
SENT, RECEIVED = (
    {"direction": "received"},
    {"direction": "sent"},
)  # the far end tells of what we send, we of the rest


def hangups(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """Why channels hung up."""
    causes = memory.today.sums(figures.pbx, "channel_hangups_total", "cause")
    found = sorted(((sums.times, cause) for (cause,), sums in causes.items() if sums.times), reverse=True)
    shown: Content = facts((words(cause), amount(count)) for count, cause in found[:CAUSES])
    here = figures.has("channel_hangups_total")
    return section("Hangups today", shown if found else tag("p", "None yet."), here=here)


def media(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """What RTCP reports on average."""
    pbx, today = figures.pbx, memory.today
    pairs: list[tuple[Content, Content]] = [
        ("Round trip", milliseconds(today.mean(pbx, "rtcp_round_trip_seconds")))
    ]
    for way, where in (("heard here", RECEIVED), ("heard there", SENT)):
        pairs.append((f"Jitter, {way}", milliseconds(today.mean(pbx, "rtcp_jitter_seconds", **where))))
        pairs.append((f"Loss, {way}", share(today.mean(pbx, "rtcp_loss_ratio", **where))))
        score = today.mean(pbx, "rtcp_media_experience_score", **where)
        if score is not None:
            pairs.append((f"Score of 100, {way}", amount(score)))
    return section(
        "Voice quality today", facts(pairs), here=figures.has("rtcp_jitter_seconds"), note="averages"
    )


def security(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """Who was refused."""
    events = memory.today.sums(figures.pbx, "security_events_total", "event", "service", severity="error")
    found = sorted(((sums.times, which) for which, sums in events.items() if sums.times), reverse=True)
    shown: Content = facts(
        ([foreign(event), tag("small", service)], amount(count)) for count, (event, service) in found
    )
    here = figures.has("security_events_total")
    return section("Refused today", shown if found else tag("p", "Nobody."), here=here)
