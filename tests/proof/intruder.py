"""Somebody with a wrong password, over AMI and over SIP."""

from __future__ import annotations

import hashlib
import re
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.asterisk import Asterisk


@contextmanager
def ami(asterisk: Asterisk, *actions: dict[str, str]) -> Iterator[int]:
    """Send actions one after another, each as soon as the last was answered; the port they come from."""
    with socket.create_connection(("127.0.0.1", asterisk.ami_port), timeout=5) as sock:
        answers = sock.makefile("rb")
        answers.readline()  # the greeting
        for action in actions:
            lines = "".join(f"{name}: {value}\r\n" for name, value in action.items())
            sock.sendall(f"{lines}\r\n".encode())
            while answers.readline().strip():
                pass
        yield sock.getsockname()[1]


def register(asterisk: Asterisk, user: str, password: str) -> tuple[int, str]:
    """Try to register a phone; the port it comes from, and the first line of the last answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(("127.0.0.1", asterisk.sip_port))
        sock.settimeout(5)
        port, target = sock.getsockname()[1], f"sip:127.0.0.1:{asterisk.sip_port}"

        def ask(number: int, *headers: str) -> str:
            lines = (
                f"REGISTER {target} SIP/2.0",
                f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK-{port}-{number}",
                "Max-Forwards: 70",
                f"From: <sip:{user}@127.0.0.1>;tag={port}",
                f"To: <sip:{user}@127.0.0.1>",
                f"Call-ID: intruder-{port}",
                f"CSeq: {number} REGISTER",
                f"Contact: <sip:{user}@127.0.0.1:{port}>",
                *headers,
                "Content-Length: 0",
            )
            sock.send(("\r\n".join(lines) + "\r\n\r\n").encode())
            return sock.recv(65536).decode()

        answer = ask(1)
        if challenge := dict(re.findall(r'(\w+)="([^"]*)"', answer)):
            answer = ask(2, _credentials(user, password, target, challenge))
        return port, answer.splitlines()[0]


def _credentials(user: str, password: str, target: str, challenge: dict[str, str]) -> str:
    realm, nonce = challenge["realm"], challenge["nonce"]
    who, what = _md5(f"{user}:{realm}:{password}"), _md5(f"REGISTER:{target}")
    values = {"username": user, "realm": realm, "nonce": nonce, "uri": target, "cnonce": "c"}
    values["response"] = _md5(f"{who}:{nonce}:00000001:c:auth:{what}")
    values |= {"opaque": challenge["opaque"]} if "opaque" in challenge else {}
    text = ", ".join(f'{name}="{value}"' for name, value in values.items())
    return f"Authorization: Digest {text}, algorithm=MD5, qop=auth, nc=00000001"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
