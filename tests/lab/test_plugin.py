"""What a test run says and how it ends when the lab has not all of its Asterisks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.lab.ports import VERSIONS

if TYPE_CHECKING:
    from pathlib import Path

# A lab in which no Asterisk is started, and those in $MISSING cannot be installed.
CONFTEST = """
import os
from tests.lab import plugin
from tests.lab.asterisk import Asterisk
from tests.lab.roots import LabUnavailableError

pytest_plugins = ["tests.lab.plugin"]

def install(asterisk):
    if asterisk.version in os.environ["MISSING"].split():
        raise LabUnavailableError(f"the archive has no {asterisk.version}")

if "MISSING" in os.environ:
    plugin._hindrance = lambda: ""
    Asterisk.install = install
    Asterisk.start = Asterisk.release = lambda asterisk: None
"""
TESTS = """
def test_of_each(asterisk):
    assert asterisk.running is False

def test_of_both(asterisk16, asterisk22):
    assert asterisk16.ami_port != asterisk22.ami_port
"""
MORE = """
import pytest

@pytest.mark.parametrize("word", "abcd")
def test_more_of_each(asterisk, word):
    assert asterisk.running is False
"""


def run(folder: Path, *options: str, **environment: str) -> tuple[int, list[str]]:
    """The exit status and the lines of a test run."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    lab: a lab\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(folder)],
        cwd=folder,
        env={"LAB_DIR": str(folder / "lab"), "PATH": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.strip().splitlines()


@pytest.mark.parametrize(
    ("options", "ci"), [((), ""), (("-n", "2", "--dist", "loadgroup"), "true")], ids=["at home", "in CI"]
)
def test_one_version_that_the_archive_has_not(tmp_path: Path, options: tuple[str, ...], ci: str) -> None:
    """One version that cannot be had is named in the last line, and the run passes."""
    status, lines = run(tmp_path, *options, MISSING="16", CI=ci)
    assert status == 0
    assert lines[-1] == "NOT TESTED on a real Asterisk: Asterisk 16 (the archive has no 16)"
    assert "1 passed, 2 skipped" in lines[-2]


@pytest.mark.parametrize("options", [(), ("-n", "2", "--dist", "loadgroup")], ids=["alone", "workers"])
def test_no_version_at_all(tmp_path: Path, options: tuple[str, ...]) -> None:
    """A run in CI that could have had a lab, but had no Asterisk of either version, has failed."""
    status, lines = run(tmp_path, *options, MISSING="16 22", CI="true")
    assert status == 1
    assert lines[-1].startswith("NOT TESTED")
    assert "Asterisk 16" in lines[-1]
    assert "Asterisk 22" in lines[-1]


def test_all_versions(tmp_path: Path) -> None:
    """With both versions nothing is said, and a test may have both."""
    status, lines = run(tmp_path, MISSING="", CI="true")
    assert status == 0
    assert "3 passed" in lines[-1]


def test_a_machine_without_a_lab(tmp_path: Path) -> None:
    """Where there can be no lab its tests are skipped, and the last line says what for."""
    status, lines = run(tmp_path)
    assert status == 0
    assert lines[-1].startswith("NOT TESTED on a real Asterisk: Asterisk 16 (the lab needs root on Debian)")
    assert "3 skipped" in lines[-2]


def test_ci_skips_nothing(tmp_path: Path) -> None:
    """In CI a machine without a lab is a failure."""
    status, lines = run(tmp_path, CI="true")
    assert status == 1
    assert any("3 failed" in line or "3 errors" in line for line in lines)


def test_each_version_has_a_worker(tmp_path: Path) -> None:
    """All tests of a version run on one worker, and those of the other beside them."""
    (tmp_path / "test_more.py").write_text(MORE)
    _, lines = run(tmp_path, "-n", "2", "--dist", "loadgroup", "-v", "-m", "lab", MISSING="")
    passed = [line for line in lines if " PASSED " in line]
    workers = {version: {line.split()[0] for line in passed if version in line[-8:]} for version in VERSIONS}
    assert len(passed) == 3 + 8
    assert len(workers["16"]) == len(workers["22"]) == 1
    assert workers["16"] != workers["22"]
