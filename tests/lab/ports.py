"""Where each thing of the lab listens: below the ephemeral range, and each Asterisk on its own."""

from __future__ import annotations

VERSIONS = ("16", "22")
# One of each version, trunk and phone of each other: two pairs, so that half as much waits for an Asterisk.
PAIRS = ("proof", "sessions")


def peer(version: str) -> str:
    """The other one: trunk and phone of this one."""
    return VERSIONS[1 - VERSIONS.index(version)]


def ports(version: str, pair: str = PAIRS[0]) -> dict[str, int]:
    """By the names that the templates in etc/ use."""
    number = PAIRS.index(pair)
    base, other = (10000 + 100 * (int(each) + number) for each in (version, peer(version)))
    rtp = 16000 + 8000 * number + 4000 * VERSIONS.index(version)
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
