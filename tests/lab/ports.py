"""Where each thing of the lab listens: below the ephemeral range, and each version on its own."""

from __future__ import annotations

VERSIONS = ("16", "22")


def peer(version: str) -> str:
    """The other one: trunk and phone of this one."""
    return VERSIONS[1 - VERSIONS.index(version)]


def ports(version: str) -> dict[str, int]:
    """By the names that the templates in etc/ use."""
    base = 10000 + 100 * int(version)
    other = 10000 + 100 * int(peer(version))
    rtp = 16000 + 4000 * VERSIONS.index(version)
    return {
        "AMI": base + 38,
        "AMI_TLS": base + 39,
        "SIP": base + 60,
        "CHAN_SIP": base + 61,
        "IAX": base + 62,
        "UAS": base + 63,  # the far end of the live trunk
        "DEAD": base + 64,  # nobody, ever
        "HTTP": base + 88,
        "PEER_SIP": other + 60,
        "PEER_IAX": other + 62,
        "CALLER": base + 65,  # and up: one for each sipp that calls
        "RTP": rtp,
        "RTP_END": rtp + 1999,
        "CALLER_RTP": rtp + 2000,  # and up, ten apart: sipp echoes on two ports
    }
