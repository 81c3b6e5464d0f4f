"""Alerts and dashboards against a real Asterisk, with the real Prometheus and Alertmanager."""

from __future__ import annotations

import shutil

import pytest

from tests.lab.asterisk import Asterisk
from tests.proof.once import Once
from tests.sessions.alert_scene import LOADED, NOT_HERE, Scene, excused, play

pytestmark = [
    pytest.mark.lab,
    pytest.mark.system,
    pytest.mark.skipif(
        not shutil.which("prometheus-alertmanager"), reason="needs Debian's prometheus-alertmanager"
    ),
]

_scenes = Once[Scene]()


@pytest.fixture
def scene(asterisk22: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Made once: it takes a minute."""
    return _scenes.get(asterisk22, lambda: play(asterisk22, tmp_path_factory.mktemp("alerts")))


def test_alerts_reach_people_and_end(scene: Scene) -> None:
    """Channels, queue, passwords, trunk and a crash: told as firing, then as resolved, in that order."""
    for name, labels in (LOADED | {"AsteriskDown": {"server": "lab"}}).items():
        told = [
            alert["status"]
            for alert in scene.webhook.alerts
            if (labels | {"alertname": name}).items() <= alert["labels"].items()
        ]
        assert told[0] == "firing", name
        assert "resolved" in told, name


def test_a_refused_login_is_told_apart(scene: Scene) -> None:
    """A wrong secret is an alert beside that of a server that is not up; nothing else is told of that one."""
    refused = {
        alert["labels"]["server"]
        for alert in scene.webhook.alerts
        if alert["labels"]["alertname"] == "AsteriskLoginRefused"
    }
    assert refused == {"locked"}
    of_it = {
        alert["labels"]["alertname"]
        for alert in scene.webhook.alerts
        if alert["labels"].get("server") == "locked"
    }
    assert of_it == {"AsteriskDown", "AsteriskLoginRefused"}
    assert not scene.webhook.told("firing", "AsteriskTrunkDown", trunk="live")


def test_texts_are_filled_in(scene: Scene) -> None:
    """Each alert names its server in words, and no label or value is missing in what people read."""
    for alert in scene.webhook.alerts:
        text = alert["annotations"]["description"]
        assert "no value" not in text
        assert "{{" not in text
        assert alert["labels"].get("server", alert["labels"]["instance"]) in text


def test_every_panel_shows_data(scene: Scene) -> None:
    """Each query of each dashboard gives numbers, but for what the lab cannot have."""
    missing = [": ".join(target) for target in scene.empty if not excused(target)]
    assert "\n".join(missing) == ""
    needless = [part for part in NOT_HERE if not any(part in each.expression for each in scene.empty)]
    assert needless == []


def test_every_variable_has_values(scene: Scene) -> None:
    """Both servers, both trunks, the queues of the lab: what the drop-downs offer."""
    for (dashboard, name), values in scene.chosen.items():
        assert values, (dashboard, name)
    assert scene.chosen["asterisk-overview", "server"] == ["lab", "locked"]
    assert scene.chosen["asterisk-calls", "trunk"] == ["dead", "live"]
    assert {"empty", "support"} <= set(scene.chosen["asterisk-queues", "queue"])
