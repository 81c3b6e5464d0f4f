"""The worked examples of custom metrics in docs/configuration.md are good, and give what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from exporter.collectors import COLLECTORS
from exporter.config.custom import CustomSection
from exporter.metrics import Collector

DOCS = Path(__file__).parent.parent.parent / "docs/configuration.md"
_EXAMPLE = re.compile(r"```yaml\n(custom:\n  [a-z].*?)```\n\n```\n(.*?)```", re.DOTALL)
_SERIES = re.compile(r"(asterisk_\w+?)(?:_bucket|_count|_sum)?\{(.*)\} [0-9]+")


def examples() -> list[tuple[str, str]]:
    """The examples, each with the samples that it says it gives."""
    return [(written, given) for written, given in _EXAMPLE.findall(DOCS.read_text())]


def collectors(written: str) -> list[Collector]:
    """The collectors of an example that has no mistake."""
    made = []
    for name, entry in yaml.safe_load(written)["custom"].items():
        section = CustomSection.model_validate_json(json.dumps(entry))
        collector, mistakes = section.entry(name).read(COLLECTORS)
        assert mistakes == []
        made.append(collector)
    return made


def test_there_are_examples() -> None:
    """Of each way to a metric: a value for each name, events, answers, lines, live tables, folds."""
    assert len(examples()) >= 6


@pytest.mark.parametrize(("written", "given"), examples())
def test_an_example_gives_what_it_says(written: str, given: str) -> None:
    """Its metrics have these names and labels."""
    families = {family.name: family for each in collectors(written) for family in each.families}
    for line in given.splitlines():
        found = _SERIES.fullmatch(line)
        assert found, line
        labels = tuple(re.findall(r'(\w+)="[^"]*"', found[2]))
        assert tuple(label for label in labels if label != "le") == families[found[1]].label_names
    shown = {found[1] for line in given.splitlines() if (found := _SERIES.fullmatch(line))}
    assert shown == set(families)
