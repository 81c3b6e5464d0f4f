"""Entries of the section `custom` as collectors."""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml

from exporter.collectors import COLLECTORS
from exporter.config.custom import CustomSection
from exporter.metrics import Collector
from exporter.metrics.custom_sources import Mistake


def read(
    name: str, text: str, builtins: Mapping[str, Collector] = COLLECTORS
) -> tuple[Collector, list[Mistake]]:
    """What an entry of the section `custom` becomes."""
    section = CustomSection.model_validate_json(json.dumps(yaml.safe_load(text)))
    return section.entry(name).read(builtins)


def made(text: str) -> Collector:
    """The collector of an entry without a mistake."""
    collector, mistakes = read("mine", text)
    assert mistakes == []
    return collector
