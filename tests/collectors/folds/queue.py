"""A fold of waits under test, and what it has told."""

from __future__ import annotations

from collections import Counter

from exporter.collectors.folds.queue_waits import Waits
from exporter.metrics.folds import Told
from exporter.metrics.readers import Row


class Queue:
    """The fold, and what it has told of one queue or of all."""

    def __init__(self) -> None:
        self.waits = Waits()
        self.now = 1000.0
        self.told: list[Told] = []

    def tell(self, *events: str, unique: str = "1", queue: str = "sales", **headers: str) -> None:
        for event in events:
            fields = {"uniqueid": unique, "queue": queue, "linkedid": f"call-{unique}", **headers}
            self.told += self.waits.take(event, fields, self.now)

    def listed(self, *rows: Row) -> None:
        self.told += self.waits.listed("queue_callers", rows, self.now)

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.told += self.waits.tick(self.now)

    @property
    def ends(self) -> Counter[object]:
        return Counter(row["outcome"] for what, row in self.told if what == "wait")

    @property
    def seconds(self) -> list[object]:
        return [row["seconds"] for what, row in self.told if what == "wait"]

    def open(self) -> int:
        return len(list(self.waits.rows("open")))


def entry(unique: str = "1", wait: str = "0", queue: str = "sales") -> Row:
    return {"queue": queue, "uniqueid": unique, "wait": wait}
