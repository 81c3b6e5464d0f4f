"""Certificates for the lab: an authority, a server that it signed, and an authority that signed nothing."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Python 3.13 wants all of this: who may sign, who signed, and what for.
SERVER = """
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""
NEW_KEY = "-newkey rsa:2048 -nodes"
DAYS = "-days 3650"


def make(folder: Path) -> None:
    """ca.crt and wrong-ca.crt, and ami.pem: the key and the certificate of localhost and 127.0.0.1."""
    if (folder / "ami.pem").exists():
        return
    folder.mkdir(exist_ok=True)
    for name in ("ca", "wrong-ca"):
        command = f"req -x509 {NEW_KEY} {DAYS} -subj /CN={name} -keyout {name}.key -out {name}.crt"
        openssl(folder, command, "-addext", "keyUsage = critical, keyCertSign")
    (folder / "server.ext").write_text(SERVER)
    openssl(folder, f"req {NEW_KEY} -subj /CN=localhost -keyout ami.key -out ami.csr")
    signer = "-CA ca.crt -CAkey ca.key -CAcreateserial"
    openssl(folder, f"x509 -req -in ami.csr {signer} {DAYS} -extfile server.ext -out ami.crt")
    text = (folder / "ami.key").read_text() + (folder / "ami.crt").read_text()
    (folder / "ami.pem").write_text(text)


def openssl(folder: Path, command: str, *more: str) -> None:
    subprocess.run(["openssl", *command.split(), *more], cwd=folder, check=True, capture_output=True)
