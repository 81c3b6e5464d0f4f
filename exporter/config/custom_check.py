"""What pydantic cannot see in custom metrics: whether they fit Asterisk, the built-in ones and each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from exporter.collectors import COLLECTORS
from exporter.config.checks import mapping
from exporter.config.custom import CustomSection
from exporter.config.document import Document
from exporter.config.errors import Path
from exporter.config.suggest import nearest, suggestion
from exporter.metrics.collector import Collector
from exporter.metrics.custom import KINDS
from exporter.metrics.custom_sources import Mistake
from exporter.metrics.families import PREFIX
from exporter.metrics.own import OWN
from exporter.metrics.sources import Table

_MANY = 60  # names: more are no help


def check_custom(document: Document) -> None:
    """Add what is wrong to the document; entries whose shape is wrong were complained of already."""
    tables: dict[str, tuple[Table, str]] = {}
    metrics = {_bare(family.name): each.name for each in _builtins() for family in each.families}
    for name, section in _sections(document):
        entry = section.entry(name)
        collector, mistakes = entry.read(COLLECTORS)
        for mistake in mistakes:
            document.add(("custom", name, *mistake.path), _text(mistake))
        for table in collector.tables:
            first, owner = tables.setdefault(table.name, (table, name))
            if first != table:
                text = f"custom.{owner} has another table of this name"
                document.add(("custom", name, "tables", table.name), text, key=True)
        for index, metric in enumerate(entry.data["metrics"]):
            kind = next(kind for kind in KINDS if kind in metric)
            path: Path = ("custom", name, "metrics", index, kind)
            bare = _bare(PREFIX + metric[kind])
            if bare in metrics:
                document.add(path, f"{metrics[bare]} has a metric of this name already")
            metrics.setdefault(bare, f"custom.{name}")


def _builtins() -> Iterator[Collector]:
    yield from COLLECTORS.values()
    yield OWN


def _bare(name: str) -> str:
    """The name as OpenMetrics knows it."""
    return name.removesuffix("_total").removesuffix("_info")


def _sections(document: Document) -> Iterator[tuple[str, CustomSection]]:
    sections: dict[str, Any] = mapping(document.data.get("custom"))
    for name, written in sections.items():
        try:
            yield name, CustomSection.model_validate_json(json.dumps(written))
        except ValidationError:
            continue


def _text(mistake: Mistake) -> str:
    if not mistake.word:
        return mistake.text
    few = len(mistake.known) <= _MANY or nearest(mistake.word, mistake.known)
    return f"{mistake.text} {suggestion(mistake.word, mistake.known if few else ())}"
