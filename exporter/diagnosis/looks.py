"""What a port looks like that does not greet as Asterisk does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Looks: TypeAlias = Literal["ami", "ami over tls", "tls", "ssh", "http", "sip", "other", "silent"]

_BEGINNINGS: dict[bytes, Looks] = {
    b"Asterisk Call Manager": "ami",
    b"SSH-": "ssh",
    b"HTTP/": "http",
    b"<": "http",
    b"SIP/2.0": "sip",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a port said in plain text; and over TLS, None if it speaks no TLS."""

    plain: bytes = b""
    tls: bytes | None = None


def looks_like(heard: Heard) -> Looks:
    """What listens there, by how it begins to speak."""
    if heard.tls is not None:
        return "ami over tls" if heard.tls.startswith(b"Asterisk Call Manager") else "tls"
    for beginning, looks in _BEGINNINGS.items():
        if heard.plain.startswith(beginning):
            return looks
    return "other" if heard.plain else "silent"
