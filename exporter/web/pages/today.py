"""What has happened since midnight: sums of the exporter's own, less what they were then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from exporter.metrics.sampling import Distribution, LabelValues
from exporter.pbx.state import Pbx
from exporter.web.pages.words import moment

COUNTED = (
    "calls_started_total",
    "calls_answered_total",
    "channel_hangups_total",
    "queue_wait_seconds",
    "queue_answers_within_service_level_total",
    "queue_member_answers_total",
    "queue_member_missed_total",
    "trunk_calls_total",
    "security_events_total",
    "rtcp_round_trip_seconds",
    "rtcp_jitter_seconds",
    "rtcp_loss_ratio",
    "rtcp_media_experience_score",
)

Series: TypeAlias = Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]


class Sum(NamedTuple):
    """How often something happened, and the sum of its values."""

    times: float = 0.0
    total: float = 0.0

    @property
    def mean(self) -> float | None:
        """The mean value; None if it never happened."""
        return self.total / self.times if self.times else None


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a metric had added up by then. `series` is where it adds: one that starts anew has another."""

    series: Series
    sums: Mapping[LabelValues, Sum]
    since: float


class Today:
    """The day of one server, by the time zone of this machine. As bounded as the metrics it reads.

    It is looked at often enough that midnight is met. Times are Unix times (s).
    """

    def __init__(self) -> None:
        self._day = ""
        self._gaps = 0
        self._marks: dict[str, _Mark] = {}

    def look(self, pbx: Pbx, now: float) -> None:
        """Begin a day if it is one, and the sums of metrics that began."""
        day = f"{moment(now):%Y-%m-%d}"
        begins = self._day not in ("", day)
        if begins:
            self._gaps = pbx.link.gaps
        self._day = day
        for name in COUNTED:
            series, mark = _series(pbx, name), self._marks.get(name)
            if series is None:
                self._marks.pop(name, None)
            elif mark is None or mark.series is not series:
                self._marks[name] = _Mark(series, {}, now)  # we have seen all that it counts
            elif begins:
                self._marks[name] = _Mark(series, {key: _sum(each) for key, each in series.items()}, now)

    def since(self) -> float | None:
        """From when on all is counted: midnight, or when the exporter began to count."""
        return max((mark.since for mark in self._marks.values()), default=None)

    def gaps(self, pbx: Pbx) -> int:
        """How often since then the events stopped coming."""
        return pbx.link.gaps - self._gaps

    def sums(self, pbx: Pbx, name: str, *labels: str, **where: str) -> dict[tuple[str, ...], Sum]:
        """What was added, by some labels, of the series that have others so; empty if not known."""
        mark, family = self._marks.get(name), pbx.declared.named.get(f"asterisk_{name}")
        found: dict[tuple[str, ...], Sum] = {}
        if mark is None or family is None or mark.series is not _series(pbx, name):
            return found
        for key, value in mark.series.items():
            named = dict(zip(family.labels, key, strict=True))
            if where.items() <= named.items():
                now, then, group = (
                    _sum(value),
                    mark.sums.get(key, Sum()),
                    tuple(named[each] for each in labels),
                )
                before = found.get(group, Sum())
                found[group] = Sum(
                    before.times + now.times - then.times, before.total + now.total - then.total
                )
        return found

    def count(self, pbx: Pbx, name: str, **where: str) -> float | None:
        """How often in all; None if it is not known."""
        sums = self.sums(pbx, name, **where)
        return sums[()].times if sums else None

    def mean(self, pbx: Pbx, name: str, **where: str) -> float | None:
        """The mean of all values; None if there is none."""
        return self.sums(pbx, name, **where).get((), Sum()).mean


def _series(pbx: Pbx, name: str) -> Series | None:
    tally = pbx.tallies.get(f"asterisk_{name}")
    if tally is None:
        return None
    return tally.distributions if tally.family.buckets else tally.sums


def _sum(value: float | Distribution) -> Sum:
    if isinstance(value, Distribution):
        return Sum(float(sum(value.counts)), value.total)
    return Sum(value)
