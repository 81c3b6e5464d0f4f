"""What is configured at the simulated company: phones, agents, trunks, queues, mailboxes, rooms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

_FEWEST_PHONES = 20
_FIRST_PHONE = 2001
_NAMES = ("support", "sales", "billing")
_WEIGHTS = (5, 4, 2)
_STRATEGIES = ("rrmemory", "fewestcalls", "linear")
_LEVELS = (20, 10, 30)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a PBX is.

    Attributes:
        channels: a call that would make them more does not come.
        members: of all queues together.
    """

    channels: int = 200
    queues: int = 3
    members: int = 12


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A phone or a trunk: its name in pjsip.conf, and the context in which its calls start."""

    name: str
    context: str

    @property
    def device(self) -> str:
        """Its name among devices and queue members."""
        return f"PJSIP/{self.name}"


class Setup(NamedTuple):
    """A queue in queues.conf, and how it is reached."""

    name: str
    exten: str
    weight: int  # of so many calls to queues this many go to it
    agents: range  # numbers of agents, from 1
    strategy: str
    service_level: int  # s


PHONE, TRUNK = "from-internal", "from-trunk"
TRUNKS = tuple(Endpoint(name, TRUNK) for name in ("carrier-a", "carrier-b"))
FRONT_DESK = "2000"
FAX = "2999"
ROOMS = {"8001": "daily", "8002": "sales-review", "8003": "board"}
LOT, FIRST_SPACE, LAST_SPACE = "default", 701, 720
PARKING_TIME = 45  # s for which a lot keeps a call
AGENTS = {"1001": "Ada", "1002": "Ben", "1003": "Cleo", "1004": "Dan"}  # of agents.conf
MAILBOX_CONTEXT = "default"
_MAILBOXES = 10


@dataclass(frozen=True)
class Company:
    """All that stands in its configuration files; servers of one size share it."""

    size: Size

    @cached_property
    def phones(self) -> tuple[Endpoint, ...]:
        """One for each channel that there may be."""
        count = max(self.size.channels, _FEWEST_PHONES)
        return tuple(Endpoint(str(_FIRST_PHONE + number), PHONE) for number in range(count))

    @cached_property
    def queues(self) -> tuple[Setup, ...]:
        """Their members overlap: most agents serve two."""
        size = self.size
        each = max(size.members // size.queues, 1) if size.queues else 0
        step = max(each // 2, 1)
        return tuple(
            Setup(
                _NAMES[number] if number < len(_NAMES) else f"queue-{number + 1:04d}",
                str(7001 + number),
                _WEIGHTS[number % 3],
                range(1 + number * step, 1 + number * step + each),
                _STRATEGIES[number % 3],
                _LEVELS[number % 3],
            )
            for number in range(size.queues)
        )

    @cached_property
    def agents(self) -> tuple[Endpoint, ...]:
        """The phones of those who serve queues."""
        last = self.queues[-1].agents.stop if self.queues else 1
        return tuple(Endpoint(f"agent-{number}", PHONE) for number in range(1, last))

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """Of the queues, added up."""
        return tuple(accumulate(queue.weight for queue in self.queues))

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All of pjsip.conf, as Asterisk lists them."""
        return tuple(sorted((*TRUNKS, *self.agents, *self.phones), key=lambda one: one.name))

    @cached_property
    def named(self) -> dict[str, Endpoint]:
        """The same by name."""
        return {one.name: one for one in self.endpoints}

    @cached_property
    def mailboxes(self) -> tuple[str, ...]:
        """The numbers of phones that have one."""
        return tuple(phone.name for phone in self.phones[:_MAILBOXES])

    @cached_property
    def hints(self) -> dict[str, str]:
        """The extensions whose lamps other phones have, by device."""
        return {phone.device: phone.name for phone in self.phones[:_FEWEST_PHONES]}


@lru_cache(maxsize=8)
def company(size: Size) -> Company:
    """The company of that size."""
    return Company(size)
