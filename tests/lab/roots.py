"""Installs a Debian with Asterisk in a folder of its own, once."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .apt import mirror
from .ports import PAIRS

if TYPE_CHECKING:
    from collections.abc import Iterator


class LabError(Exception):
    """The lab does not do what it was asked."""


class LabUnavailableError(LabError):
    """The archive has no such Asterisk to give."""


class Release(NamedTuple):
    suite: str
    packages: str


RELEASES = {
    "16": Release("bullseye", "asterisk,asterisk-voicemail"),
    "22": Release("sid", "asterisk"),
}
TRIES = 3


def lab_dir() -> Path:
    return Path(os.environ.get("LAB_DIR") or "~/.cache/asterisk-lab").expanduser()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process at a time; the kernel frees the lock of one that was killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def root_of(version: str, pair: str = PAIRS[0]) -> Path:
    """The folder of an Asterisk; under this name it is always complete."""
    return lab_dir() / (f"asterisk-{version}" if pair == PAIRS[0] else f"asterisk-{version}-{pair}")


def install(version: str, pair: str = PAIRS[0]) -> None:
    """Installs the Asterisk of the first pair; that of another is its copy."""
    if pair != PAIRS[0]:
        install(version)
    root = root_of(version, pair)
    part = root.with_name(f"{root.name}.part")
    with locked(root.with_name(f"{root.name}.install")):
        if root.exists():
            return
        if pair == PAIRS[0]:
            _install(version, part)
        else:
            _copy(root_of(version), part)
        part.rename(root)


def _install(version: str, part: Path) -> None:
    debootstrap(RELEASES[version], part)
    found = run("chroot", part, "asterisk", "-V").stdout.strip()
    if not found.startswith(f"Asterisk {version}."):
        raise LabUnavailableError(f"Debian {RELEASES[version].suite} has {found} now")


def _copy(root: Path, part: Path) -> None:
    remove(part)
    # it may be running: without its /proc, and what is half written there is made anew before a start
    done = run("cp", "--archive", "--one-file-system", "--reflink=auto", root, part)
    if done.returncode:
        raise LabError(f"{root} cannot be copied: {done.stdout.strip()}")


def debootstrap(release: Release, part: Path) -> None:
    source = mirror()
    if not source:
        raise LabUnavailableError("no Debian archive in the apt sources of this machine")
    debs = part.with_suffix(".debs")  # what was downloaded once is not downloaded again
    options = ["--variant=minbase", f"--cache-dir={debs}", f"--include={release.packages}"]
    for _ in range(TRIES):
        remove(part)
        debs.mkdir(exist_ok=True)
        done = run("debootstrap", *options, release.suite, part, source)
        if done.returncode == 0:
            shutil.rmtree(debs)
            return
    last = " / ".join(done.stdout.strip().splitlines()[-3:])
    raise LabUnavailableError(f"Debian {release.suite} cannot be installed: {last}")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def remove(path: Path) -> None:
    """Removes a root; an installation that was killed leaves its /proc and /sys mounted."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if Path(mount).is_relative_to(path.resolve()):
            run("umount", "--lazy", mount)
    if path.exists():
        shutil.rmtree(path)
