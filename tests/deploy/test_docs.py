"""docs/install.md and docs/releasing.md name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exporter import __version__
from exporter.cli import parser
from exporter.commands import COMMANDS

ROOT = Path(__file__).parents[2]
INSTALL = (ROOT / "docs/install.md").read_text()
RELEASING = (ROOT / "docs/releasing.md").read_text()


@pytest.mark.parametrize("text", [INSTALL, RELEASING], ids=["install", "releasing"])
def test_paths_and_targets_exist(text: str) -> None:
    """Links lead somewhere, files of deploy/ and grafana/ are there, and make knows its targets."""
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link}
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    files = set(re.findall(r"(?<![\w/-])(?:deploy|grafana|exporter)/[\w./-]+\w", text))
    assert [file for file in files if not (ROOT / file).exists()] == []
    makefile = (ROOT / "Makefile").read_text()
    targets = {name for names in re.findall(r"`make ([a-z -]+)[`P]", text) for name in names.split()}
    assert targets
    assert [name for name in targets if f"\n{name}:" not in makefile] == []


def test_the_version_is_this_one() -> None:
    """Names of files and tags in the instructions are those of this tree."""
    named = set(re.findall(r"exporter[-_:](\d+\.\d+\.\d+)|VERSION=(\d+\.\d+\.\d+)", INSTALL))
    assert {one or other for one, other in named} == {__version__}


def test_commands_and_flags_exist() -> None:
    """What the exporter is called with is what it takes."""
    flags = set(re.findall(r"`(--config[\w.-]+)", INSTALL))
    assert flags <= {option for action in parser()._actions for option in action.option_strings}
    called = set(re.findall(r"asterisk-ami-exporter ([a-z]+(?:-[a-z]+)*)\b", INSTALL))
    assert {"check", "completion", "healthcheck", "manager-conf"} <= called & {each.name for each in COMMANDS}
