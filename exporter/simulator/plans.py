"""What will become of a call, drawn before it starts: who calls whom, how it goes and for how long."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from exporter.simulator.channels import Party
from exporter.simulator.queues import QUEUES

Outcome = Literal["answer", "busy", "congestion", "no answer", "give up"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A phone or a trunk: its name in pjsip.conf, and the context in which its calls start."""

    name: str
    context: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One call.

    It goes to an endpoint; with `forward` first to a number, through a Local channel; or to a queue;
    without all of these Asterisk itself answers it with `application`. All times in seconds.
    """

    source: Endpoint
    caller: Party
    exten: str
    target: Endpoint | None = None
    forward: str = ""
    application: str = ""
    queue: str = ""
    misses: int = 0  # so many agents of the queue do not answer
    patience: float = 60.0  # for which the caller waits in the queue
    limit: float = 120.0  # after which the dialplan takes it out of the queue
    outcome: Outcome = "answer"
    rings: bool = True  # else the far end says nothing at all
    ring: float = 5.0
    talk: float = 60.0
    hold: tuple[float, float] | None = None  # after how long, for how long
    ended_by: Literal["caller", "callee"] = "caller"
    silent: bool = False  # the caller's phone has lost its network: it never answers a BYE

    @property
    def legs(self) -> int:
        """The channels that it takes."""
        return 4 if self.forward else 2 if self.target or self.queue else 1


PHONE, TRUNK = "from-internal", "from-trunk"
TRUNKS = tuple(Endpoint(name, TRUNK) for name in ("carrier-a", "carrier-b"))
FRONT_DESK = "2000"
APPLICATIONS = ("VoiceMail", "Playback", "Echo", "MusicOnHold")

# Of a hundred calls so many. An office: most come from outside, some are forwarded to a mobile.
_ROUTES = {"inbound": 32, "outbound": 30, "internal": 14, "forwarded": 5, "announcement": 9, "queue": 10}
_OUTCOMES: dict[Outcome, int] = {"answer": 74, "busy": 7, "no answer": 9, "give up": 8, "congestion": 2}

_RING = 6.0  # s until somebody answers, on average
_PATIENCE = 30.0  # s that a dial takes at most
_TALK = 120.0  # s, on average
_HOLD = 0.15  # of the calls that were answered
_HOLD_TIME = 20.0
_SILENT = 0.01
_MISSES = {0: 85, 1: 12, 2: 3}  # of a hundred callers who are in a queue
_WAIT = 75.0  # s that a caller is ready to wait there, on average


class Planner:
    """Draws calls for an office with so many phones."""

    def __init__(self, rng: random.Random, phones: int) -> None:
        self._rng = rng
        self._phones = phones

    def draw(self) -> Plan:
        """The next call."""
        rng = self._rng
        route = self._pick(_ROUTES)
        outcome = self._pick(_OUTCOMES)
        if route == "forwarded" and outcome != "give up":
            outcome = "answer"  # the mobile's mailbox, if nobody else
        source, target = self._endpoints(route)
        talk = rng.expovariate(1 / _TALK)
        hold = None
        if rng.random() < _HOLD:
            hold = (talk * rng.random(), rng.expovariate(1 / _HOLD_TIME))
        queue = self._pick({name: queue.weight for name, queue in QUEUES.items()}) if route == "queue" else ""
        return Plan(
            source=source,
            caller=Party(self._outside()) if source in TRUNKS else Party(source.name, f"Phone {source.name}"),
            exten=self._exten(route, target, queue),
            target=target,
            forward=self._outside() if route == "forwarded" else "",
            application=rng.choice(APPLICATIONS),
            queue=queue,
            misses=self._pick(_MISSES),
            patience=rng.expovariate(1 / _WAIT) + 1.0,
            outcome=outcome,
            rings=outcome != "give up" or rng.random() < 0.9,
            ring=_PATIENCE if outcome == "no answer" else min(rng.expovariate(1 / _RING) + 1.0, _PATIENCE),
            talk=talk,
            hold=hold,
            ended_by="caller" if rng.random() < 0.5 else "callee",
            silent=rng.random() < _SILENT,
        )

    def _endpoints(self, route: str) -> tuple[Endpoint, Endpoint | None]:
        trunk = self._rng.choice(TRUNKS)
        one, two = self._rng.sample(range(1, self._phones + 1), 2)
        phone = Endpoint(str(2000 + one), PHONE)
        match route:
            case "outbound":
                return phone, trunk
            case "internal":
                return phone, Endpoint(str(2000 + two), PHONE)
            case "inbound":
                return trunk, phone
            case "forwarded":
                return trunk, self._rng.choice(TRUNKS)
        return trunk, None

    def _exten(self, route: str, target: Endpoint | None, queue: str) -> str:
        if queue:
            return QUEUES[queue].exten
        if target is None or route == "forwarded":
            return FRONT_DESK
        return self._outside() if target in TRUNKS else target.name

    def _outside(self) -> str:
        # 555-0100 to 555-0199 belong to nobody.
        return f"202555{100 + self._rng.randrange(100):04d}"

    def _pick(self, weights: Mapping[_T, int]) -> _T:
        return self._rng.choices(tuple(weights), tuple(weights.values()))[0]
