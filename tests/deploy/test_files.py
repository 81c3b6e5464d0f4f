"""What deploy/ ships is what those programs take that it is for, and says the same as the exporter does."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter import __version__
from exporter.cli import parser
from exporter.config import load

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
OBJECTS = {
    each["kind"]: each
    for name in ("exporter", "monitoring")
    for each in yaml.safe_load_all((DEPLOY / f"kubernetes/{name}.yaml").read_text())
}
NAME = "asterisk-ami-exporter"
PORT = 9815


def needs(program: str) -> pytest.MarkDecorator:
    """Skips where a program of a Debian package is missing."""
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


def taken(*command: str | Path) -> str:
    """What a program says of a file that it must take."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def tree(folder: Path) -> Path:
    """What Prometheus has in its container: its configuration, and the alerts beside it."""
    shutil.copy(DEPLOY / "prometheus/prometheus.yml", folder)
    shutil.copytree(ROOT / "grafana/alerts", folder / "rules")
    return folder / "prometheus.yml"


@pytest.mark.system
@needs("promtool")
def test_prometheus(tmp_path: Path) -> None:
    """promtool takes the configuration, with every rule file that is shipped."""
    said = taken("promtool", "check", "config", tree(tmp_path))
    assert "FAILED" not in said
    assert said.count("rules found") == len(list((ROOT / "grafana/alerts").glob("*.yaml")))


@pytest.mark.system
@needs("amtool")
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [(["alertname=AsteriskDown", "severity=critical"], "team"), (["severity=info"], "nobody")],
)
def test_alertmanager(labels: list[str], receiver: str) -> None:
    """amtool takes the configuration; what is only worth knowing wakes nobody."""
    file = DEPLOY / "prometheus/alertmanager.yml"
    taken("amtool", "check-config", file)
    routed = taken("amtool", "config", "routes", "test", f"--config.file={file}", *labels)
    assert routed.split()[0] == receiver


def test_inhibited_alerts_exist() -> None:
    """Alertmanager's rules name alerts that are shipped."""
    alerts = "\n".join(path.read_text() for path in (ROOT / "grafana/alerts").glob("*.yaml"))
    config = (DEPLOY / "prometheus/alertmanager.yml").read_text()
    named = set(re.findall(r"\bAsterisk\w+", config))
    assert named == {"AsteriskDown", "AsteriskLoginRefused"}
    assert all(f"alert: {name}\n" in alerts for name in named)


# -- compose ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_compose_services(service: str) -> None:
    """Each has a pinned image, comes back after a restart, listens on loopback, and mounts what is there."""
    said = COMPOSE["services"][service]
    assert re.fullmatch(r"[\w/-]+:v?\d+\.\d+\.\d+", said["image"])
    assert said["restart"] == "unless-stopped"
    assert all(port.startswith("127.0.0.1:") for port in said["ports"])
    for volume in said["volumes"]:
        source, target, *mode = volume.split(":")
        if source.startswith("."):
            assert (DEPLOY / "compose" / source).exists(), source
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]
        assert target.startswith("/")


def test_compose_names() -> None:
    """The addresses that the files speak of are services and their ports."""
    ports = {name: each["ports"][0].rpartition(":")[2] for name, each in COMPOSE["services"].items()}
    prometheus = (DEPLOY / "prometheus/prometheus.yml").read_text()
    source = (DEPLOY / "compose/grafana/datasources/prometheus.yaml").read_text()
    for host, text in (("exporter", prometheus), ("alertmanager", prometheus), ("prometheus", source)):
        assert f"{host}:{ports[host]}" in text
    assert ports["exporter"] == str(PORT)


def test_grafana_is_provisioned() -> None:
    """One default source, as the dashboards choose it, and the folder in which compose puts them."""
    folder = DEPLOY / "compose/grafana"
    (source,) = yaml.safe_load((folder / "datasources/prometheus.yaml").read_text())["datasources"]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    (provider,) = yaml.safe_load((folder / "dashboards/asterisk.yaml").read_text())["providers"]
    mounts = [volume.split(":")[:2] for volume in COMPOSE["services"]["grafana"]["volumes"]]
    assert ["../../grafana/dashboards", provider["options"]["path"]] in mounts


