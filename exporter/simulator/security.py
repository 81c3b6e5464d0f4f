"""Security events: phones that log in, and strangers who guess passwords."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from exporter.simulator.channels import Tell
from exporter.simulator.company import Company

_NEVER = "1970-01-01T00:00:00.000+0000"  # when a session that failed began


class Security:
    """Reports who comes to SIP and to AMI."""

    def __init__(self, tell: Tell, clock: Callable[[], float], rng: random.Random, company: Company) -> None:
        self._tell = tell
        self._clock = clock
        self._rng = rng
        self._company = company

    def log_in(self) -> None:
        """A phone is asked for its password, and knows it."""
        phone = self._rng.choice(self._company.phones).name
        about = self._sip(phone, f"192.0.2.{self._rng.randrange(1, 255)}")
        self._tell("ChallengeSent", self._now(), "Informational", *about)
        self._tell("SuccessfulAuth", self._now(), "Informational", *about, "1")

    def guess_phone(self, address: str) -> None:
        """A wrong password over SIP."""
        about = self._sip(self._rng.choice(self._company.phones).name, address)
        self._tell("ChallengeSent", self._now(), "Informational", *about)
        self._tell("ChallengeResponseFailed", self._now(), "Error", *about)

    def guess_manager(self, address: str) -> None:
        """A wrong password over AMI, or a name that nobody has."""
        known = self._rng.random() < 0.3
        account, version = ("admin", "2") if known else ("manager", "1")
        about = self._about("AMI", version, account, "TCP", 5038, address)
        self._tell("InvalidPassword" if known else "InvalidAccountID", self._now(), "Error", *about, _NEVER)

    def _sip(self, account: str, address: str) -> tuple[str, ...]:
        return self._about("PJSIP", "1", account, "UDP", 5060, address)

    def _about(
        self, service: str, version: str, account: str, transport: str, port: int, address: str
    ) -> tuple[str, ...]:
        session = f"0x{self._rng.getrandbits(40):x}"
        near, far = f"IPV4/{transport}/192.0.2.10/{port}", f"IPV4/{transport}/{address}/{port}"
        return (service, version, account, session, near, far)

    def _now(self) -> str:
        now = self._clock()
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}+0000"
