"""What a page tells of endpoints, contacts, registrations and peers, against what the CLI says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from tests.exporter_process import Page
from tests.proof.endpoint_truth import Truth

Samples: TypeAlias = dict[tuple[str, ...], float]  # by the values of labels

GONE = ("unavailable", "invalid", "unknown")
LABELS = {
    "pjsip_endpoints": ("state",),
    "pjsip_endpoint_available": ("endpoint",),
    "pjsip_endpoint_channels": ("endpoint",),
    "pjsip_contacts": ("status",),
    "pjsip_aor_contacts": ("aor", "status"),
    "pjsip_registration_state": ("registration", "state"),
    "iax2_peers": ("state",),
    "iax2_peer_reachable": ("peer",),
    "iax2_registration_registered": ("registration",),
    "sip_peers": ("state",),
    "sip_peer_reachable": ("peer",),
    "sip_registration_registered": ("registration",),
}


def differences(page: Page, server: str, true: Truth) -> Iterator[str]:
    """Where a page says something else of a server, in words."""
    told, expected = _told(page, server), _expected(true)
    for name in LABELS:
        if told[name] != expected[name]:
            yield f"{name}: got {told[name]}, the CLI says {expected[name]}"


def _expected(true: Truth) -> dict[str, Samples]:
    """What the CLI says; states and statuses of which there is none are left out."""
    statuses: Counter[str] = Counter()
    for (_, status), count in true.contacts.items():
        statuses[status] += count
    return {
        "pjsip_endpoints": _counts(true.endpoints.values()),
        "pjsip_endpoint_available": {
            (name,): float(state not in GONE) for name, state in true.endpoints.items()
        },
        "pjsip_endpoint_channels": {(name,): float(count) for name, count in true.channels.items()},
        "pjsip_contacts": {(status,): float(count) for status, count in statuses.items()},
        "pjsip_aor_contacts": {key: float(count) for key, count in true.contacts.items()},
        "pjsip_registration_state": dict.fromkeys(true.registrations.items(), 1.0),
        "iax2_peers": _counts(true.iax2.values()),
        "iax2_peer_reachable": _reachable(true.iax2),
        "iax2_registration_registered": _numbered(map(float, true.iax2_registered)),
        "sip_peers": _counts(true.sip.values()),
        "sip_peer_reachable": _reachable(true.sip),
        "sip_registration_registered": _numbered(map(float, true.sip_registered)),
    }


def _told(page: Page, server: str) -> dict[str, Samples]:
    """The same of a page."""
    told: dict[str, Samples] = {name: {} for name in LABELS}
    for (full, have), value in page.samples.items():
        name, labels = full.removeprefix("asterisk_"), dict(have)
        if name in LABELS and labels["server"] == server:
            told[name][tuple(labels[label] for label in LABELS[name])] = value
    for name, samples in told.items():
        if LABELS[name][-1] in ("state", "status"):
            told[name] = {key: value for key, value in samples.items() if value}
        elif name.endswith("_registered"):
            told[name] = _numbered(samples.values())
    return told


def _counts(states: Iterable[str]) -> Samples:
    return {(state,): float(count) for state, count in Counter(states).items()}


def _reachable(peers: Mapping[str, str]) -> Samples:
    return {
        (name,): float(state in ("reachable", "lagged"))
        for name, state in peers.items()
        if state != "unmonitored"
    }


def _numbered(values: Iterable[float]) -> Samples:
    """Of registrations the CLI shows an address and no name: only how many are well is compared."""
    return {(str(number),): value for number, value in enumerate(sorted(values))}
