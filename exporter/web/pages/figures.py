"""What one server's metrics say now, for pages: the same values as on the page of metrics, and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from exporter.metrics.labelsets import clean
from exporter.metrics.readers import Row, Unreadable
from exporter.metrics.sampling import Distribution
from exporter.metrics.sources import Table
from exporter.pbx import clock
from exporter.pbx.view import View

Labels: TypeAlias = Mapping[str, str]


class Figures:
    """Reads a view by names of metrics, without `asterisk_`. What is not known is None, or not there."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.pbx = view.pbx

    def rows(self, name: str) -> Iterator[tuple[Labels, float]]:
        """Each series of a metric: its labels and its value; of a histogram how many values it has."""
        family = self.pbx.declared.named.get(f"asterisk_{name}")
        names = [label for label in family.label_names if label != "server"] if family else []
        for labels, value in self.view.values(f"asterisk_{name}").items():
            yield dict(zip(names, labels, strict=True)), _number(value)

    def by(self, name: str, label: str, **where: str) -> dict[str, float]:
        """Sums by one label, of the series that have the others so."""
        found: dict[str, float] = {}
        for labels, value in self.rows(name):
            if where.items() <= labels.items():
                found[labels[label]] = found.get(labels[label], 0.0) + value
        return found

    def all(self, name: str, **where: str) -> list[float]:
        """The values of the series that have these labels."""
        if not where:  # of all: a fleet has many
            return list(map(_number, self.view.values(f"asterisk_{name}").values()))
        return [value for labels, value in self.rows(name) if where.items() <= labels.items()]

    def sum(self, name: str, **where: str) -> float | None:
        """The sum of the series that have these labels."""
        values = self.all(name, **where)
        return sum(values) if values else None

    def max(self, name: str, **where: str) -> float | None:
        """The largest of them."""
        return max(self.all(name, **where), default=None)

    def table(self, name: str) -> list[Row]:
        """The rows of a table that holds what Asterisk has now."""
        for table, live in self.pbx.tables.items():
            if table.name == name and self._known(table):
                return list(live.rows.values())
        return []

    def has(self, *names: str) -> bool:
        """Whether one of these metrics is collected here at all, known or not."""
        return any(f"asterisk_{name}" in self.pbx.declared.named for name in names)

    def counted(self, name: str) -> list[tuple[Row, float]] | None:
        """The rows that a metric counts or adds up, each with its value; None if not known."""
        family = self.pbx.declared.named.get(f"asterisk_{name}")
        if family is None or not isinstance(family.source, Table) or not self._known(family.source):
            return None
        found, now = list[tuple[Row, float]](), clock.now()
        for row in self.pbx.tables[family.source].rows.values():
            if family.where is None or family.where.holds(row):
                try:
                    value = 1.0 if family.value is None else family.value.number(row, now)
                except Unreadable:  # the metric leaves it out too, and counts that
                    continue
                if value is not None:
                    found.append((row, value))
        return found

    def different(self, name: str, header: str) -> int | None:
        """How many different values a header has in the rows that a metric counts; None if not known."""
        rows = self.counted(name)
        return None if rows is None else len({row.get(header) for row, value in rows if value})

    def label(self, name: str, label: str, row: Row) -> str:
        """The label that a metric gives to a row; empty if it is not collected."""
        family = self.pbx.declared.named.get(f"asterisk_{name}")
        if family is None:
            return ""
        reader = family.labels[label]
        text = reader.label(row) or ""
        return text if reader.choices else clean(text, self.pbx.limits.label_length)

    def _known(self, table: Table) -> bool:
        return self.pbx.link.up and self.pbx.known(table, clock.now())


def _number(value: float | Distribution) -> float:
    return float(sum(value.counts)) if isinstance(value, Distribution) else value
