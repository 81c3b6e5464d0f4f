"""The same families as prometheus_client has them: its pages are what ours should be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    Exemplar,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.sampling import Distribution


def block(family: Family, server: str | None, values: Mapping[Any, Any]) -> Block:
    """A block; of any mapping, since type checkers refuse fixed-width tuples as keys."""
    return Block(family, server, values)


class Twin(Collector):
    """The same families as objects of prometheus_client."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks = sorted(blocks, key=lambda one: (one.family.name, one.server or ""))

    def collect(self) -> Iterable[Metric]:
        """One metric for each name."""
        made: dict[str, Any] = {}
        for one in self.blocks:
            family = one.family
            names = [name for name in family.label_names if name != "server"]
            names = names if one.server is None else ["server", *names]
            metric = made.setdefault(family.name, self._metric(family, names))
            for labels, value in one.values.items():
                full = list(labels) if one.server is None else [one.server, *labels]
                if isinstance(value, Distribution):
                    bounds = [go_string(bound) for bound in (*family.buckets, math.inf)]
                    counts = accumulate(value.counts)
                    examples = [_exemplar(family, value, index) for index in range(len(bounds))]
                    metric.add_metric(full, list(zip(bounds, counts, examples, strict=True)), value.total)
                elif family.kind == "info":
                    metric.add_metric([], dict(zip(names, full, strict=True)))
                else:
                    metric.add_metric(full, value)
        return list(made.values())

    @staticmethod
    def _metric(family: Family, names: list[str]) -> Metric:
        if family.kind == "counter":
            return CounterMetricFamily(family.name, family.help, labels=names)
        if family.kind == "info":
            return InfoMetricFamily(family.name.removesuffix("_info"), family.help, labels=[])
        if family.kind == "histogram":
            return HistogramMetricFamily(family.name, family.help, labels=names)
        return GaugeMetricFamily(family.name, family.help, labels=names)


def _exemplar(family: Family, distribution: Distribution, index: int) -> Exemplar | None:
    """The exemplar that a bucket should have: none that is longer than OpenMetrics allows."""
    if family.exemplar is None or index not in distribution.exemplars:
        return None
    name, value, when = distribution.exemplars[index]
    label = family.exemplar.lower()
    return Exemplar({label: name}, value, when) if len(label + name) <= 128 else None


def go_string(bound: float) -> str:
    """A bound as prometheus_client spells it."""
    return str(floatToGoString(bound))  # type: ignore[no-untyped-call]


def openmetrics_of(blocks: list[Block]) -> bytes:
    """The page of prometheus_client in OpenMetrics."""
    return bytes(generate_openmetrics(Twin(blocks)))  # type: ignore[no-untyped-call]
