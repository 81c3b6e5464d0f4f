"""What is shipped is what its source makes, speaks of metrics that there are, and hangs together."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.src.files import files
from grafana.src.files import rules as rules_of
from grafana.src.scope import labels_of
from grafana.src.thresholds import runbooks, thresholds
from tests.grafana.shipped import DASHBOARDS, GRAFANA, ROOT, SELECTOR, panels, rules, targets, variables

RUNBOOKS = ROOT / "docs/runbooks"
HEADINGS = ["What it means", "Why it fires", "What to do", "False alarms"]
each_dashboard = pytest.mark.parametrize("name", DASHBOARDS)


def test_generated_files_are_current() -> None:
    """`make dashboards` leaves no difference, and nothing else lies there."""
    shipped = [*GRAFANA.glob("dashboards/*"), *GRAFANA.glob("alerts/*")]
    assert {str(path.relative_to(GRAFANA)): path.read_text() for path in shipped} == files()


@each_dashboard
def test_grafana_knows_every_key(name: str) -> None:
    """Read into the schema and written again, nothing is lost: no key is misspelt."""
    register_default_plugins()
    read = Dashboard.from_json(DASHBOARDS[name])
    for link in read.links or ():
        link.placement = None  # type: ignore[assignment]  # the reader gives each one its default
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == DASHBOARDS[name]


@each_dashboard
def test_the_frame_is_the_same(name: str) -> None:
    """Schema, tag, name and links are those of the set, and nothing of one Grafana is in it."""
    dashboard = DASHBOARDS[name]
    assert (dashboard["schemaVersion"], dashboard["uid"], dashboard["tags"]) == (42, name, ["asterisk"])
    assert dashboard["title"].startswith("Asterisk / ")
    assert dashboard["time"]["from"].startswith("now-")
    assert [link["tags"] for link in dashboard["links"]] == [["asterisk"]]
    assert "id" not in dashboard
    assert "DS_PROMETHEUS" not in json.dumps(dashboard)
    assert list(variables(dashboard))[:4] == ["datasource", "job", "instance", "server"]
    assert len(panels(dashboard)) <= 25


@each_dashboard
def test_panels_lie_beside_each_other(name: str) -> None:
    """No two of them overlap, none is wider than the screen, each has a number of its own."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARDS[name]["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARDS[name]["panels"]]
    assert sorted(set(numbers)) == numbers


def _urls(value: Any) -> list[str]:
    return re.findall(r'"url": "(/d/[^"]+)"', json.dumps(value))


def test_links_lead_down_to_what_there_is() -> None:
    """Overview to PBX to queue: each link opens a dashboard that has the variables that it hands on."""
    steps = set()
    for name, dashboard in DASHBOARDS.items():
        for url in _urls(dashboard):
            uid, _, query = url.removeprefix("/d/").partition("?")
            assert set(re.findall(r"var-(\w+)=", query)) <= set(variables(DASHBOARDS[uid])), url
            steps.add((name, uid))
    assert {("asterisk-overview", "asterisk-pbx"), ("asterisk-pbx", "asterisk-queues")} <= steps


def test_metrics_are_declared() -> None:
    """Every name in a query, an alert or a recording rule is a metric that the exporter has."""
    expressions = [target.expression for target in targets()] + [rule["expr"] for rule in rules()]
    for expression in expressions:
        # names with a colon are recorded ones: promtool's cases reckon them
        for metric, _, _ in SELECTOR.findall(re.sub(r"\b\w+:[\w:]+", "", expression)):
            labels_of(metric)


def test_recorded_names_that_alerts_use_are_recorded() -> None:
    """No alert stands on a name that nobody writes."""
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert all(re.fullmatch(r"\w+:asterisk_\w+:\w+", name) for name in recorded)
    used = {name for rule in rules() for name in re.findall(r"\b\w+:asterisk_\w+:\w+", rule["expr"])}
    assert used <= recorded


def test_alerts_are_whole() -> None:
    """Each says how bad it is, what is wrong, and where to read on."""
    for rule in rules():
        if "alert" in rule:
            texts = rule["annotations"]
            assert re.fullmatch(r"Asterisk([A-Z][a-z]+)+", rule["alert"])
            assert rule["labels"]["severity"] in ("critical", "warning", "info")
            assert texts["summary"].endswith(".")
            assert re.search(r"\{\{ \$labels\.\w+ \}\}", texts["description"])
            assert texts["runbook"] == f"docs/runbooks/{rule['alert']}.md"
            assert ("runbook_url" in texts) == bool(runbooks())


def test_runbooks_have_an_address_where_one_is_given() -> None:
    """Then each alert has a link that people can open; without, it has none that would lead nowhere."""
    linked = rules_of(thresholds(), "https://wiki.example/pbx/")
    for text in linked.values():
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    url = f"https://wiki.example/pbx/{rule['alert']}.md"
                    assert rule["annotations"]["runbook_url"] == url


def test_every_alert_has_a_runbook() -> None:
    """And every runbook an alert; each says the four things that somebody at night wants to know."""
    alerts = {rule["alert"] for rule in rules() if "alert" in rule}
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"} == alerts
    for name in alerts:
        text = (RUNBOOKS / f"{name}.md").read_text()
        assert text.startswith(f"# {name}\n")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
        assert all(len(part.strip()) > 40 for part in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:])
        assert name in (RUNBOOKS / "README.md").read_text()


def test_runbooks_name_what_there_is() -> None:
    """Metrics, thresholds and dashboards that a runbook names exist."""
    for path in [*RUNBOOKS.glob("*.md"), ROOT / "docs/dashboards.md"]:
        text = path.read_text()
        for metric in re.findall(r"`(asterisk_\w+)", text):
            labels_of(metric)
        named = re.findall(r"threshold `(\w+)`", text)
        assert set(named) <= set(thresholds()), path.name


def test_every_threshold_is_used() -> None:
    """By an alert or by a dashboard; where a dashboard has a limit of its own, that parts one from none."""
    sources = [*Path(GRAFANA / "src").rglob("*.yaml"), *Path(GRAFANA / "src").rglob("*.py")]
    text = "".join(path.read_text() for path in sources)
    assert set(re.findall(r"Limits\(([^_)][^,)]*)", text)) == {"1"}
    unused = {name for name in thresholds() if f"@{name}@" not in text and f'"{name}"' not in text}
    assert unused == set()
