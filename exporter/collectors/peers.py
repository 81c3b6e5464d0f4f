"""What chan_sip and chan_iax2 have in common: peers that are asked whether they live, and registrations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.collectors.made import Between, Made, Named
from exporter.metrics import All, Choice, Family, Is, Live, Number, Part, Table, gauge
from exporter.metrics.formulas import Code
from exporter.metrics.readers import OneHeader, Row

STATES = {name: name for name in ("reachable", "lagged", "unreachable", "unmonitored")}
_STATUS = re.compile(r"(?P<word>[A-Za-z]+)(?: \((?P<milliseconds>\d+) ms\))?.*")
_WORDS = {"OK": "reachable", "LAGGED": "lagged", "UNREACHABLE": "unreachable"}
_NOWHERE = ("", "(null)", "-none-")


@dataclass(frozen=True)
class Alive(Made):
    """How a peer is, of the Status `OK (3 ms)` and the address of a PeerEntry.

    One that has no address is not there, whatever its last answer was. Of one that is not asked, the
    address is all that is known.
    """

    address: str = "IPaddress"

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, self.address)

    def label(self, row: Row) -> str | None:
        """The state."""
        if row.get(self.address.lower(), "") in _NOWHERE:
            return "unknown"
        word = _word(row.get(self.key), "word")
        return "reachable" if word == "Unmonitored" else _WORDS.get(word, "unknown")


@dataclass(frozen=True)
class Milliseconds(Made):
    """How long the answer took, of the Status `OK (3 ms)` of a PeerEntry."""

    def label(self, row: Row) -> str | None:
        """The number."""
        return _word(row.get(self.key), "milliseconds") or None


def _word(status: object, group: str) -> str:
    match = _STATUS.fullmatch(str(status))
    return (match[group] or "") if match else ""


@dataclass(frozen=True)
class State(OneHeader):
    """The state of a peer, for people: of one that is not asked there is none."""

    choices: tuple[str, ...] = field(default=(*STATES, "unknown"), init=False, repr=False)
    most: int = field(default=0, init=False, repr=False)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, "Asked")

    def label(self, row: Row) -> str | None:
        """The state."""
        if row.get("asked") == "no":
            return "unmonitored"
        return STATES.get(str(row.get(self.key)), "unknown")


def peers(technology: str, compared: tuple[str, ...] = ()) -> Table:
    """The peers of a technology; `compared` are the headers whose every change an event tells."""

    def on(status: str, state: str) -> Live:
        return Live(
            "PeerStatus",
            rename={"Milliseconds": "Time"},
            sets={"State": state},
            where=All((Is("ChannelType", (technology,)), Is("PeerStatus", (status,)))),
        )

    return Table(
        f"{technology.lower()}_peers",
        "PeerEntry",
        key=("Peer",),
        reads={
            "Peer": Named("ObjectName", f"{technology}/"),
            "State": Alive("Status"),
            "Asked": Choice("Status", {"Unmonitored": "no"}, other="yes"),
            "Milliseconds": Milliseconds("Status"),
        },
        live=(
            on("Reachable", "reachable"),
            on("Registered", "reachable"),
            on("Lagged", "lagged"),
            on("Unreachable", "unreachable"),
            on("Unregistered", "unknown"),
        ),
        compared=compared,
    )


def registrations(technology: str) -> Table:
    """The outbound registrations of a technology.

    On their way through a refresh they change without an event: what the list says then is no correction.
    """
    return Table(
        f"{technology.lower()}_registrations",
        "RegistryEntry",
        key=("Username", "Host"),
        live=(
            Live(
                "Registry",
                rename={"Host": "Domain", "State": "Status"},
                where=Is("ChannelType", (technology,)),
            ),
        ),
    )


def families(technology: str, peers: Table, registrations: Table, asked: str) -> Iterator[Family]:
    """The metrics of both; `asked` names the two actions."""
    name = technology.lower()
    listed, registry = asked.split()
    peer = {"peer": Part("Peer", f"{technology}/(.+)")}
    yield gauge(
        f"{name}_peers",
        f"Peers by what they answer to being asked (qualify); unmonitored are never asked. From {listed}, field "
        "Status, live by PeerStatus.",
        peers,
        {"state": State("State")},
        zeros="closed",
    )
    yield gauge(
        f"{name}_peer_reachable",
        f"1 if the peer answers, also if late, else 0; absent if it is never asked. From {listed}, field Status, "
        "live by PeerStatus.",
        peers,
        peer,
        Code("State", {"reachable": 1.0, "lagged": 1.0}, other=0.0),
        where=Is("Asked", ("yes",)),
        crowd=peers,
    )
    yield gauge(
        f"{name}_peer_round_trip_seconds",
        f"How long the peer's last answer took; absent without one. From {listed}, field Status.",
        peers,
        peer,
        Number("Milliseconds", scale=0.001),
        where=All((Is("Asked", ("yes",)), Is("State", ("reachable", "lagged")))),
        crowd=peers,
    )
    yield gauge(
        f"{name}_registration_registered",
        f"1 if we are registered there, else 0; from {registry}, field State, live by Registry.",
        registrations,
        {"registration": Between("Username", "@", "Host")},
        Code("State", {"Registered": 1.0}, other=0.0),
    )
