"""The mixin hands on everything that is shipped, as Jsonnet reads it."""

from __future__ import annotations

import json
from typing import Any

import _gojsonnet  # type: ignore[import-not-found]
import yaml

from tests.grafana.shipped import DASHBOARDS, GRAFANA


def _evaluated(changes: str = "{}") -> Any:
    """What a user's Jsonnet gets; a mixin hides its fields, so they are named."""
    fields = ("grafanaDashboards", "prometheusRules", "prometheusAlerts")
    shown = ", ".join(f"{name}: mixin.{name}" for name in fields)
    text = f"local mixin = (import '{GRAFANA}/mixin.libsonnet') + {changes}; {{{shown}}}"
    return json.loads(_gojsonnet.evaluate_snippet("test.jsonnet", text))


def test_it_has_all_dashboards_rules_and_alerts() -> None:
    """None is missing, and none is another."""
    mixin = _evaluated()
    assert mixin["grafanaDashboards"] == {f"{name}.json": each for name, each in DASHBOARDS.items()}
    groups = {
        path.stem: yaml.safe_load(path.read_text())["groups"] for path in sorted(GRAFANA.glob("alerts/*"))
    }
    assert mixin["prometheusRules"]["groups"] == groups.pop("recording")
    assert mixin["prometheusAlerts"]["groups"] == [group for each in groups.values() for group in each]


def test_runbooks_can_stand_elsewhere() -> None:
    """The link in the alerts has the address of the user."""
    mixin = _evaluated("{ _config+:: { runbooks: 'https://wiki.example/pbx' } }")
    alerts = [rule for group in mixin["prometheusAlerts"]["groups"] for rule in group["rules"]]
    for alert in alerts:
        url = alert["annotations"]["runbook_url"]
        assert url == f"https://wiki.example/pbx/{alert['alert']}.md"
