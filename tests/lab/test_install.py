"""Where the lab's Asterisk comes from, and whose it is, without one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab import roots
from tests.lab.apt import mirror
from tests.lab.owner import Owner, birth
from tests.lab.roots import LabUnavailableError, install

DEB822 = """
Types: deb
# where it is from
URIs: http://archive.test/debian
Suites: bookworm bookworm-updates
Components: main contrib

Types: deb
URIs: http://archive.test/debian-security
Suites: bookworm-security
Components: main
"""
ONE_LINE = """
# deb http://old.test/debian bookworm main
deb-src http://source.test/debian bookworm main
deb [arch=amd64 signed-by=/key.gpg] http://archive.test/debian bookworm main
"""
VENDOR = "deb http://vendor.test/apt bookworm stable\n"
OFF = "Types: deb\nEnabled: no\nURIs: http://off.test/debian\nSuites: bookworm\nComponents: main\n"
LISTED = "Types: deb\nURIs: mirror+file:{list}\nSuites: bookworm\nComponents: main\n"


@pytest.mark.parametrize(
    "files",
    [
        {"debian.sources": DEB822},
        {"a-vendor.list": VENDOR, "debian.sources": DEB822},
        {"a-off.sources": OFF, "debian.list": ONE_LINE},
        {"listed.sources": LISTED},
        {},
    ],
)
def test_the_mirror_is_the_machines_own(tmp_path: Path, files: dict[str, str]) -> None:
    """The archive is found in either format of apt's sources, beside others that have no Debian."""
    (tmp_path / "os-release").write_text('ID=debian\nVERSION_CODENAME=bookworm\nNAME="Debian"\n')
    lists = tmp_path / "apt/sources.list.d"
    lists.mkdir(parents=True)
    (tmp_path / "mirrors").write_text("http://archive.test/debian\nhttp://second.test/debian\n")
    for name, text in files.items():
        (lists / name).write_text(text.replace("{list}", str(tmp_path / "mirrors")))
    assert mirror(tmp_path) == ("http://archive.test/debian" if files else None)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are taken before the machine's, and a lab folder of its own."""
    monkeypatch.setenv("LAB_DIR", str(tmp_path / "lab"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(roots, "mirror", lambda: "http://archive.test/debian")
    return tmp_path


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


# after three options and the suite comes the folder to install to
MAKES_A_ROOT = 'echo try >> "$LAB_DIR/tries"; mkdir -p "$5"'


def test_an_install_is_tried_three_times(commands: Path) -> None:
    """An archive that does not give it is asked three times, and then the reason is told."""
    program(commands / "debootstrap", f"{MAKES_A_ROOT}; echo E: no such package asterisk; exit 1")
    with pytest.raises(
        LabUnavailableError, match=r"bullseye cannot be installed: .*no such package asterisk"
    ):
        install("16")
    assert (commands / "lab/tries").read_text() == "try\n" * 3
    assert not (commands / "lab/asterisk-16").exists()


def test_an_install_is_kept(commands: Path) -> None:
    """A complete root has its final name and is not installed again."""
    program(commands / "debootstrap", MAKES_A_ROOT)
    program(commands / "chroot", "echo Asterisk 22.10.1")
    install("22")
    install("22")
    assert (commands / "lab/asterisk-22").is_dir()
    assert (commands / "lab/tries").read_text() == "try\n"
    assert not (commands / "lab/asterisk-22.part").exists()


def test_another_version_is_not_taken(commands: Path) -> None:
    """When the archive has moved on to the next major version, the lab says which."""
    program(commands / "debootstrap", MAKES_A_ROOT)
    program(commands / "chroot", "echo Asterisk 23.1.0")
    with pytest.raises(LabUnavailableError, match=r"sid has Asterisk 23\.1\.0 now"):
        install("22")
    assert not (commands / "lab/asterisk-22").exists()


def test_no_archive(commands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a Debian archive has no lab."""
    monkeypatch.setattr(roots, "mirror", lambda: None)
    with pytest.raises(LabUnavailableError, match="no Debian archive"):
        install("16")
    assert not (commands / "lab/asterisk-16").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_an_owner_lives_as_long_as_its_process(tmp_path: Path) -> None:
    """What a living process owns is another's; what a dead one owned is nobody's."""
    file = tmp_path / "owner"
    ours = Owner(file, os.getpid())
    with subprocess.Popen(["sleep", "60"]) as process:
        Owner(file, process.pid).take()
        living = (ours.mine, ours.other)
        expected = (False, birth(process.pid))
        process.kill()
    dead = (ours.mine, ours.other)
    ours.take()
    assert living == expected
    assert dead == (False, "")
    assert (ours.mine, ours.other) == (True, "")
