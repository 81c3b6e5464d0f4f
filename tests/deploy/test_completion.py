"""What shells complete, tried in a real bash; zsh and fish read theirs where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from exporter.cli import main, parser
from exporter.commands.completion import SHELLS

ASK = """
source {file}
COMP_WORDS=({words}) COMP_CWORD={last}
_asterisk_ami_exporter
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("he", ["healthcheck"]),
        ("check --conn", ["--connect"]),
        ("--config.file=c.yaml check --conn", ["--connect"]),
        ("--log.level=", ["debug", "info", "warn", "error"]),
        ("--log.level=w", ["warn"]),
        ("manager-conf --for i", ["issabel"]),
        ("completion z", ["zsh"]),
        ("--config.file=conf", ["config.yaml"]),
        ("demo --config.fi", []),
    ],
)
def test_bash(tmp_path: Path, typed: str, offered: list[str]) -> None:
    """Commands, the options of the command that is typed, values and files; bash parts words at `=`."""
    (tmp_path / "config.yaml").touch()
    (tmp_path / "complete").write_text(SHELLS["bash"](parser()))
    words = ["asterisk-ami-exporter", *typed.replace("=", " = ").split()]
    words += ["''"] if typed.endswith(" ") else []
    script = ASK.format(file="complete", words=" ".join(words), last=len(words) - 1)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.split() == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_told_of_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints it, and where the shell is installed, it reads it."""
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for word in ("check", "connect", "healthcheck", "web.listen-address", "logfmt json"):
        assert word in script
    if shutil.which(shell):
        done = subprocess.run(
            [shell, "-n"], input=script, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
