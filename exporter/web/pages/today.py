"""What has happened since midnight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporter.metrics.columns import LabelValues
from exporter.pbx.state import Pbx
from exporter.pbx.tallies import Tally
from exporter.web.pages.period import NONE, Period, Series, Sum, series_of, sum_of, tally_of
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


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a metric had added up by then."""

    series: Series
    sums: Mapping[LabelValues, Sum]
    since: float


class Today(Period):
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
            tally, mark = tally_of(pbx, name), self._marks.get(name)
            if tally is None:
                self._marks.pop(name, None)
                continue
            series = series_of(tally)
            if mark is None or mark.series is not series:
                self._marks[name] = _Mark(series, {}, now)  # we have seen all that it counts
            elif begins:
                self._marks[name] = _Mark(series, {key: sum_of(each) for key, each in series.items()}, now)

    def since(self) -> float | None:
        """From when on all is counted: midnight, or when the exporter began to count."""
        return max((mark.since for mark in self._marks.values()), default=None)

    def gaps(self, pbx: Pbx) -> int:
        """How often since then the events stopped coming."""
        return pbx.link.gaps - self._gaps

    def added(self, name: str, tally: Tally) -> Iterator[tuple[LabelValues, Sum]]:
        """What each series has added today."""
        mark = self._marks.get(name)
        if mark and mark.series is series_of(tally):
            for key, value in mark.series.items():
                yield key, sum_of(value) - mark.sums.get(key, NONE)
