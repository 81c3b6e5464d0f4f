"""The dashboards and rules as they are shipped, and the parts of them that tests look at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "grafana"
ALERTS = GRAFANA / "alerts"
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(GRAFANA.glob("dashboards/*.json"))}
# A metric, its matchers and what follows, as in asterisk_up{job=~"$job"}[5m].
SELECTOR = re.compile(r"\b(asterisk_\w+|process_\w+|up)\b(?:\{([^}]*)\})?(\[[^]]*\])?")


class Target(NamedTuple):
    """A query of a panel."""

    dashboard: str
    panel: str
    expression: str


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Its panels, less the rows that part them."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its variables by name."""
    return {each["name"]: each for each in dashboard["templating"]["list"]}


def targets() -> Iterator[Target]:
    """The queries of all panels of all dashboards."""
    for name, dashboard in DASHBOARDS.items():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                yield Target(name, panel["title"], target["expr"])


def rules() -> Iterator[dict[str, Any]]:
    """Every rule of every file."""
    for path in sorted(ALERTS.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def filled_in(expression: str, rate: str = "5m") -> str:
    """A query as Grafana sends it when everything is chosen."""
    return re.sub(r"\$(\w+)", ".+", expression.replace("$__rate_interval", rate))
