"""The Asterisks that are simulated, and the headers by which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Version:
    """An Asterisk: what it calls itself, and the headers that it lacks, by the name of the packet."""

    name: str
    ami: str
    asterisk: str
    lacks: Mapping[str, tuple[str, ...]]


V16 = Version(
    "16",
    "5.0.4",
    "16.28.0",
    {
        "AorList": ("Qualify2xxOnly",),
        "ConfbridgeList": ("EndMarkedAny",),
        "ContactList": ("Qualify2xxOnly",),
        "CoreSettings": ("SoundsSearchCustomDir",),
        "CoreStatus": ("CoreProcessedCalls",),
        "Hangup": ("TechCause",),
        "HangupRequest": ("TechCause",),
        "OutboundRegistrationDetail": (
            *("SecurityNegotiation", "ContactHeaderParams", "UserAgent", "SupportOutbound"),
        ),
        "RTCPReceived": ("MES",),
        "RTCPSent": ("MES",),
        "SoftHangupRequest": ("TechCause",),
        "VoicemailUserEntry": ("CanMarkUrgent",),
    },
)
# 16 says the reason of a pause twice.
V22 = Version("22", "11.0.0", "22.10.1", {"QueueMemberPause": ("Reason",)})
VERSIONS = {version.name: version for version in (V16, V22)}
