"""The Dockerfile follows the rules of hadolint, and copies what is there; no image is built here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from exporter.cli import main

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """Each instruction and what it is told, without comments, its lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line)]


ALL = instructions()
FINAL = ALL[max(index for index, (name, _) in enumerate(ALL) if name == "FROM") :]


def told(name: str, of: list[tuple[str, str]] = FINAL) -> list[str]:
    """What all instructions of a name say."""
    return [rest for each, rest in of if each == name]


def copied() -> set[str]:
    """The paths of this tree that are copied into the image's build."""
    return {word for rest in told("COPY", ALL) if "--from" not in rest for word in rest.split()[:-1]}


def test_bases_are_pinned() -> None:
    """To a version down to its last number, the same for both stages; the label says the same."""
    first, last = told("FROM", ALL)
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", last)
    assert first == f"{last} AS build"
    assert f'base.name="{last}"' in told("LABEL")[0]


def test_what_is_installed_is_pinned_by_hash() -> None:
    """Nothing comes from a registry without one; nothing is compiled; no list of packages stays behind."""
    installs = [part for run in told("RUN", ALL) for part in run.split("&&") if "pip install" in part]
    assert installs
    for install in installs:
        assert "--no-index" in install or "--require-hashes --only-binary :all:" in install
    assert "PIP_NO_CACHE_DIR=1" in told("ENV", ALL)[0]
    assert not any("apt" in run or "curl" in run or "sudo" in run for run in told("RUN", ALL))
    assert not told("ADD", ALL)
    for name in ("requirements.txt", "requirements-build.txt"):
        text = (ROOT / name).read_text()
        pins = re.findall(r"^[\w.-]+==.*", text, re.MULTILINE)
        assert pins
        assert all(re.search(rf"^{re.escape(pin)}\n    --hash=sha256:", text, re.MULTILINE) for pin in pins)


def test_it_runs_without_rights() -> None:
    """As a user that is a number: Kubernetes sees that it is not root. Only the environment is copied."""
    assert told("USER") == ["65532:65532"]
    assert told("COPY") == ["--from=build /opt/exporter /opt/exporter"]
    assert told("RUN") == []
    assert all(path.startswith("/") for path in told("WORKDIR", ALL))


def test_how_it_starts() -> None:
    """As a list, without a shell that would keep signals; its health is asked by the command for it."""
    assert json.loads(told("ENTRYPOINT")[0]) == ["asterisk-ami-exporter"]
    assert told("EXPOSE") == ["9815"]
    (health,) = told("HEALTHCHECK")
    command = json.loads(health.partition(" CMD ")[2])
    assert command[0] == "asterisk-ami-exporter"
    with pytest.raises(SystemExit) as ended:
        main([*command[1:], "--help"])
    assert ended.value.code == 0


def test_labels() -> None:
    """What registries show of an image."""
    names = set(re.findall(r"org\.opencontainers\.image\.([\w.]+)=", told("LABEL")[0]))
    assert names == {"title", "description", "licenses", "version", "revision", "base.name"}


def test_the_context_is_what_is_copied() -> None:
    """.dockerignore lets in what the Dockerfile copies, and nothing more."""
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignore if line.startswith("!")} == copied()
    assert "*" in ignore
    assert all((ROOT / path).exists() for path in copied())
