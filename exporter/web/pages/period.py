"""What was counted within a time: sums of the exporter's own, less what they were when it began."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from exporter.metrics.columns import LabelValues
from exporter.metrics.sampling import Distribution
from exporter.pbx.state import Pbx
from exporter.pbx.tallies import Tally

Series: TypeAlias = Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]


@dataclass(frozen=True, slots=True)
class Sum:
    """How often something happened, and the sum of its values."""

    times: float = 0.0
    total: float = 0.0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.times + other.times, self.total + other.total)

    def __sub__(self, other: Sum) -> Sum:
        return Sum(self.times - other.times, self.total - other.total)

    @property
    def mean(self) -> float | None:
        """The mean value; None if it never happened."""
        return self.total / self.times if self.times else None


NONE = Sum()


class Period(ABC):
    """A time of one server that ends now."""

    @abstractmethod
    def added(self, name: str, tally: Tally) -> Iterable[tuple[LabelValues, Sum]]:
        """What each series of a metric has added in it, also in parts; nothing if that is not known."""

    def sums(self, pbx: Pbx, name: str, *labels: str, **where: str) -> dict[tuple[str, ...], Sum]:
        """What a metric has added, by some labels, of the series that have others so; empty if not known."""
        found: dict[tuple[str, ...], Sum] = {}
        tally = tally_of(pbx, name)
        if tally is None:
            return found
        for key, each in self.added(name, tally):
            named = dict(zip(tally.family.labels, key, strict=True))
            if where.items() <= named.items():
                group = tuple([named[label] for label in labels])
                found[group] = found.get(group, NONE) + each
        return found

    def count(self, pbx: Pbx, name: str, **where: str) -> float | None:
        """How often in all; None if it is not known."""
        sums = self.sums(pbx, name, **where)
        return sums[()].times if sums else None

    def mean(self, pbx: Pbx, name: str, **where: str) -> float | None:
        """The mean of all values; None if there is none."""
        return self.sums(pbx, name, **where).get((), NONE).mean


def tally_of(pbx: Pbx, name: str) -> Tally | None:
    """The tally of a metric, named without `asterisk_`; None if it is not collected."""
    return pbx.tallies.get(f"asterisk_{name}")


def series_of(tally: Tally) -> Series:
    """Where a tally adds: one that starts anew has another."""
    return tally.values


def sum_of(value: float | Distribution) -> Sum:
    """What a series has added up."""
    if isinstance(value, Distribution):
        return Sum(float(sum(value.counts)), value.total)
    return Sum(value)
