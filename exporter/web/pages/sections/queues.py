"""Queues: who waits, who could answer, and how the day went."""

from __future__ import annotations

from exporter.web.pages.figures import Figures
from exporter.web.pages.html import Content, Html, foreign, tag
from exporter.web.pages.memory import Memory
from exporter.web.pages.sections.section import NOT_KNOWN, section, table
from exporter.web.pages.today import Today
from exporter.web.pages.words import amount, clock, plural, share, wait

LATE = tag("span", "! ", title="longer than the service level")
HEADS = ("Queue", "Waiting", "Longest wait", "Free", "Agents", "Paused", "Answered", "Abandoned", "In time")
ANSWERED = {"outcome": "answered"}
ABANDONED = {"outcome": "abandoned"}
WAITS, IN_TIME = "queue_wait_seconds", "queue_answers_within_service_level_total"


def queues(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """The section."""
    here, title = figures.has("queue_callers"), "Queues"
    waiting = figures.by("queue_callers", "queue")
    if not waiting:
        nothing = tag("p", "There are none.") if figures.pbx.link.up and _listed(figures) else NOT_KNOWN
        return section(title, nothing, here=here)
    longest = figures.by("queue_longest_wait_seconds", "queue")
    over = late(figures)
    free = figures.by("queue_members_available", "queue")
    members = figures.by("queue_members", "queue")
    paused = figures.by("queue_members_paused", "queue")
    level = levels(figures)
    pbx, today = figures.pbx, memory.today
    answered = today.sums(pbx, WAITS, "queue", **ANSWERED)
    abandoned = today.sums(pbx, WAITS, "queue", **ABANDONED)
    in_time = today.sums(pbx, IN_TIME, "queue")
    lines, marks = list[list[Content]](), list[str]()
    for queue in sorted(waiting, key=str.casefold):
        one = (queue,)
        answers = answered[one].times if one in answered else None
        part = in_time[one].times / answers if answers and queue in level and one in in_time else None
        lines.append(
            [
                foreign(queue),
                amount(waiting[queue]),
                [LATE, wait(longest.get(queue))] if queue in over else wait(longest.get(queue)),
                amount(free.get(queue)),
                amount(members.get(queue)),
                amount(paused.get(queue)),
                amount(answers),
                amount(abandoned[one].times if one in abandoned else None),
                [share(part), tag("small", f"in {level[queue]:.0f} s") if queue in level else None],
            ]
        )
        marks.append("late" if queue in over else "busy" if waiting[queue] else "")
    return section(title, table(HEADS, lines, marks), here=here, note=since(figures, today))


def _listed(figures: Figures) -> bool:
    return any(table.name == "queues" and live.loaded for table, live in figures.pbx.tables.items())


def since(figures: Figures, today: Today) -> Content:
    """From when on the sums of the day count, and whether something can be missing in them."""
    begin, gaps = today.since(), today.gaps(figures.pbx)
    if begin is None:
        return None
    missed = f"; {plural(gaps, 'gap')} of the connection: some can be missing" if gaps else ""
    return ["sums since ", clock(begin, "%H:%M"), missed]


def levels(figures: Figures) -> dict[str, float]:
    """The service level of each queue that has one (s)."""
    found = figures.by("queue_service_level_seconds", "queue")
    return {queue: seconds for queue, seconds in found.items() if seconds > 0}


def late(figures: Figures) -> set[str]:
    """The queues in which somebody has waited longer than the service level."""
    over = figures.by("queue_callers_over_service_level", "queue")
    return {queue for queue in levels(figures) if over.get(queue)}


def totals(figures: Figures, memory: Memory) -> tuple[float | None, float | None, float | None]:
    """Of all queues: answered and abandoned today, and which part of the answers was in time."""
    pbx, today, level = figures.pbx, memory.today, levels(figures)
    answered = today.sums(pbx, WAITS, "queue", **ANSWERED)
    in_time = today.sums(pbx, IN_TIME, "queue")
    judged = sum(sums.times for (queue,), sums in answered.items() if queue in level)
    good = sum(sums.times for (queue,), sums in in_time.items() if queue in level)
    return (
        sum(sums.times for sums in answered.values()) if answered else None,
        today.count(pbx, WAITS, **ABANDONED),
        good / judged if judged else None,
    )
