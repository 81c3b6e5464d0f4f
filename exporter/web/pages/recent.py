"""What has happened in the last quarter of an hour."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from exporter.metrics.columns import LabelValues
from exporter.pbx.state import Pbx
from exporter.pbx.tallies import Tally
from exporter.web.pages.period import NONE, Period, Series, Sum, series_of, sum_of, tally_of

MINUTES = 15
COUNTED = (
    "channel_hangups_total",
    "security_events_total",
    "rtcp_round_trip_seconds",
    "rtcp_jitter_seconds",
    "rtcp_loss_ratio",
    "rtcp_media_experience_score",
)

_Added: TypeAlias = Mapping[LabelValues, Sum]


class _Minutes:
    """Of one metric: what each minute has added, and what there was at the end of the last one."""

    def __init__(self, tally: Tally) -> None:
        self.series: Series = series_of(tally)
        self._sums: dict[LabelValues, Sum] = {}
        self._minutes: deque[_Added] = deque(maxlen=MINUTES)
        self._version: object = None

    def end(self, tally: Tally) -> None:
        """A minute is over. Few series have added anything in it, and only these are kept."""
        added = {} if self._version is tally.version else dict(self._since())
        self._version = tally.version
        for key, each in added.items():
            self._sums[key] = self._sums.get(key, NONE) + each
        self._minutes.append(added)

    def added(self) -> Iterator[tuple[LabelValues, Sum]]:
        """What was added in all these minutes, and in the one that goes on."""
        for minute in self._minutes:
            yield from minute.items()
        yield from self._since()

    def _since(self) -> Iterator[tuple[LabelValues, Sum]]:
        for key, value in self.series.items():
            added = sum_of(value) - self._sums.get(key, NONE)
            if added.times:
                yield key, added


class Recent(Period):
    """The last minutes of one server. Look once a minute."""

    def __init__(self) -> None:
        self._metrics: dict[str, _Minutes] = {}

    def follow(self, pbx: Pbx) -> None:
        """There are metrics to be counted that were not there, or began anew."""
        for name in COUNTED:
            tally, known = tally_of(pbx, name), self._metrics.get(name)
            if tally is not None and (known is None or known.series is not series_of(tally)):
                self._metrics[name] = _Minutes(tally)

    def look(self, pbx: Pbx) -> None:
        """A minute is over."""
        self.follow(pbx)
        for name in COUNTED:
            if tally := tally_of(pbx, name):
                self._metrics[name].end(tally)
            else:
                self._metrics.pop(name, None)

    def added(self, name: str, tally: Tally) -> Iterator[tuple[LabelValues, Sum]]:
        """What each series has added in them."""
        known = self._metrics.get(name)
        if known and known.series is series_of(tally):
            yield from known.added()
