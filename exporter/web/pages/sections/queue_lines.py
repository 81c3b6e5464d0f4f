"""What there is to say of each queue, and of several together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exporter.web.pages.figures import Figures
from exporter.web.pages.memory import Memory

BUSY = frozenset({"ringing", "in_use", "ring_in_use", "busy", "on_hold"})
WAITS, IN_TIME = "queue_wait_seconds", "queue_answers_within_service_level_total"


@dataclass
class Line:
    """A queue, or several. What is not known is None.

    Attributes:
        longest: how long somebody has waited (s).
        late: whether somebody has waited longer than the service level.
        level: the service level (s), if there is one for all.
        judged: answers of today in queues with a service level; `in_time` of them were within it.
        agents: members, each once; `free`, `busy` and `paused` are such members, by their interfaces.
    """

    name: str
    waiting: float | None = None
    longest: float | None = None
    late: bool = False
    level: float | None = None
    answered: float | None = None
    abandoned: float | None = None
    judged: float = 0.0
    in_time: float = 0.0
    agents: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)

    @property
    def share(self) -> float | None:
        """The part of the answers that was within the service level; None if there were none."""
        return self.in_time / self.judged if self.judged else None


def lines(figures: Figures, memory: Memory) -> list[Line]:
    """Each queue, by name; none if they are not known."""
    pbx, today = figures.pbx, memory.today
    found = {name: Line(name, waiting) for name, waiting in figures.by("queue_callers", "queue").items()}
    levels = figures.by("queue_service_level_seconds", "queue")
    over = figures.by("queue_callers_over_service_level", "queue")
    longest = figures.by("queue_longest_wait_seconds", "queue")
    answered = today.sums(pbx, WAITS, "queue", outcome="answered")
    abandoned = today.sums(pbx, WAITS, "queue", outcome="abandoned")
    in_time = today.sums(pbx, IN_TIME, "queue")
    for name, line in found.items():
        line.longest, line.level = longest.get(name), levels.get(name) or None
        line.answered = answered[name,].times if (name,) in answered else None
        line.abandoned = abandoned[name,].times if (name,) in abandoned else None
        if line.level:
            line.late = bool(over.get(name))
            if line.answered and (name,) in in_time:
                line.judged, line.in_time = line.answered, in_time[name,].times
    _members(figures, found)
    return sorted(found.values(), key=lambda line: line.name.casefold())


def _members(figures: Figures, found: Mapping[str, Line]) -> None:
    """Put each member into its queues."""
    for metric in ("queue_members", "queue_members_available", "queue_members_paused"):
        for row, value in figures.counted(metric) or ():
            line = found.get(figures.label(metric, "queue", row))
            if line is None or not value:
                continue
            member = str(row["location"])
            match metric:
                case "queue_members":
                    line.agents.add(member)
                    if figures.label(metric, "state", row) in BUSY:
                        line.busy.add(member)
                case "queue_members_available":
                    line.free.add(member)
                case _:
                    line.paused.add(member)


def together(name: str, lines: Iterable[Line]) -> Line:
    """Queues as if they were one."""
    lines = list(lines)
    levels = {line.level for line in lines}
    return Line(
        name,
        waiting=_sum(line.waiting for line in lines),
        longest=max((line.longest for line in lines if line.longest is not None), default=None),
        late=any(line.late for line in lines),
        level=levels.pop() if len(levels) == 1 else None,
        answered=_sum(line.answered for line in lines),
        abandoned=_sum(line.abandoned for line in lines),
        judged=sum(line.judged for line in lines),
        in_time=sum(line.in_time for line in lines),
        agents=set[str]().union(*(line.agents for line in lines)),
        free=set[str]().union(*(line.free for line in lines)),
        busy=set[str]().union(*(line.busy for line in lines)),
        paused=set[str]().union(*(line.paused for line in lines)),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
