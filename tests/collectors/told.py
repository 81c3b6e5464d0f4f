"""A server with some collectors, to which a test tells events and lists."""

from __future__ import annotations

from exporter.ami import Message
from exporter.ami.codec import Decoder
from exporter.metrics import Collector
from exporter.metrics.sampling import Distribution
from exporter.pbx.polls import Answer
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from tests.collectors.asked import WIRE
from tests.collectors.replay import up


def message(name: str, **headers: str) -> Message:
    """An event."""
    lines = [f"Event: {name}", "Privilege: call,all", *(f"{key}: {value}" for key, value in headers.items())]
    return Message("\r\n".join(lines).encode())


class Server:
    """It is up; lists are those that a test gives."""

    def __init__(self, *collectors: Collector) -> None:
        self.pbx = up(Pbx("lab", collectors, {}))
        self.view = View(self.pbx)

    def tell(self, name: str, **headers: str) -> None:
        """An event came."""
        self.pbx.take(message(name, **headers))

    def play(self, version: str, name: str) -> None:
        """The events of a file of tests/wire came."""
        for packet in Decoder().feed((WIRE / version / f"{name}.ami").read_bytes()):
            if (event := Message(packet)).kind == "Event":
                self.pbx.take(event)

    def answer(self, action: str, *items: Message, now: float) -> None:
        """A poll was answered."""
        state = self.pbx.polls[action]
        for table in state.tables:
            table.begin(now)
        state.succeeded(0.001, now)
        self.pbx.swap(state, [Answer(message("Start"), list(items))])

    def values(self, name: str) -> dict[tuple[str, ...], float | Distribution]:
        """The samples of a metric, by its labels; none if it is not shown."""
        for block in self.view.blocks():
            if block.family.name == f"asterisk_{name}":
                return dict(block.values)
        return {}

    def value(self, name: str, *labels: str) -> float | None:
        """One sample."""
        value = self.values(name).get(labels)
        return value if isinstance(value, float) else None

    def spread(self, name: str, *labels: str) -> tuple[int, float]:
        """How many values a histogram holds, and their sum."""
        value = self.values(name)[labels]
        assert isinstance(value, Distribution)
        return sum(value.counts), value.total