# -- Kubernetes ------------------------------------------------------------------------------------


def test_kubernetes_objects_find_each_other() -> None:
    """Selectors, ports, volumes and names fit."""
    spec = OBJECTS["Deployment"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels == OBJECTS["Service"]["spec"]["selector"]
    assert (
        OBJECTS["ServiceMonitor"]["spec"]["selector"]["matchLabels"]
        == OBJECTS["Service"]["metadata"]["labels"]
    )
    (container,) = spec["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": PORT}]
    (port,) = OBJECTS["Service"]["spec"]["ports"]
    assert (port["name"], port["port"], port["targetPort"]) == ("http", PORT, "http")
    assert OBJECTS["Probe"]["spec"]["prober"]["url"] == f"{OBJECTS['Service']['metadata']['name']}:{PORT}"
    volumes = {volume["name"]: volume for volume in spec["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
    assert volumes["config"]["configMap"]["name"] == OBJECTS["ConfigMap"]["metadata"]["name"]
    assert volumes["secrets"]["secret"]["secretName"] == OBJECTS["Secret"]["metadata"]["name"]


def test_the_pod_has_no_rights() -> None:
    """Not root, no capabilities, nothing to write, no token; one pod at a time."""
    spec = OBJECTS["Deployment"]["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert spec["strategy"] == {"type": "Recreate"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 65532
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


# -- what the exporter itself reads ----------------------------------------------------------------


def configurations() -> dict[str, tuple[str, dict[str, Any]]]:
    """The text of each configuration that is shipped, and what it says."""
    texts = {
        "compose": (DEPLOY / "compose/exporter/config.yaml").read_text(),
        "systemd": (DEPLOY / "systemd/config.yaml").read_text(),
        "kubernetes": OBJECTS["ConfigMap"]["data"]["config.yaml"],
    }
    return {name: (text, yaml.safe_load(text)) for name, text in texts.items()}


@pytest.mark.parametrize("name", ["compose", "systemd", "kubernetes"])
def test_configurations(name: str, tmp_path: Path) -> None:
    """Each is good, with its secret where it says; and there is where the secret is given."""
    text, said = configurations()[name]
    ((server, entry),) = said["servers"].items()
    secret = Path(entry["secret_file"])
    (tmp_path / secret.name).write_text("s")
    (tmp_path / secret.name).chmod(0o600)
    (tmp_path / "config.yaml").write_text(text.replace(str(secret), secret.name))
    assert load(tmp_path / "config.yaml").servers.keys() == {server}
    unit = (DEPLOY / "systemd/asterisk-ami-exporter.service").read_text()
    mounts = OBJECTS["Deployment"]["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    where = {
        "compose": [f"/run/secrets/{each}" for each in COMPOSE["secrets"]],
        "systemd": [
            f"/run/credentials/{NAME}.service/{n}_{server}" for n in re.findall("LoadCredential=(.*):", unit)
        ],
        "kubernetes": [
            f"{mount['mountPath']}/{key}" for mount in mounts for key in OBJECTS["Secret"]["stringData"]
        ],
    }
    assert str(secret) in where[name]


def test_versions() -> None:
    """Images of the exporter are named by the version of this tree."""
    pod = OBJECTS["Deployment"]["spec"]["template"]["spec"]
    named = {COMPOSE["services"]["exporter"]["image"], pod["containers"][0]["image"]}
    assert named == {f"{NAME}:{__version__}"}


def test_arguments() -> None:
    """Arguments that the files give are such that the exporter has."""
    pod = OBJECTS["Deployment"]["spec"]["template"]["spec"]
    flags = re.findall(r"--[a-z.-]+", (DEPLOY / "systemd/asterisk-ami-exporter.default").read_text())
    flags += COMPOSE["services"]["exporter"]["command"] + pod["containers"][0]["args"]
    known = {flag for action in parser()._actions for flag in action.option_strings}
    assert set(flags) <= known
