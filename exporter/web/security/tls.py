"""TLS as it is spoken with clients: the context of Python's ssl, and the names in a client's certificate."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from exporter.web.security.ciphers import CIPHERS, VERSIONS

if TYPE_CHECKING:
    from exporter.web.security.file import TLSServer

_CHECKS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


def context(settings: TLSServer) -> ssl.SSLContext:
    """What Python's ssl needs, with the certificates as they are now. Raises ValueError."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = VERSIONS[settings.min_version]
    made.maximum_version = VERSIONS[settings.max_version]
    made.options |= ssl.OP_NO_RENEGOTIATION
    if not settings.prefer_server_cipher_suites:
        made.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    made.set_alpn_protocols(["http/1.1"])
    if settings.cipher_suites:
        names = [CIPHERS[name] for name in settings.cipher_suites if name in CIPHERS]
        if not names and settings.min_version != "TLS13":
            raise ValueError("cipher_suites names none of TLS 1.2; for TLS 1.3 alone, min_version: TLS13")
        if names:
            made.set_ciphers(":".join(names))
    _load(made, settings)
    made.verify_mode = _CHECKS[settings.client_auth_type]
    return made


def _load(made: ssl.SSLContext, settings: TLSServer) -> None:
    def no_password() -> str:  # else OpenSSL asks the terminal
        raise ValueError(f"the key in {str(settings.key_file)!r} is encrypted, and nobody is there to type")

    assert settings.cert_file  # noqa: S101  # the file's check saw to it
    try:
        made.load_cert_chain(settings.cert_file, settings.key_file, no_password)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(
            f"no certificate {str(settings.cert_file)!r} with key {str(settings.key_file)!r}: {_why(error)}"
        ) from None
    try:
        if settings.client_ca_file:
            made.load_verify_locations(settings.client_ca_file)
        elif settings.client_auth_type != "NoClientCert":
            made.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"no authority in {str(settings.client_ca_file)!r}: {_why(error)}") from None


def _why(error: OSError) -> str:
    reason = getattr(error, "reason", None) or error.strerror or str(error)
    return str(reason).lower().replace("_", " ")


def names(certificate: dict[str, Any] | None) -> Collection[str]:
    """The names that a checked certificate of a client is for: hosts, addresses, mail, URIs."""
    found = (certificate or {}).get("subjectAltName", ())
    return {_address(value) if kind == "IP Address" else value for kind, value in found}


def _address(value: str) -> str:
    """An address as people write it: OpenSSL writes IPv6 in full."""
    try:
        return str(ip_address(value.strip()))
    except ValueError:
        return value
