"""One real Asterisk: installed, configured from etc/, started, asked and stopped."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import tls
from .owner import Owner, birth
from .ports import PAIRS, VERSIONS, peer, ports
from .roots import LabError, install, locked, root_of

TEMPLATES = Path(__file__).parent / "etc"
# The sections of manager.conf, which says what each may do.
USERS = ("monitor", "reporting", "nosystem", "nobody", "elsewhere", "admin")
# 400 Hz in mu-law, a second of it: music on hold, so that a queue has media.
TONE = (b"\x1e" * 10 + b"\x9e" * 10) * 400
FOLDERS = ("etc/asterisk", "run/asterisk", "var/lib/asterisk", "var/log/asterisk", "var/spool/asterisk")


class Asterisk:
    """Version "16" or "22" of a pair.

    It belongs to the process that starts it: others wait until that one is gone.
    """

    def __init__(self, version: str, owner: int | None = None, *, pair: str = PAIRS[0]) -> None:
        if version not in VERSIONS:
            raise ValueError(f"version {version!r}: there are {' and '.join(VERSIONS)}")
        self.version = version
        self.pair = pair
        self.root = root_of(version, pair)
        self.users = {name: f"{name}-secret" for name in USERS}
        self.ports = ports(version, pair)
        self.ami_port = self.ports["AMI"]
        self.ami_tls_port = self.ports["AMI_TLS"]
        self.sip_port = self.ports["SIP"]
        self.http_port = self.ports["HTTP"]
        # what signed the certificate on ami_tls_port, and what did not
        self.ca_file = self.root / "etc/asterisk/keys/ca.crt"
        self.wrong_ca_file = self.root / "etc/asterisk/keys/wrong-ca.crt"
        self._owner = Owner(self._beside("owner"), owner or os.getpid())

    def install(self) -> None:
        install(self.version, self.pair)

    def start(self, patience: float = 600) -> None:
        """Starts it if it is not up; one that a dead run left is stopped first, one in use is waited for."""
        self.install()
        deadline = time.monotonic() + patience
        while not self._try_start():
            if time.monotonic() > deadline:
                raise LabError(f"Asterisk {self.version} is in use by process {self._owner.other}")
            time.sleep(1)

    def _try_start(self) -> bool:
        with locked(self._beside("lock")):
            if self._owner.other:
                return False
            if not self._owner.mine:
                self.stop()
                # a new run is to know nothing of the last one's contacts and queue members
                (self.root / "var/lib/asterisk/astdb.sqlite3").unlink(missing_ok=True)
                self._owner.take()
            if not self.running:
                self._configure()
                self._boot()
            return True

    def stop(self) -> None:
        """Stops it in its own good order, or by force when that takes too long."""
        pid = self.pid
        if pid is not None:
            self._rx("core stop now")
            if not gone_within(20, pid):
                self.kill()
        if os.path.ismount(self.root / "proc"):
            subprocess.run(["umount", "--lazy", self.root / "proc"], check=True)

    def kill(self) -> None:
        """SIGKILL, which is what a crash looks like: it says nothing and closes nothing."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            if not gone_within(10, pid):
                raise LabError(f"Asterisk {self.version}, process {pid}, does not end")

    def restart(self) -> None:
        self.stop()
        self.start()

    def release(self) -> None:
        """Stops it if it is ours."""
        if self._owner.mine:
            self.stop()

    @property
    def pid(self) -> int | None:
        """The process, if it is this root's Asterisk: the number in its file may be another's by now."""
        try:
            pid = int((self.root / "run/asterisk/asterisk.pid").read_text())
            ours = Path(f"/proc/{pid}/root").readlink() == self.root.resolve()
        except (OSError, ValueError):
            return None
        return pid if ours and birth(pid) else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    def cli(self, command: str) -> str:
        """What the CLI prints. Asterisk's -rx drops a line that begins with a byte above 127."""
        done = self._rx(command)
        text = done.stdout.decode(errors="backslashreplace")
        if done.returncode:
            raise LabError(f"Asterisk {self.version}: {command}: {text.strip()}")
        return text

    def config(self, name: str) -> str:
        """A file of etc/ as this Asterisk gets it."""
        values = {"VERSION": self.version, "PEER": peer(self.version), **self.ports}
        return re.sub("@([A-Z_]+)@", lambda match: str(values[match[1]]), (TEMPLATES / name).read_text())

    def write_config(self, name: str, text: str) -> None:
        """Another text for a file of /etc/asterisk, until restore_config or the next start."""
        (self.root / "etc/asterisk" / name).write_text(text)

    def restore_config(self, name: str) -> None:
        self.write_config(name, self.config(name))

    def manager_reload(self) -> None:
        self.cli("manager reload")

    def log(self) -> str:
        """The last lines of its own log."""
        path = self.root / "var/log/asterisk/messages"
        return "\n".join(path.read_text(errors="replace").splitlines()[-30:]) if path.exists() else ""

    def _beside(self, suffix: str) -> Path:
        return self.root.with_name(f"{self.root.name}.{suffix}")

    def _rx(self, command: str) -> subprocess.CompletedProcess[bytes]:
        return self._chroot("asterisk", "-rx", command)

    def _chroot(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        full = ["chroot", str(self.root), *command]
        return subprocess.run(full, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)

    def _configure(self) -> None:
        tls.make(self.root / "etc/asterisk/keys")
        for path in TEMPLATES.glob("*.conf"):
            self.restore_config(path.name)
        music = self.root / "usr/share/asterisk/moh"
        music.mkdir(exist_ok=True)
        (music / "tone.ulaw").write_bytes(TONE)
        shutil.rmtree(self.root / "var/log/asterisk", ignore_errors=True)
        for folder in FOLDERS:
            (self.root / folder).mkdir(exist_ok=True)
            self._chroot("chown", "-R", "asterisk:", folder)
        # 22 looks up the machine's name for every call, and else a name server of the world: both are here
        (self.root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
        (self.root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        if not os.path.ismount(self.root / "proc"):
            subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)

    def _boot(self) -> None:
        # without -f it puts itself in the background, in a session of its own, and writes its pid file
        self._chroot("asterisk", "-U", "asterisk", "-G", "asterisk")
        deadline = time.monotonic() + 60
        while b"fully booted" not in self._rx("core waitfullybooted").stdout:
            if time.monotonic() > deadline:
                raise LabError(f"Asterisk {self.version} does not boot:\n{self.log()}")
            time.sleep(0.1)


def gone_within(seconds: float, pid: int) -> bool:
    deadline = time.monotonic() + seconds
    while birth(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not birth(pid)
