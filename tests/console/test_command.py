"""The command `ami`: its arguments, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exporter.cli import main

DOCS = Path(__file__).parents[2] / "docs/ami.md"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Two servers at which nobody listens; the option that names the file."""
    file = tmp_path / "config.yaml"
    keys = "host: 127.0.0.1, port: 1, username: u, secret: s3cret"
    file.write_text(f"servers:\n  hq: {{{keys}}}\n  far: {{{keys}}}\n")
    file.chmod(0o600)
    return f"--config.file={file}"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["Ping"], "--server is missing; there are: hq, far"),
        (["--server=x", "Ping"], "there is no server 'x'; there are: hq, far"),
        (["--server=hq", "Ping"], "127.0.0.1 port 1: Connection refused"),
        (["--server=hq", "--count=3"], "--seconds and --count are for --events"),
        (["--server=hq", "--events", "--seconds=0"], "are more than 0"),
        (["--server=hq", "--raw", "--format=json"], "exclude each other"),
        (["--server=hq", "--events=("], "'(' is no regular expression"),
        (["--server=hq", "--record=/dev/null/x", "Ping"], "cannot record"),
    ],
)
def test_what_cannot_be_done_is_told(
    file: str, arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence on standard error, exit code 2."""
    assert main(["ami", file, *arguments]) == 2
    shown = capsys.readouterr()
    assert why in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/ami.md names them all."""
    with pytest.raises(SystemExit):
        main(["ami", "--help"])
    options = set(re.findall(r"--[a-z-]+\b(?!\.)", capsys.readouterr().out)) - {"--help"}
    assert "--record" in options
    text = DOCS.read_text()
    assert {option for option in options if option not in text} == set()
