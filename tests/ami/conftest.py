"""Certificates for the tests of TLS, made anew for each run."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


@dataclass(frozen=True)
class Certificates:
    """A folder of them: an authority, and servers that it signed."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The CA that signed all servers."""
        return self.folder / "ca.crt"

    @property
    def stranger(self) -> Path:
        """A CA that signed nothing."""
        return self.folder / "stranger.crt"

    def server(self, name: str) -> ssl.SSLContext:
        """The context of a server: `good`, `expired`, or `elsewhere`, which is for another host."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context


def openssl(folder: Path, command: str) -> None:
    """Run one command of openssl there."""
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The CA has no more in it than ast_tls_cert of Asterisk puts there."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ca", "stranger"):
        openssl(folder, f"req -x509 {KEY} -days 2 -subj /CN={name} -keyout {name}.key -out {name}.crt")
    hosts = "IP:127.0.0.1,DNS:localhost"
    for name, names, days in (
        ("good", hosts, 2),
        ("expired", hosts, -1),
        ("elsewhere", "DNS:other.example", 2),
    ):
        (folder / f"{name}.ext").write_text(f"subjectAltName = {names}\n")
        openssl(folder, f"req {KEY} -subj /CN={name} -keyout {name}.key -out {name}.csr")
        signer = "-CA ca.crt -CAkey ca.key -CAcreateserial"
        openssl(folder, f"x509 -req -in {name}.csr {signer} -days {days} -extfile {name}.ext -out {name}.crt")
    openssl(folder, "ec -in good.key -aes256 -passout pass:locked -out locked.key")
    return Certificates(folder)
