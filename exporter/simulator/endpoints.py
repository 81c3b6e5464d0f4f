"""Endpoints that register or stop to answer, and where the PBX itself registers: the carriers."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

from exporter.simulator.channels import Tell
from exporter.simulator.company import TRUNKS, Company, Endpoint
from exporter.simulator.devices import Devices

REACHABLE, UNREACHABLE, REMOVED = "Reachable", "Unreachable", "Removed"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where an endpoint is reached. That of a trunk stands in the configuration."""

    endpoint: Endpoint
    status: str = REACHABLE

    @property
    def uri(self) -> str:
        """In a network for examples."""
        host = zlib.crc32(self.endpoint.name.encode()) % 254 + 1
        return f"sip:{self.endpoint.name}@{'203.0.113' if self.static else '192.0.2'}.{host}:5060"

    @property
    def static(self) -> bool:
        """Whether it never registered."""
        return self.endpoint in TRUNKS

    @property
    def name(self) -> str:
        """As Asterisk makes it of its AOR and a hash of its URI."""
        hashed = hashlib.md5(self.uri.encode(), usedforsecurity=False).hexdigest()
        return f"{self.endpoint.name}{'@@' if self.static else ';@'}{hashed}"

    @property
    def usec(self) -> int:
        """How long its answers take (µs), 0 if there are none."""
        return 4_000 + zlib.crc32(self.uri.encode()) % 30_000 if self.status == REACHABLE else 0


class Endpoints:
    """How each endpoint is. Only what is not as it should be is kept."""

    def __init__(self, tell: Tell, company: Company, devices: Devices) -> None:
        self.company = company
        self.unregistered: set[str] = set()  # carriers
        self._tell = tell
        self._devices = devices
        self._status: dict[str, str] = {}  # of contacts that are not reached

    def contact(self, endpoint: Endpoint) -> Contact | None:
        """Where it is reached; None if it has not registered."""
        status = self._status.get(endpoint.name, REACHABLE)
        return None if status == REMOVED else Contact(endpoint, status)

    def reached(self, endpoint: Endpoint) -> bool:
        """Whether it answers."""
        return endpoint.name not in self._status

    def lose(self, endpoint: Endpoint, status: str) -> None:
        """It answers no more, or its registration is over."""
        self._tell("PeerStatus", "PJSIP", endpoint.device, UNREACHABLE)
        self._status[endpoint.name] = status
        self._devices.reach(endpoint.device, reached=False)
        self._tell_contact(Contact(endpoint, status))

    def find(self, endpoint: Endpoint) -> None:
        """It answers again, or registers anew."""
        if self._status.pop(endpoint.name) == REMOVED:
            self._tell_contact(Contact(endpoint, "NonQualified"))
        self._tell("PeerStatus", "PJSIP", endpoint.device, REACHABLE)
        self._devices.reach(endpoint.device, reached=True)
        self._tell_contact(Contact(endpoint))

    def register(self, trunk: Endpoint, *, registered: bool) -> None:
        """A try to register at a carrier has an outcome."""
        (self.unregistered.discard if registered else self.unregistered.add)(trunk.name)
        self._tell("Registry", "PJSIP", *self.account(trunk), self.registration(trunk))

    def registration(self, trunk: Endpoint) -> str:
        """The state of the registration at a carrier."""
        return "Unregistered" if trunk.name in self.unregistered else "Registered"

    @staticmethod
    def account(trunk: Endpoint) -> tuple[str, str]:
        """The client's and the server's URI of a registration."""
        host = f"{trunk.name}.example.net"
        return f"sip:company@{host}", f"sip:{host}"

    def _tell_contact(self, contact: Contact) -> None:
        name = contact.endpoint.name
        self._tell("ContactStatus", contact.uri, contact.status, name, name, str(contact.usec))
