"""What will become of a call, drawn before it starts: who calls whom, how it goes and for how long."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from exporter.simulator.channels import Party
from exporter.simulator.company import AGENTS, FAX, FRONT_DESK, ROOMS, TRUNKS, Company, Endpoint, Setup

Outcome = Literal["answer", "busy", "congestion", "no answer", "give up"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Plan:
    """One call.

    It goes to an endpoint; with `forward` first to a number, through a Local channel; with `parks` it waits
    in the parking lot until that endpoint takes it; or it goes to a queue, a conference, a mailbox or the
    agents' desk; without all of these Asterisk itself answers it with `application`. All times in seconds.
    """

    source: Endpoint
    caller: Party
    exten: str
    target: Endpoint | None = None
    forward: str = ""
    parks: bool = False
    transfer: Plan | None = None  # the called one hands the caller on to another
    application: str = ""
    queue: str = ""
    room: str = ""
    mailbox: str = ""
    agent: str = ""
    fax: bool = False
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
        """The channels that it takes at the most."""
        return 4 if self.forward else 2 if self.target or self.queue else 1


APPLICATIONS = ("Playback", "Echo", "MusicOnHold")

# Of a hundred calls so many. An office: most come from outside, some are forwarded to a mobile.
_ROUTES = {
    "inbound": 27,
    "outbound": 26,
    "internal": 12,
    "forwarded": 4,
    "announcement": 5,
    "queue": 12,
    "conference": 4,
    "parked": 3,
    "voicemail": 4,
    "mailbox": 1,
    "fax": 1,
    "agent": 1,
}
_OUTCOMES: dict[Outcome, int] = {"answer": 74, "busy": 7, "no answer": 9, "give up": 8, "congestion": 2}

_RING = 6.0  # s until somebody answers, on average
_PATIENCE = 30.0  # s that a dial takes at most
_TALK = (4.3, 1.0)  # of the logarithm of a talk (s): half are over after 74 s, a few last very long
_LONGEST = 3600.0
_MEETING = 300.0  # s, on average
_SHIFT = 600.0
_HOLD = 0.15  # of the calls that were answered
_HOLD_TIME = 20.0
_TRANSFER = 0.06
_SILENT = 0.01
_MISSES = {0: 85, 1: 12, 2: 3}  # of a hundred callers who are in a queue
_WAIT = 75.0  # s that a caller is ready to wait there, on average


class _Place(NamedTuple):
    exten: str = ""
    room: str = ""
    mailbox: str = ""
    agent: str = ""


class Planner:
    """Draws calls for a company."""

    def __init__(self, rng: random.Random, company: Company) -> None:
        self._rng = rng
        self._company = company

    def draw(self) -> Plan:
        """The next call."""
        rng = self._rng
        route = self._pick(_ROUTES)
        outcome = self._pick(_OUTCOMES)
        if route == "forwarded" and outcome != "give up":
            outcome = "answer"  # the mobile's mailbox, if nobody else
        source, target = self._endpoints(route)
        talk = self._talk(route)
        hold = None
        if rng.random() < _HOLD:
            hold = (talk * rng.random(), rng.expovariate(1 / _HOLD_TIME))
        queue = self._queue() if route == "queue" else None
        place = self._place(route)
        return Plan(
            source=source,
            caller=Party(self._outside()) if source in TRUNKS else Party(source.name, f"Phone {source.name}"),
            exten=queue.exten if queue else place.exten or self._exten(route, target),
            target=target,
            forward=self._outside() if route == "forwarded" else "",
            parks=route == "parked",
            transfer=self._transfer() if route == "inbound" and rng.random() < _TRANSFER else None,
            application=rng.choice(APPLICATIONS),
            queue=queue.name if queue else "",
            room=place.room,
            mailbox=place.mailbox,
            agent=place.agent,
            fax=route == "fax",
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

    def _talk(self, route: str) -> float:
        match route:
            case "conference":
                return self._rng.expovariate(1 / _MEETING)
            case "agent":
                return self._rng.expovariate(1 / _SHIFT)
            case "voicemail" | "mailbox" | "fax":
                return 8.0 + self._rng.expovariate(1 / 20.0)
        return min(self._rng.lognormvariate(*_TALK), _LONGEST)

    def _endpoints(self, route: str) -> tuple[Endpoint, Endpoint | None]:
        trunk = self._rng.choice(TRUNKS)
        phone, other = self._rng.sample(self._company.phones, 2)
        match route:
            case "outbound":
                return phone, trunk
            case "internal":
                return phone, other
            case "inbound" | "parked":
                return trunk, phone
            case "forwarded":
                return trunk, self._rng.choice(TRUNKS)
            case "conference" | "mailbox" | "agent":
                return phone, None
        return trunk, None

    def _place(self, route: str) -> _Place:
        """Where Asterisk itself keeps the call, and the number that was dialled for it."""
        match route:
            case "conference":
                exten = self._rng.choice(tuple(ROOMS))
                return _Place(exten, room=ROOMS[exten])
            case "agent":
                return _Place("*22", agent=self._rng.choice(tuple(AGENTS)))
            case "voicemail":
                mailbox = self._rng.choice(self._company.mailboxes)
                return _Place(mailbox, mailbox=mailbox)
            case "mailbox":
                return _Place("*97", mailbox=self._rng.choice(self._company.mailboxes))
        return _Place()

    def _queue(self) -> Setup | None:
        queues = self._company.queues
        return self._rng.choices(queues, cum_weights=self._company.weights)[0] if queues else None

    def _transfer(self) -> Plan:
        phone = self._rng.choice(self._company.phones)
        talk = self._talk("inbound")
        return Plan(phone, Party(), phone.name, phone, talk=talk, ring=1.0 + self._rng.expovariate(1 / _RING))

    def _exten(self, route: str, target: Endpoint | None) -> str:
        if route == "fax":
            return FAX
        if target is None or route in ("forwarded", "parked"):
            return FRONT_DESK
        return self._outside() if target in TRUNKS else target.name

    def _outside(self) -> str:
        # 555-0100 to 555-0199 belong to nobody.
        return f"202555{100 + self._rng.randrange(100):04d}"

    def _pick(self, weights: Mapping[_T, int]) -> _T:
        return self._rng.choices(tuple(weights), tuple(weights.values()))[0]


# The busy hours of a day, of which the busiest is 1; a quarter of the calls come in the evening and at night.
_HOURS = (4, 3, 2, 2, 2, 4, 10, 30, 70, 95, 100, 95, 75, 80, 95, 95, 85, 60, 35, 22, 15, 10, 7, 5)
START_OF_DAY = 10.0  # o'clock, when a simulation begins: in the busiest hour


def busy(seconds: float) -> float:
    """How much of the traffic of the busiest hour there is, so long after the start (s)."""
    hour = (START_OF_DAY + seconds / 3600.0) % 24.0
    now, then = _HOURS[int(hour)], _HOURS[int(hour + 1) % 24]
    return (now + (then - now) * (hour % 1.0)) / 100.0
