"""Task processors: the queues inside Asterisk, by which it is seen to be overloaded."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from exporter.metrics import (
    Collector,
    Exceeds,
    Fold,
    Folded,
    Machine,
    Number,
    Part,
    Poll,
    Seed,
    Table,
    counter,
    gauge,
)
from exporter.metrics.folds import Told
from exporter.metrics.readers import Row

processors = Table(
    "taskprocessors",
    lines=r"(?P<Name>\S.*?)\s+(?P<Processed>\d+)\s+(?P<Queued>\d+)\s+(?P<Deepest>\d+)"
    r"(?:\s+(?P<Low>\d+)\s+(?P<High>\d+))?",
    key=("Name",),
)

# A name that ends in a number of eight hexadecimal digits is of one thing among many: it is cut to what
# they have in common, and says no name of an endpoint, a conference or a call.
_STABLE = "|".join(
    (
        r"[^-]*(?:-(?![0-9a-f]{8}$)[^-]*)*$",  # it has no such number
        r"pjsip/[a-z_]+",  # pjsip/options/6001-0000004f, pjsip/distributor-00000021
        r"sorcery/[a-z_-]+(?=-[0-9a-f]{8}$)",  # sorcery/inbound-publication-00000057
        r"taskpool/s:[a-z_]+",
        r"stasis/[mp]:(?:bridge|channel)(?::all(?=-))?",  # else their ids follow
        # stasis/m:cache_pattern:0/endpoint:all-00000008, stasis/p:endpoint:PJSIP/6001-00000023
        r"stasis/[mp]:[a-z_]+(?::[A-Za-z_]+[0-9]?(?=[-/]))?",
        r"sub[mp]:[A-Za-z_]+",  # before Asterisk 14
        r"[A-Za-z0-9_]+",  # Confbridge/1000-0000007e
    )
)
name = Part("Name", f"({_STABLE})")


class Processed(Machine):
    """Adds up what was processed from list to list.

    Processors of sessions come and go, so that the sum over those that are there becomes less. It knows
    those of the last list, also of an earlier session: one that has done less since then is a new one.
    """

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterable[Told]:
        """A list was read."""
        done = {str(row["name"]): float(row["processed"]) for row in rows}
        for processor, count in done.items():
            before = self._last.get(processor, 0.0)
            yield "processed", {"name": processor, "count": count - before if count >= before else count}
        self._last = done


processed = Fold("processed_tasks", (), (), Processed, (Seed(processors, ("Name", "Processed")),))
by_name = {"name": name}

COLLECTOR = Collector(
    name="taskprocessors",
    help=__doc__,
    polls=(Poll("Command", fills=(processors,), params=(("Command", "core show taskprocessors"),)),),
    interval=60,
    default=False,
    families=(
        gauge("taskprocessors", "Task processors; from core show taskprocessors.", processors),
        gauge(
            "taskprocessor_queued_tasks",
            "Tasks that wait, by the part of the processors' names that they have in common; from core show "
            "taskprocessors, In Queue.",
            processors,
            by_name,
            Number("Queued"),
            take="sum",
        ),
        gauge(
            "taskprocessor_max_queued_tasks",
            "The most tasks that ever waited at one time for a processor of that name; from core show "
            "taskprocessors, Max Depth.",
            processors,
            by_name,
            Number("Deepest"),
            take="max",
        ),
        counter(
            "taskprocessor_processed_tasks_total",
            "Tasks done, as far as lists told of them: what a processor did after the last list that shows it is "
            "not known; from core show taskprocessors, Processed.",
            Folded(processed, "processed"),
            by_name,
            Number("Count"),
        ),
        gauge(
            "taskprocessors_over_high_water",
            "Processors with as many waiting tasks as their high water mark or more: PJSIP then refuses new calls; "
            "from core show taskprocessors, In Queue and High water.",
            processors,
            value=Exceeds(Number("Queued", offset=1.0), Number("High")),
            take="sum",
        ),
    ),
)
