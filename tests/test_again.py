"""What fails is asked once more, and what fails twice has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.again import main

if TYPE_CHECKING:
    from pathlib import Path

SHAKY = """
import pathlib

def test_shaky():
    seen = pathlib.Path("seen")
    first = not seen.exists()
    seen.touch()
    assert not first

def test_sound():
    assert True
"""
BROKEN = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_broken(number):
    assert False, number
"""


def run(folder: Path, text: str) -> int:
    """The exit status of a run over one file of tests."""
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return main(("-q",), folder)


def test_what_passes_alone_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The run has passed, and its last line says of what to doubt."""
    assert run(tmp_path, SHAKY) == 0
    last = capfd.readouterr().out.splitlines()[-1]
    assert last == "UNSTABLE, failed beside the others and passed alone: test_it.py::test_shaky"


def test_what_fails_twice_has_failed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Asking again hides nothing."""
    assert run(tmp_path, BROKEN.format(count=1)) == 1
    assert "Once more, alone: test_it.py::test_broken[0]" in capfd.readouterr().out


@pytest.mark.parametrize(("text", "status"), [(BROKEN.format(count=4), 1), ("import nothing_there", 2)])
def test_many_faults_are_no_accident(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str, status: int
) -> None:
    """Nor is what cannot be collected: nothing is asked again."""
    assert run(tmp_path, text) == status
    assert "Once more" not in capfd.readouterr().out
