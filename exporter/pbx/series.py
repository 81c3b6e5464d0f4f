"""What is shown of rows: the samples of a family, bounded in number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from exporter.metrics.columns import LabelValues
from exporter.metrics.families import Family
from exporter.metrics.labelsets import Firsts, LabelSets
from exporter.metrics.readers import Row
from exporter.metrics.sampling import sample


class Series:
    """The samples of one family of one server, worked out anew only when its rows have changed.

    Label sets come first come, first served, up to `limit`: what was shown before is shown again as long
    as it is there. Those beyond are refused, each counted once as long as it stays so.
    """

    def __init__(self, family: Family, limit: int, length: int) -> None:
        self.family = family
        self.values: Mapping[LabelValues, float] = {}
        self.refused = 0
        self.unreadable = 0
        self.version: object = None  # another one whenever the values may be others
        self._limit = limit
        self._length = length
        self._firsts = Firsts(family)
        self._label_sets = LabelSets(family, length)
        self._of: object = None  # the version of the rows that the values are of
        self._reading: object = None
        self._unreadable = 0  # values of those rows
        self._turned_away: set[LabelValues] = set()  # label sets of those rows
        self._left_out = 0  # of those rows too: equal ones, and zeros beyond the bound

    def shows(self, version: object, reading: object = None) -> bool:
        """Whether the values are those of rows of this version, now too.

        Args:
            reading: what differs when the rows were read anew; what cannot be read is counted again then.
        """
        if version != self._of or self.family.ages:
            return False
        if reading != self._reading:
            self.unreadable += self._unreadable
            self._reading = reading
        return True

    def read(
        self,
        version: object,
        rows: Iterable[Row],
        over: Collection[Row],
        now: float,
        labelled: object = None,
        reading: object = None,
    ) -> Mapping[LabelValues, float]:
        """The samples.

        Args:
            version: what differs when rows do.
            over: the rows of the table that the family is over.
            labelled: what differs when the headers do that labels are made of; None: nobody knows.
            reading: as for `shows`.
        """
        if self.shows(version, reading):
            return self.values
        samples = sample(
            self.family, rows, now, self._length, over, self._firsts, self._limit, self._label_sets, labelled
        )
        values = samples.values
        if self.family.zeros == "seen":
            values = {**values, **{labels: 0.0 for labels in self.values if labels not in values}}
        turned_away: set[LabelValues] = set()
        if len(values) > self._limit:
            kept = self._bounded(values)
            turned_away = values.keys() - kept.keys()
            values = kept
        self.refused += len(turned_away - self._turned_away) + max(0, samples.refused - self._left_out)
        if version != self._of or reading != self._reading:
            self.unreadable += samples.unreadable
        self._unreadable, self._reading = samples.unreadable, reading
        self.values, self._of, self.version = values, version, object()
        self._turned_away, self._left_out = turned_away, samples.refused
        return values

    def _bounded(self, values: Mapping[LabelValues, float]) -> dict[LabelValues, float]:
        kept: dict[LabelValues, float] = {}
        for labels in chain(self.values, values):
            if len(kept) >= self._limit:
                break
            if labels in values:
                kept[labels] = values[labels]
        return kept

    def forget(self) -> None:
        """The session is over: what comes then is shown as if it were the first."""
        self.values, self._of, self.version = {}, None, None
        self._turned_away, self._left_out, self._unreadable = set(), 0, 0

    def take_over(self, before: Series, same: bool) -> None:
        """Go on where an earlier one of the same family ends. `same`: its rows are those of that one."""
        same = same and (self._limit, self._length) == (before._limit, before._length)
        self.values, self._of, self.version = before.values, before._of if same else None, before.version
        self._reading, self._unreadable = before._reading, before._unreadable
        self.refused, self.unreadable = before.refused, before.unreadable
        self._firsts = before._firsts
        self._turned_away, self._left_out = before._turned_away, before._left_out
