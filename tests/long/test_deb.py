"""The .deb in a bare Debian: installed, run as its user, reinstalled, removed, purged. Takes minutes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter import __version__
from tests.exporter_process import free_port
from tests.lab.roots import Release, debootstrap, remove

ROOT = Path(__file__).parents[2]
NAME = "asterisk-ami-exporter"
SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}  # the Debian of each Python
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="a Debian in a folder needs root"),
    pytest.mark.skipif(sys.version_info[:2] not in SUITES, reason="no Debian has this Python"),
]


def done(*command: str | Path, code: int = 0) -> str:
    """What a command says, that ends with this exit code."""
    environment = {
        **os.environ,
        "PYTHON": sys.executable,
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=1800
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Debian with nothing but Python, and the package in its root."""
    folder = tmp_path_factory.mktemp("deb")
    done(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    (wheel,) = folder.glob("*.whl")
    done("deploy/debian/build", wheel, folder)
    (package,) = folder.glob("*.deb")
    root = folder / "root"
    minor = sys.version_info[:2]
    debootstrap(Release(SUITES[minor], "python{}.{}".format(*minor)), root)
    package.rename(root / "exporter.deb")
    yield root
    remove(root)


def test_the_package(debian: Path) -> None:
    """It runs as its own user from what it brought, keeps what was configured, and goes without a trace."""

    def inside(*command: str, code: int = 0) -> str:
        return done("chroot", debian, *command, code=code)

    def config(*what: str) -> str:
        return inside(*what, f"/etc/{NAME}/config.yaml").strip()

    inside("dpkg", "-i", "/exporter.deb")
    assert f"{NAME} {__version__}" in inside(NAME, "--version")
    assert config("stat", "-c", "%U:%G %a") == f"root:{NAME} 640"
    assert inside("stat", "-c", "%U %a", f"/etc/{NAME}/secrets").strip() == "root 700"
    said = inside(NAME, "check", f"--config.file=/etc/{NAME}/config.yaml", code=2)
    assert "/run/credentials/asterisk-ami-exporter.service/ami_local" in said
    for path in (f"lib/systemd/system/{NAME}.service", f"share/man/man1/{NAME}.1.gz"):
        assert (debian / "usr" / path).is_file()
    assert list((debian / f"usr/lib/{NAME}").rglob("sboms/*.cdx.json"))

    address = f"127.0.0.1:{free_port()}"
    demo = [
        "chroot",
        f"--userspec={NAME}:{NAME}",
        str(debian),
        NAME,
        "demo",
        f"--web.listen-address={address}",
    ]
    with subprocess.Popen(demo, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said = ""
            while address not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            assert inside(NAME, "healthcheck", f"--url={address}") == "healthy\n"
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert process.returncode == 0

    mine = "servers: {mine: {host: 127.0.0.1, username: u, secret: s}}\n"
    (debian / f"etc/{NAME}/config.yaml").write_text(mine)
    inside("dpkg", "-i", "/exporter.deb")
    assert config("cat") == mine.strip()
    assert config("stat", "-c", "%U:%G %a") == f"root:{NAME} 640"
    inside(NAME, "check", f"--config.file=/etc/{NAME}/config.yaml")

    inside("dpkg", "--remove", NAME)
    assert not (debian / f"usr/lib/{NAME}").exists()
    assert config("cat") == mine.strip()
    inside("dpkg", "--purge", NAME)
    assert not (debian / f"etc/{NAME}").exists()
    inside("getent", "passwd", NAME, code=2)
