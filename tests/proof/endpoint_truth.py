"""What the CLI says of endpoints, contacts, registrations and peers, as the exporter's metrics name it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from tests.lab.asterisk import Asterisk

STATES = {
    "Unknown": "unknown",
    "Not in use": "not_in_use",
    "In use": "in_use",
    "Busy": "busy",
    "Invalid": "invalid",
    "Unavailable": "unavailable",
    "Ringing": "ringing",
    "Ring+Inuse": "ring_in_use",
    "On Hold": "on_hold",
}
STATUSES = {
    "Avail": "reachable",
    "Unavail": "unreachable",
    "NonQual": "not_qualified",
    "Unknown": "unknown",
}
PEERS = {"OK": "reachable", "LAGGED": "lagged", "UNREACHABLE": "unreachable", "Unmonitored": "unmonitored"}

_ENDPOINT = re.compile(r" Endpoint:  ([^/\s]+)(?:/\S*)?\s+(\S.*?)\s+(\d+) of (?:inf|\d+)")
_CONTACT = re.compile(r"\s*Contact:\s+([^/\s]+)/\S+\s+\S+\s+(\w+)\s+(-?nan|[\d.]+)")
_REGISTRATION = re.compile(r" ([^/\s]+)/\S+\s+\S+\s+(\w+)\s.*")
_PEER = re.compile(
    r"([^/\s]+)(?:/\S+)?\s+(\S+)\s.*\s(OK|LAGGED|UNREACHABLE|UNKNOWN|Unmonitored)(?: \(\d+ ms\))?\s*"
)
_NOWHERE = ("(null)", "(Unspecified)")


@dataclass(frozen=True)
class Truth:
    """What one Asterisk says now; equal when nothing but times has changed."""

    endpoints: dict[str, str]  # the state of each
    channels: dict[str, int]  # of each endpoint
    contacts: Counter[tuple[str, str]]  # how many of which AOR are how
    registrations: dict[str, str]
    iax2: dict[str, str]  # the state of each peer
    sip: dict[str, str]  # likewise; none without chan_sip
    iax2_registered: tuple[bool, ...]
    sip_registered: tuple[bool, ...]


def trips(asterisk: Asterisk) -> dict[str, float]:
    """The round trip of the best contact of each AOR (s)."""
    best: dict[str, float] = {}
    for aor, status, milliseconds in _found(_CONTACT, asterisk.cli("pjsip show contacts")):
        if status == "Avail":
            trip = float(milliseconds) / 1000
            best[aor] = min(trip, best.get(aor, trip))
    return best


def truth(asterisk: Asterisk) -> Truth:
    """Ask the CLI."""
    endpoints = _found(_ENDPOINT, asterisk.cli("pjsip show endpoints"))
    contacts = _found(_CONTACT, asterisk.cli("pjsip show contacts"))
    assert endpoints, "there is no endpoint"
    assert contacts, "there is no contact"
    return Truth(
        endpoints={name: STATES[state] for name, state, _ in endpoints},
        channels={name: int(count) for name, _, count in endpoints},
        contacts=Counter((aor, STATUSES[status]) for aor, status, _ in contacts),
        registrations={
            name: state.lower()
            for name, state in _found(_REGISTRATION, asterisk.cli("pjsip show registrations"))
        },
        iax2=_peers(asterisk.cli("iax2 show peers")),
        sip=_peers(asterisk.cli("sip show peers")),
        iax2_registered=_registered(asterisk.cli("iax2 show registry")),
        sip_registered=_registered(asterisk.cli("sip show registry")),
    )


def _found(pattern: re.Pattern[str], text: str) -> list[tuple[str, ...]]:
    return [match.groups() for line in text.splitlines() if (match := pattern.fullmatch(line.rstrip()))]


def _peers(text: str) -> dict[str, str]:
    return {
        name: "unknown" if host in _NOWHERE and word != "Unmonitored" else PEERS.get(word, "unknown")
        for name, host, word in _found(_PEER, text)
    }


def _registered(text: str) -> tuple[bool, ...]:
    """Of each line of a table whose first is its head and whose last is its sum."""
    lines = [line for line in text.splitlines()[1:-1] if re.search(r"\d ", line)]
    return tuple(sorted(" Registered" in line for line in lines))
