"""What is generated is current, and what is written by hand names what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exporter.collectors import reference
from exporter.config import json_schema
from exporter.metrics.catalogue import markdown
from tests.config.test_custom_docs import collectors, examples

ROOT = Path(__file__).parent.parent


def test_the_reference_of_metrics_is_current() -> None:
    """`make docs` writes it."""
    assert (ROOT / "docs/metrics.md").read_text() == markdown(reference().values())


def test_the_schema_is_current() -> None:
    """`make docs` writes it."""
    assert json.loads((ROOT / "docs/config.schema.json").read_text()) == json_schema()


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        for value in schema.values():
            yield from _keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _keys(value)


def test_every_key_is_explained() -> None:
    """docs/configuration.md has each key of the schema, the names of collectors included."""
    text = (ROOT / "docs/configuration.md").read_text()
    missing = {key for key in _keys(json_schema()) if not re.search(rf"\b{key}\b", text)}
    assert missing == set()


def test_the_example_shows_the_keys() -> None:
    """Those of the file and of a server; but for the files of certificates, which no example has."""
    text = (ROOT / "config.example.yaml").read_text()
    schema = json_schema()
    parts = [schema, *(schema["$defs"][name] for name in ("ServerSection", "TLSSection", "Limits"))]
    keys = {key for part in parts for key in part["properties"]}
    missing = {key for key in keys if not re.search(rf"\b{key}\b", text)}
    assert missing == {"ca_file", "cert_file", "key_file"}


def test_metrics_named_in_the_readme_exist() -> None:
    """No metric is promised that nobody declares."""
    declared = {family.name for collector in reference().values() for family in collector.families}
    shown = [each for written, _ in examples() for each in collectors(written)]
    declared |= {family.name for each in shown for family in each.families}
    declared |= {f"{name}_{end}" for name in declared for end in ("bucket", "count", "sum")}
    for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/configuration.md"):
        named = set(re.findall(r"\basterisk_[a-z_]+[a-z]\b", (ROOT / name).read_text()))
        unknown = {metric for metric in named if metric not in declared and "exporter" not in metric}
        assert unknown == set(), name
