"""One broken file for each mistake, and the exact errors it must give."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from exporter.config import ConfigError, load

BAD = Path(__file__).parent / "bad"


def errors(name: str) -> str:
    """What loading a file of the folder says, from within the folder."""
    with pytest.raises(ConfigError) as error:
        load(Path(name))
    # Where in OpenSSL's binding an error was made differs from build to build.
    return re.sub(r" \(_ssl\.c:\d+\)", "", str(error.value)) + "\n"


@pytest.mark.parametrize("file", sorted(BAD.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_errors_are_these(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mistake at once, each with its place. Rewrite with UPDATE_ERRORS=1, and read the difference."""
    monkeypatch.chdir(BAD)
    expected = file.with_suffix(".txt")
    said = errors(file.name)
    if os.environ.get("UPDATE_ERRORS"):
        expected.write_text(said)
    assert said == expected.read_text()


def test_every_expectation_has_its_file() -> None:
    """No text is left over from a file that is gone."""
    assert {file.stem for file in BAD.glob("*.txt")} == {file.stem for file in BAD.glob("*.yaml")}
