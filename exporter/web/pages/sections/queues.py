"""Queues: who waits, who could answer, and how the day went."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from exporter.pbx.shown import Shown
from exporter.web.pages.figures import Figures
from exporter.web.pages.html import Content, Html, foreign, tag
from exporter.web.pages.memory import Memory
from exporter.web.pages.sections.queue_lines import Line, together
from exporter.web.pages.sections.section import MOST, NOT_KNOWN, card, section, table
from exporter.web.pages.today import Today
from exporter.web.pages.words import amount, clock, plural, share, wait

LATE = tag("span", "! ", title="longer than the service level")
HEADS = (
    "Queue",
    "Waiting",
    "Longest wait",
    "Free",
    "Busy",
    "Paused",
    "Agents",
    "Answered",
    "Abandoned",
    "In time",
)
REST = "Other queues"  # in no group
NOBODY = ("", "unknown", "<unknown>")  # what stands for a caller who is not told


def queues(figures: Figures, memory: Memory, lines: Sequence[Line]) -> tuple[str, Html]:
    """The section."""
    here, title = figures.has("queue_callers"), "Queues"
    if not lines:
        nothing = NOT_KNOWN if figures.counted("queue_callers") is None else tag("p", "There are none.")
        return section(title, nothing, here=here)
    shown = list(_grouped(figures, lines))
    if len(shown) > MOST:  # cut are queues in which nobody waits, if there are so many
        ranks = sorted(range(len(shown)), key=lambda number: _rank(*shown[number]))
        shown = [shown[number] for number in (*sorted(ranks[:MOST]), *ranks[MOST:])]
    marks = [_mark(line, group) for line, group in shown]
    rows = [_cells(line) for line, _ in shown]
    return section(title, table(HEADS, rows, marks), here=here, note=since(figures, memory.today))


def _grouped(figures: Figures, lines: Sequence[Line]) -> Iterator[tuple[Line, bool]]:
    """The lines, and whether each is a group; its queues stand below it."""
    shown = figures.pbx.shown
    if not shown.queue_groups:
        yield from ((line, False) for line in lines)
        return
    groups: dict[str, list[Line]] = {name: [] for name in (*dict(shown.queue_groups), "")}
    for line in lines:
        groups[_group(line.name, shown)].append(line)
    for name, queues in groups.items():
        if queues:
            yield together(name or REST, queues), True
            yield from ((line, False) for line in queues)


def _group(queue: str, shown: Shown) -> str:
    """The first group that a queue is in; empty if it is in none."""
    for name, patterns in shown.queue_groups:
        if any(re.fullmatch(pattern, queue) for pattern in patterns):
            return name
    return ""


def _rank(line: Line, group: bool) -> tuple[bool, ...]:
    return not group, not line.late, not line.waiting


def _mark(line: Line, group: bool) -> str:
    mark = "late" if line.late else "busy" if line.waiting else ""
    return f"{mark} group".lstrip() if group else mark


def _cells(line: Line) -> list[Content]:
    level = tag("small", f"in {line.level:.0f} s") if line.level else None
    return [
        foreign(line.name),
        amount(line.waiting),
        [LATE, wait(line.longest)] if line.late else wait(line.longest),
        *(amount(len(members)) for members in (line.free, line.busy, line.paused, line.agents)),
        amount(line.answered),
        amount(line.abandoned),
        [share(line.share), level],
    ]


def since(figures: Figures, today: Today) -> Content:
    """From when on the sums of the day count, and whether something can be missing in them."""
    begin, gaps = today.since(), today.gaps(figures.pbx)
    if begin is None:
        return None
    missed = f"; {plural(gaps, 'gap')} of the connection: some can be missing" if gaps else ""
    return ["sums since ", clock(begin, "%H:%M"), missed]


def callers(figures: Figures, lines: Sequence[Line]) -> tuple[str, Html]:
    """Who waits, the longest first; only where the configuration wants it."""
    title, metric = "Waiting callers", "queue_longest_wait_seconds"
    if not (figures.pbx.shown.callers and lines):
        return section(title, here=False)
    levels = {line.name: line.level for line in lines}
    waiting = sorted(figures.counted(metric) or (), key=lambda each: -each[1])
    cards = []
    for row, waited in waiting[:MOST]:
        queue = figures.label(metric, "queue", row)
        late = waited > (levels.get(queue) or math.inf)
        name, number = (str(row.get(header, "")) for header in ("calleridname", "calleridnum"))
        told = [foreign(each) for each in dict.fromkeys((name, number)) if each not in NOBODY]
        cards.append(
            card(
                told[0] if told else "not told",
                tag("b", [LATE, wait(waited)] if late else wait(waited)),
                foreign(queue),
                told[1:],
                "late" if late else "ringing",
            )
        )
    more = tag("p", f"and {plural(len(waiting) - MOST, 'caller')} more") if len(waiting) > MOST else None
    shown = tag("ul", cards, class_="cards") if cards else tag("p", "Nobody waits.")
    return section(title, shown, more)
