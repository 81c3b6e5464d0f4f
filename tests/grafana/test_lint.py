"""The 17 rules of Grafana's dashboard-linter hold, for each dashboard."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from grafana.src.scope import labels_of
from tests.grafana.shipped import DASHBOARDS, SELECTOR, filled_in, panels, targets, variables

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {"short", "none", "s", "bytes", "Bps", "ops", "cps", "percentunit", "bool_yes_no"}
QUERIES = [
    query
    for dashboard in DASHBOARDS.values()
    for query in (
        *(target["expr"] for panel in panels(dashboard) for target in panel["targets"]),
        *(each["expr"] for each in dashboard["annotations"]["list"]),
    )
]

each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=list(DASHBOARDS))


@each_dashboard
def test_the_data_source_is_a_variable(dashboard: dict[str, Any]) -> None:
    """template-datasource-rule: one variable of that type, named and labelled as Grafana wants it."""
    (source,) = [each for each in variables(dashboard).values() if each["type"] == "datasource"]
    assert (source["name"], source["label"], source["query"]) == ("datasource", "Data source", "prometheus")


@each_dashboard
def test_job_and_instance_are_variables(dashboard: dict[str, Any]) -> None:
    """template-job-rule, template-instance-rule: several may be chosen, or all, of this data source.

    Their values are there in both ways to scrape: all servers on one page, or a target for each.
    """
    for name in ("job", "instance"):
        variable = variables(dashboard)[name]
        assert (variable["type"], variable["label"], variable["datasource"]) == ("query", name, SOURCE)
        assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".+")
        assert '{__name__=~"asterisk_exporter_build_info|asterisk_up"' in variable["query"]["query"]


@each_dashboard
def test_variables_are_read_anew(dashboard: dict[str, Any]) -> None:
    """template-on-time-change-reload-rule: when the time range changes."""
    for variable in variables(dashboard).values():
        assert variable["type"] == "datasource" or variable["refresh"] == 2


@each_dashboard
def test_queries_of_variables_are_whole(dashboard: dict[str, Any]) -> None:
    """template-label-promql-rule: each is label_values of metrics, chosen by the variables before it."""
    before: list[str] = []
    for name, variable in variables(dashboard).items():
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\(\{(.*)\}, (\w+)\)", variable["query"]["query"])
            assert match
            assert match[2] == name
            known, *chosen = match[1].split(", ")
            for metric in known.removeprefix('__name__=~"').removesuffix('"').split("|"):
                assert name in ("job", "instance", *labels_of(metric))
            assert chosen == [f'{each}=~"${each}"' for each in before]
            before.append(name)


@each_dashboard
def test_panels_are_whole(dashboard: dict[str, Any]) -> None:
    """panel-datasource-rule, panel-title-description-rule, panel-units-rule, panel-no-targets-rule."""
    for panel in panels(dashboard):
        assert panel["datasource"] == SOURCE
        assert panel["title"]
        assert panel["description"].endswith((".", "?"))
        assert panel["targets"]
        properties = [each for one in panel["fieldConfig"]["overrides"] for each in one["properties"]]
        units = {each["value"] for each in properties if each["id"] == "unit"}
        assert units | {panel["fieldConfig"]["defaults"]["unit"]} <= UNITS
        assert all(target["datasource"] == SOURCE for target in panel["targets"])


@each_dashboard
def test_it_cannot_be_edited(dashboard: dict[str, Any]) -> None:
    """uneditable-dashboard: it is made from source, and an edit would be lost."""
    assert dashboard["editable"] is False


def test_every_target_asks_prometheus() -> None:
    """target-logql-rule, target-logql-auto-rule: none asks Loki."""
    kinds = {
        target["datasource"]["type"]
        for dashboard in DASHBOARDS.values()
        for panel in panels(dashboard)
        for target in panel["targets"]
    }
    assert kinds == {"prometheus"}


def test_every_metric_is_chosen_by_job_and_instance() -> None:
    """target-job-rule, target-instance-rule; and by the server that was chosen, if there is one to choose."""
    for query in QUERIES:
        for metric, matchers, _ in SELECTOR.findall(query):
            wanted = ['job=~"$job"', 'instance=~"$instance"']
            of_a_server = not metric.startswith(("asterisk_exporter_", "process_", "up"))
            wanted += ['server=~"$server"'] if of_a_server else []
            assert set(wanted) <= set(re.split(r", (?=\w+[=!])", matchers)), query


def test_every_counter_is_a_rate() -> None:
    """target-counter-agg-rule: rate or increase of each counter, and of the parts of histograms."""
    for query in QUERIES:
        for match in SELECTOR.finditer(query):
            if re.search(r"_(total|bucket|sum|count)$", match[1]):
                assert query[: match.start()].endswith(("rate(", "increase(")), query
                assert match[3], query


def test_rates_fit_the_scrape_interval() -> None:
    """target-rate-interval-rule: a rate is over $__rate_interval."""
    for query in QUERIES:
        for match in SELECTOR.finditer(query):
            if query[: match.start()].endswith("rate("):
                assert match[3] == "[$__rate_interval]", query


@pytest.mark.system
@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is of Debian's package prometheus")
def test_every_query_is_promql(tmp_path: Path) -> None:
    """target-promql-rule: promtool reads them all."""
    rules = [{"record": f"q{at}", "expr": filled_in(query)} for at, query in enumerate(QUERIES)]
    path = tmp_path / "queries.yaml"
    path.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert len(rules) > len(list(targets()))
