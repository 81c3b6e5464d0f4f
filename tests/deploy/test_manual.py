"""The manual page is what the arguments are, groff takes it, and each command's help has an example."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.manual import page
from exporter.cli import main, parser
from exporter.commands import COMMANDS

PAGE = Path(__file__).parents[2] / "deploy/man/asterisk-ami-exporter.1"


def test_it_is_current() -> None:
    """`make man` would change nothing."""
    assert PAGE.read_text() == page()


@pytest.mark.system
@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_groff_takes_it() -> None:
    """Without a warning; what it writes has each command, and each option as it is typed."""
    command = ["groff", "-man", "-Tascii", "-ww", "-P-cbou", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert {command.name for command in COMMANDS} <= set(lines)
    options = {option for action in parser()._actions for option in action.option_strings}
    shown = {re.split("[=, ]", line)[0] for line in lines if line.startswith("--")}
    assert options - {"-h", "--help"} <= shown


@pytest.mark.parametrize("name", ["", *(command.name for command in COMMANDS)])
def test_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command has one, with an example of itself."""
    with pytest.raises(SystemExit) as ended:
        main([*filter(None, [name]), "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"Example: asterisk-ami-exporter {name}".strip() in said
