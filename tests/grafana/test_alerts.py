"""Each alert fires when it should and only then, by promtool's own clock; recorded ratios are right."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.grafana.shipped import ALERTS, rules

CASES = Path(__file__).parent / "cases"
# Two exporters that watch the same servers, as in a fleet of two of everything: no join may mix them up.
REPLICAS = ("a", "b")
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is of Debian's package prometheus"),
]


def cases() -> dict[str, dict[str, Any]]:
    """By title, which begins with the name of an alert."""
    texts = (path.read_text() for path in sorted(CASES.glob("*.yaml")) if path.stem != "recording")
    return {title: case for text in texts for title, case in yaml.safe_load(text).items()}


def _states(title: str, case: dict[str, Any], waits: bool) -> Iterator[dict[str, Any]]:
    """What promtool is to find of an alert at each time of a case."""
    by = ", ".join(sorted(case["of"]))
    labels = "{" + ", ".join(f'{name}="{value}"' for name, value in case["of"].items()) + "}"
    every, firing, pending = (
        f'count by ({by}) (ALERTS{{alertname="{title.split()[0]}"{state}}})'
        for state in ("", ', alertstate="firing"', ', alertstate="pending"')
    )
    only_it = [{"labels": labels, "value": len(REPLICAS)}]
    for time in case.get("silent", ()):
        yield {"expr": every, "eval_time": time, "exp_samples": []}
    yield {"expr": firing, "eval_time": case["not_yet"], "exp_samples": []}
    yield {"expr": pending, "eval_time": case["not_yet"], "exp_samples": only_it if waits else []}
    yield {"expr": firing, "eval_time": case["fires"], "exp_samples": only_it}
    yield {"expr": every, "eval_time": case["resolved"], "exp_samples": []}


def _promtool(folder: Path, tests: list[dict[str, Any]]) -> list[str]:
    """What `promtool test rules` complains of; rules run as often as the input of the tests has samples.

    Each test has the rules that it speaks of alone: to reckon all of them for days takes minutes.
    """
    files = []
    for number, test in enumerate(tests):
        rules = {"groups": [{"name": "tested", "rules": test.pop("rules")}]}
        (folder / f"rules-{number}.yaml").write_text(json.dumps(rules))  # which is YAML, too
        document = {
            "rule_files": [f"rules-{number}.yaml"],
            "evaluation_interval": test["interval"],
            "tests": [test],
        }
        files.append(folder / f"test-{number}.yaml")
        files[-1].write_text(json.dumps(document))
    done = subprocess.run(
        ["promtool", "test", "rules", *files], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == bool(done.stderr), done.stderr
    return done.stderr.splitlines()


def _series(case: dict[str, Any], *replicas: str) -> dict[str, Any]:
    """What promtool is fed with: each series once, or once for each replica."""
    marks = [f'{{replica="{replica}",' for replica in replicas] or ["{"]
    return {
        "interval": case.get("interval", "1m"),
        "input_series": [
            {"series": name.replace("{", mark, 1), "values": values}
            for name, values in case["series"].items()
            for mark in marks
        ],
    }


def test_alerts_fire_wait_keep_still_and_resolve(tmp_path: Path) -> None:
    """Each one: not before its time, then for the ill one alone and not for a sound one, then no more."""
    recorded = [rule for rule in rules() if "record" in rule]
    alerts = {rule["alert"]: rule for rule in rules() if "alert" in rule}
    tests = []
    for title, case in cases().items():
        alert = alerts[title.split()[0]]
        tests.append(
            _series(case, *REPLICAS)
            | {
                "name": title,
                # recorded values are of a level, such as server_queue:
                "rules": [
                    *(rule for rule in recorded if f"{rule['record'].partition(':')[0]}:" in alert["expr"]),
                    alert,
                ],
                "promql_expr_test": [*_states(title, case, "for" in alert)],
            }
        )
    assert _promtool(tmp_path, tests) == []


def test_every_alert_has_a_case_with_a_sound_one() -> None:
    """No alert is shipped that was not seen to fire, and to keep still."""
    assert {title.split()[0] for title in cases()} == {rule["alert"] for rule in rules() if "alert" in rule}
    for title, case in cases().items():
        assert any('"ok"' in series or "ok:" in series or '"b:' in series for series in case["series"]), title


def test_recorded_values_are_right(tmp_path: Path) -> None:
    """Every recording rule gives the number that was reckoned by hand."""
    told = yaml.safe_load((CASES / "recording.yaml").read_text())
    recorded = [rule for rule in rules() if "record" in rule]
    tests = []
    for title, case in told.items():
        expected = [
            {
                "expr": f"round({name}, 1e-6)",
                "eval_time": case["at"],
                "exp_samples": [{"labels": name[name.index("{") :], "value": value}],
            }
            for name, value in case["gives"].items()
        ]
        tests.append(_series(case) | {"name": title, "rules": recorded, "promql_expr_test": expected})
    assert _promtool(tmp_path, tests) == []
    reckoned = {name.partition("{")[0] for case in told.values() for name in case["gives"]}
    assert reckoned == {rule["record"] for rule in recorded}


def test_promtool_has_nothing_to_say() -> None:
    """The rules pass its strictest check."""
    done = subprocess.run(
        ["promtool", "check", "rules", "--lint=all", "--lint-fatal", *sorted(ALERTS.glob("*.yaml"))],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
