"""Families to text 0.0.4 and OpenMetrics 1.0, fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exporter.metrics.families import Family
from exporter.metrics.sampling import Distribution, LabelValues


@dataclass(frozen=True, slots=True)
class Block:
    """The samples of one family and one server (none for a metric of the exporter alone).

    `values` has label values in the order of the family's labels, without `server`; a histogram has
    distributions, everything else numbers.
    """

    family: Family
    server: str | None
    values: Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]
