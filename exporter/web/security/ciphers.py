"""Ciphers and versions of TLS: Go's names, which the web config file uses, in the words of OpenSSL."""

from __future__ import annotations

from ssl import TLSVersion

VERSIONS = {"TLS12": TLSVersion.TLSv1_2, "TLS13": TLSVersion.TLSv1_3}
OLD_VERSIONS = ("TLS10", "TLS11")

# Of TLS 1.2. Go's list has some with RSA key exchange too: without forward secrecy, so not here.
CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
}
# Of TLS 1.3, where neither Go nor Python lets anybody choose: naming them changes nothing.
FIXED = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")


def cipher(name: str) -> str:
    """A cipher's name. Raises ValueError if it is unknown, or weak."""
    if name not in CIPHERS and name not in FIXED:
        raise ValueError(
            f"{name!r} is no cipher that is offered here (known: {', '.join((*CIPHERS, *FIXED))})"
        )
    return name


def version(name: str) -> str:
    """A version's name. Raises ValueError if it is unknown, or too old."""
    if name in OLD_VERSIONS:
        raise ValueError(f"{name} is broken; TLS12 is the least")
    if name not in VERSIONS:
        raise ValueError(f"expected {' or '.join(VERSIONS)}")
    return name
