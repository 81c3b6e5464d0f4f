"""The page of metrics: from rows of tables through the declarations to bytes, beside prometheus_client."""

from __future__ import annotations

import asyncio
import gc
import gzip
import random
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import cast

from benchmarks.common import QUICK, cpu, heading, percentile, rounds, table
from benchmarks.state import up
from exporter.metrics import Collector, Number, Poll, Table, gauge
from exporter.metrics.exposition import Writer
from exporter.pbx import clock
from exporter.pbx.state import Limits, Pbx
from exporter.pbx.view import View
from exporter.web.negotiation import compress
from exporter.web.turns import Turns
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector as Registered

FAMILIES = 10
LABELS = {"queue": "Queue", "member": "Name", "status": "Status"}
TABLES = [Table(f"members_{n}", "QueueMember", key=("Queue", "Name")) for n in range(FAMILIES)]
GAUGES = tuple(
    gauge(f"queue_member_measure_{n}", "A measure of the members of queues.", t, LABELS, Number("Calls"))
    for n, t in enumerate(TABLES)
)
POLL = Poll("QueueStatus", fills=tuple(TABLES))


class Scene:
    """A server with ten tables of queue members, and a family of each."""

    def __init__(self, series: int) -> None:
        self.count = series // FAMILIES
        self.pbx = up(
            Pbx("pbx-frankfurt-1", (Collector("members", "Bench.", GAUGES, (POLL,)),), {}, Limits(series))
        )
        (state,) = self.pbx.polls.values()
        state.succeeded(0.0, clock.now())
        state.good_for = float("inf")
        self.view, self.writer = View(self.pbx), Writer()
        self.change(range(FAMILIES))

    def change(self, families: Iterable[int]) -> None:
        """A list brings other numbers for every row of these families."""
        for number in families:
            self.pbx.tables[TABLES[number]].swap(self._items(), 0.0)

    def _items(self) -> Iterator[dict[str, str]]:
        for n in range(self.count):
            yield {
                "queue": f"support-level-{n % 97}",
                "name": f"agent-{n:06d}",
                "status": "in_use",
                "calls": str(random.randrange(10_000)),
            }

    def timed(
        self, page: Callable[[bool], bytes], families: Sequence[int], openmetrics: bool = False
    ) -> float:
        """CPU seconds of a page after a change, which itself is not counted."""
        total, times = 0.0, max(1, 2_000 // self.count)
        for _ in range(times):
            self.change(families)
            total += cpu(lambda: page(openmetrics))
        return total / times

    def ours(self, openmetrics: bool = False) -> bytes:
        return self.writer.write(self.view.blocks(), openmetrics)

    def theirs(self, openmetrics: bool = False) -> bytes:
        registry = cast(Registered, self)
        return generate_openmetrics(registry) if openmetrics else generate_latest(registry)  # type: ignore[no-untyped-call]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """As a collector of prometheus_client is written."""
        for family, source in zip(GAUGES, TABLES, strict=True):
            metric = GaugeMetricFamily(family.name, family.help, labels=["server", *LABELS])
            for row in self.pbx.tables[source].rows.values():
                labels = [self.pbx.name, str(row["queue"]), str(row["name"]), str(row["status"])]
                metric.add_metric(labels, float(row["calls"]))
            yield metric


def main() -> None:
    heading("Scrape: from rows to bytes", "prometheus-client")
    print("CPU µs a series. *all*: every number differs from the last page; *one*: of one family of ten.\n")
    for size in (1_000, 10_000) if QUICK else (1_000, 10_000, 100_000):
        pages(size)
    packing(Scene(10_000).ours())
    size = 10_000 if QUICK else 100_000
    print(f"Lag of the event loop while {size:,} series are all changed and scraped each second: ", end="")
    first, *others = asyncio.run(lags(Scene(size), 3 if QUICK else 15))
    each = [late for page in others for late in page]
    middle, late, most = (percentile(each, 0.5), percentile(each, 0.99), max(each))
    print(f"median {middle * 1e3:.2f} ms, 99 % {late * 1e3:.1f} ms, most {most * 1e3:.1f} ms; ", end="")
    print(f"of the first page, which makes all labels, {max(first) * 1e3:.1f} ms.\n")
    memory(10_000)


def pages(size: int) -> None:
    """Whole pages of so many series."""
    scene, every = Scene(size), range(FAMILIES)
    for openmetrics in (False, True):
        ours, theirs = (page(openmetrics).splitlines() for page in (scene.ours, scene.theirs))
        assert sorted(ours) == sorted(theirs)
    cases = {
        "prometheus_client": partial(scene.timed, scene.theirs, every),
        "ours, all": partial(scene.timed, scene.ours, every),
        "ours, one": partial(scene.timed, scene.ours, [3]),
        "ours, none": partial(scene.timed, scene.ours, []),
        "prometheus_client, OpenMetrics": partial(scene.timed, scene.theirs, every, True),
        "ours, all, OpenMetrics": partial(scene.timed, scene.ours, every, True),
        "ours, one, OpenMetrics": partial(scene.timed, scene.ours, [3], True),
    }
    table(rounds(cases), "µs a series", "prometheus_client", scale=1e6 / size, first=f"{size:,} series")


def packing(page: bytes) -> None:
    """How long gzip takes."""
    print(f"gzip of 10,000 series, {len(page):,} bytes; prometheus_client compresses at level 9:\n")
    cases = {
        "level 9": lambda: cpu(lambda: gzip.compress(page)),
        f"ours, {len(compress(page)):,} bytes": lambda: cpu(lambda: compress(page), 5),
    }
    table(rounds(cases), "ms", "level 9", scale=1e3)


async def lags(scene: Scene, scrapes: int) -> list[list[float]]:
    """How late a timer of 1 ms is, in the second of each scrape."""
    found: list[list[float]] = []

    async def watch() -> None:
        while True:
            due = time.perf_counter() + 0.001
            await asyncio.sleep(0.001)
            found[-1].append(time.perf_counter() - due)

    found.append([])
    watching = asyncio.create_task(watch())
    for _ in range(scrapes):
        scene.change(range(FAMILIES))
        await asyncio.sleep(0.3)
        found[-1] = []  # all those lists at once: not what is measured
        begun = time.monotonic()
        page, turns = scene.writer.page(), Turns()
        for block in scene.view.blocks():
            page.add(block)
            await turns.take()
        body = page.whole()
        await asyncio.to_thread(compress, body)
        await asyncio.sleep(begun + 1.0 - time.monotonic())
        found.append([])
    watching.cancel()
    return found[:-1]


def memory(size: int) -> None:
    """What a series costs, beside its row."""
    scene = Scene(size)
    gc.collect()
    tracemalloc.start()
    scene.ours()
    gc.collect()
    print(f"Memory a series, beside its row: {tracemalloc.get_traced_memory()[0] / size:.0f} bytes.\n")
    tracemalloc.stop()


if __name__ == "__main__":
    main()
