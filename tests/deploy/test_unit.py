"""The systemd unit, by systemd's own tools and by what the exporter needs of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from exporter.cli import parser

FOLDER = Path(__file__).parents[2] / "deploy/systemd"
UNIT = FOLDER / "asterisk-ami-exporter.service"
SETTINGS = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if re.match(r"\w+=", line))
MOST = 2.0  # of 10: how much of the machine it may reach, as systemd reckons
systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


@pytest.mark.system
@systemd
def test_it_reaches_little() -> None:
    """systemd finds it well shut in."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) < MOST


@pytest.mark.system
@systemd
def test_systemd_knows_every_setting(tmp_path: Path) -> None:
    """It finds nothing wrong, once there is a program to run."""
    copy = tmp_path / UNIT.name
    text = UNIT.read_text().replace("ExecStart=asterisk-ami-exporter", "ExecStart=/bin/true")
    copy.write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    command = ["systemd-analyze", "verify", "--man=no", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, complaints) == (0, [])


def test_it_is_told_and_watched() -> None:
    """It waits for READY, restarts what is stuck or ended, but not what a wrong configuration has ended."""
    assert SETTINGS["Type"] == "notify"
    assert int(SETTINGS["WatchdogSec"]) > 0
    assert SETTINGS["Restart"] == "always"
    assert SETTINGS["RestartPreventExitStatus"] == "2"
    assert SETTINGS["ExecReload"] == "kill -HUP $MAINPID"


def test_it_keeps_its_own_metrics() -> None:
    """With /proc cut down to processes, process_* would be absent."""
    assert SETTINGS["ProcSubset"] == "all"


def test_its_arguments() -> None:
    """Those of the unit are such that the exporter has, and the defaults file gives it more."""
    program, *arguments = SETTINGS["ExecStart"].split()
    assert program == "asterisk-ami-exporter"
    assert arguments.pop() == "$ARGS"
    assert parser().parse_args(arguments).config_file == Path("/etc/asterisk-ami-exporter/config.yaml")
    assert SETTINGS["EnvironmentFile"] == "-/etc/default/asterisk-ami-exporter"
    assert re.search(r"^ARGS=", (FOLDER / "asterisk-ami-exporter.default").read_text(), re.MULTILINE)
