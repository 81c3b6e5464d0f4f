"""The examples of docs/web.md and docs/scaling.md are what those programs take that they are for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from exporter.cli import parser
from exporter.web.security import read

from .security.certificates import Authority

DOCS = Path(__file__).parent.parent.parent / "docs"
BLOCKS = [
    block
    for name in ("web", "scaling")
    for block in re.findall(r"```yaml\n(.*?)```", (DOCS / f"{name}.md").read_text(), re.DOTALL)
]
SCRAPES = [block for block in BLOCKS if block.startswith("scrape_configs")]
WEB = [block for block in BLOCKS if "_server_config:" in block]
KUBERNETES = [block for block in BLOCKS if block.startswith("apiVersion")]


def test_each_example_is_tried() -> None:
    """None is of another kind."""
    assert sorted(SCRAPES + WEB + KUBERNETES) == sorted(BLOCKS)
    assert {yaml.safe_load(block)["kind"] for block in KUBERNETES} == {
        "Probe",
        "ScrapeConfig",
        "ServiceMonitor",
    }


@pytest.mark.system
@pytest.mark.parametrize("text", SCRAPES)
def test_prometheus_takes_its_examples(tmp_path: Path, text: str) -> None:
    """By its own check."""
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed: apt-get install prometheus")
    file = tmp_path / "prometheus.yml"
    file.write_text(text)
    (tmp_path / "pbx").mkdir()
    (tmp_path / "pbx/a.yaml").write_text("[{targets: [hq]}]\n")
    for name in ("ca.crt", "asterisk.password"):
        (tmp_path / name).write_text("")
    command = ["promtool", "check", "config", "--syntax-only", str(file)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("text", WEB)
def test_web_config_examples_are_taken(tmp_path: Path, text: str) -> None:
    """With certificates of those names beside them."""
    Authority(tmp_path).sign("server")
    (tmp_path / "web.yaml").write_text(text)
    assert read(tmp_path / "web.yaml").tls_server_config is not None


def test_every_flag_is_explained() -> None:
    """docs/web.md names all that say how it serves."""
    text = (DOCS / "web.md").read_text()
    flags = {flag for action in parser()._actions for flag in action.option_strings}
    shown = {flag for flag in flags if flag.startswith("--web") or flag in ("--shard", "--config.watch")}
    assert len(shown) == 9
    assert {flag for flag in shown if f"`{flag}" not in text} == set()
