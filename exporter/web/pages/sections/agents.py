"""Agents: what each member of queues does, since when, and how its day went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from exporter.web.pages.figures import Figures
from exporter.web.pages.html import Html, foreign, tag
from exporter.web.pages.memory import Memory
from exporter.web.pages.sections.section import NOT_KNOWN, card, section
from exporter.web.pages.words import amount, clock, plural

MOST = 300  # agents that are shown
# What each state is called; the first ones come first.
STATES = {
    "ringing": "ringing",
    "ring_in_use": "on a call, ringing",
    "in_use": "on a call",
    "busy": "busy",
    "on_hold": "on hold",
    "free": "free",
    "wrap_up": "after a call",
    "paused": "paused",
    "unavailable": "unavailable",
    "invalid": "no such device",
    "unknown": "unknown",
}


@dataclass
class Agent:
    """One interface that serves queues."""

    name: str
    state: str
    queues: list[str] = field(default_factory=list)
    paused: bool = False
    since: float | None = None
    reason: str = ""
    answered: float | None = None
    missed: float | None = None


def agents(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """The section."""
    here, title = figures.has("queue_members"), "Agents"
    if not figures.has("queue_member_state"):
        return section(title, here=False)
    found = sorted(
        _agents(figures, memory), key=lambda each: (list(STATES).index(each.state), each.name.casefold())
    )
    if not found:
        return section(title, _none(figures), here=here)
    counts = Counter(each.state for each in found)
    chips = [
        tag("li", tag("b", amount(counts[state])), f" {said}", class_=state)
        for state, said in STATES.items()
        if counts[state]
    ]
    more = tag("p", f"and {plural(len(found) - MOST, 'agent')} more") if len(found) > MOST else None
    cards = tag("ul", map(_card, found[:MOST]), class_="cards")
    return section(title, tag("ul", chips, class_="chips"), cards, more, here=here)


def _none(figures: Figures) -> Html:
    if any(table.name == "queue_members" for table in figures.view.crowds):
        return tag("p", "They are too many to show each.")
    return tag("p", "There are none.") if figures.by("queue_callers", "queue") else NOT_KNOWN


def _agents(figures: Figures, memory: Memory) -> list[Agent]:
    """Each interface once, whatever queues it serves."""
    counted = figures.counted("queue_members_available") or ()
    free = {row.get("location") for row, value in counted if value}
    pauses = {
        (labels["queue"], labels["interface"])
        for labels, value in figures.rows("queue_member_paused")
        if value
    }
    pause_starts = _latest(figures, "queue_member_last_pause_timestamp_seconds")
    reasons = {
        str(row.get("location")): str(row.get("pausedreason", ""))
        for row in figures.table("queue_members")
        if row.get("paused") == "1"
    }
    answered, missed = (
        memory.today.sums(figures.pbx, f"queue_member_{what}_total", "member")
        for what in ("answers", "missed")
    )
    found: dict[str, Agent] = {}
    for labels, value in figures.rows("queue_member_state"):
        if not value:
            continue
        interface, member = labels["interface"], (labels["member"],)
        agent = found.setdefault(
            interface,
            Agent(
                labels["member"],
                labels["state"],
                answered=answered[member].times if member in answered else None,
                missed=missed[member].times if member in missed else None,
            ),
        )
        agent.queues.append(labels["queue"])
        if (labels["queue"], interface) in pauses:
            agent.paused = True
            agent.reason = reasons.get(interface, "")
    for interface, agent in found.items():
        agent.since = memory.changed.get(interface)
        if agent.state == "not_in_use":
            agent.state = "free" if interface in free else "paused" if agent.paused else "wrap_up"
        if agent.state == "paused":
            agent.since = pause_starts.get(interface, agent.since)
    return list(found.values())


def _latest(figures: Figures, metric: str) -> dict[str, float]:
    latest: dict[str, float] = {}
    for labels, value in figures.rows(metric):
        latest[labels["interface"]] = max(value, latest.get(labels["interface"], 0.0))
    return latest


def _card(agent: Agent) -> Html:
    paused = ", paused" if agent.paused and agent.state != "paused" else ""
    reason = [": ", foreign(agent.reason)] if agent.paused and agent.reason else None
    return card(
        foreign(agent.name),
        tag("small", clock(agent.since, "%H:%M"), title="since") if agent.since else None,
        [STATES[agent.state], paused, reason],
        [amount(agent.answered), " answered, ", amount(agent.missed), " missed"],
        agent.state,
        ", ".join(agent.queues),
    )
