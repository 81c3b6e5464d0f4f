"""What befalls a PBX from outside: carriers that fail, phones that lose the network, attacks."""

from __future__ import annotations

import random
from collections.abc import Callable

from exporter.simulator.company import TRUNKS, Endpoint
from exporter.simulator.endpoints import REMOVED, UNREACHABLE, Endpoints
from exporter.simulator.security import Security
from exporter.simulator.timeline import Story

_CARRIER_UP, _CARRIER_DOWN = 600.0, 60.0  # s, on average
_PHONE_UP, _PHONE_DOWN = 1200.0, 60.0
_REFRESH = 120.0  # s from one registration at a carrier to the next
_RETRY = 10.0
_CALM = 180.0  # s between attacks, on average
_AUTH = 15.0  # s between phones that log in, on average


def carriers(endpoints: Endpoints, rng: random.Random, trunk: Endpoint) -> Story:
    """A carrier registers us again and again; now and then it is not there for a while."""
    left = rng.expovariate(1 / _CARRIER_UP)
    while True:
        pause = min(left, _REFRESH)
        yield pause
        left -= pause
        if left > 0:
            endpoints.register(trunk, registered=True)
            continue
        endpoints.lose(trunk, UNREACHABLE)
        left = 5.0 + rng.expovariate(1 / _CARRIER_DOWN)
        while left > 0:
            endpoints.register(trunk, registered=False)
            pause = min(left, _RETRY)
            yield pause
            left -= pause
        endpoints.find(trunk)
        endpoints.register(trunk, registered=True)
        left = rng.expovariate(1 / _CARRIER_UP)


def phones(endpoints: Endpoints, rng: random.Random, tell: Callable[[Story], None]) -> Story:
    """Phones lose their network or their registration, and come back."""
    company = endpoints.company
    everyone = (*company.phones, *company.agents)
    while True:
        yield rng.expovariate(len(everyone) / _PHONE_UP)
        phone = rng.choice(everyone)
        if endpoints.reached(phone):
            tell(_away(endpoints, rng, phone))


def _away(endpoints: Endpoints, rng: random.Random, phone: Endpoint) -> Story:
    endpoints.lose(phone, rng.choice((UNREACHABLE, REMOVED)))
    yield 5.0 + rng.expovariate(1 / _PHONE_DOWN)
    endpoints.find(phone)


def strangers(security: Security, rng: random.Random) -> Story:
    """Phones log in; now and then somebody tries passwords, many in a row."""
    left = rng.expovariate(1 / _CALM)
    while True:
        pause = min(rng.expovariate(1 / _AUTH), left)
        yield pause
        left -= pause
        if left > 0:
            security.log_in()
            continue
        address = f"198.51.100.{rng.randrange(1, 255)}"
        attempt = rng.choice((security.guess_phone, security.guess_manager))
        for _ in range(rng.randrange(5, 60)):
            attempt(address)
            yield rng.uniform(0.1, 0.8)
        left = rng.expovariate(1 / _CALM)


def weather(
    endpoints: Endpoints, security: Security, rng: random.Random, tell: Callable[[Story], None]
) -> None:
    """Let all of it begin."""
    for trunk in TRUNKS:
        tell(carriers(endpoints, rng, trunk))
    tell(phones(endpoints, rng, tell))
    tell(strangers(security, rng))
