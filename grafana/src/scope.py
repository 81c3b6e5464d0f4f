"""Gives each metric of a query the label matchers that the variables of its dashboard ask for."""

from __future__ import annotations

import re
from collections.abc import Collection

from exporter.collectors import reference
from exporter.metrics.own import OWN

RATE = "[$__rate_interval]"

_FAMILIES = [family for collector in (OWN, *reference().values()) for family in collector.families]
_LABELS = {family.name: family.label_names for family in _FAMILIES} | {
    f"{family.name}_{part}": family.label_names
    for family in _FAMILIES
    if family.kind == "histogram"
    for part in ("bucket", "count", "sum")
}
# prometheus_client's own, which speak of the process and not of a server
_PROCESS = {
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "up",
}
_METRIC = re.compile(r"\b(asterisk_\w+|process_\w+|up)\b(?:\{([^}]*)\})?")


def labels_of(metric: str) -> tuple[str, ...]:
    """The labels of a metric, or of a part of a histogram; KeyError if nobody declares it."""
    return () if metric in _PROCESS else _LABELS[metric]


def scoped(expression: str, variables: Collection[str] = ()) -> str:
    """The query of a panel: `[]` is made the rate interval, and each metric gets its matchers.

    Every metric is chosen by job and instance, by those of the variables that are labels of it, and by
    what the expression itself asks for, which comes first.
    """

    def matched(found: re.Match[str]) -> str:
        metric, own = found[1], found[2]
        wanted = ["job", "instance", *(name for name in variables if name in labels_of(metric))]
        matchers = [*([own] if own else []), *(f'{name}=~"${name}"' for name in wanted)]
        return f"{metric}{{{', '.join(matchers)}}}"

    return _METRIC.sub(matched, expression).replace("[]", RATE)
