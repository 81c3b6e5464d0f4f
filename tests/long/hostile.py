"""AMI as an attacker would have it: recorded packets, bent, and a server that takes them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic

from exporter.ami import Action, Client, ConnectionFailed, Message, Reply, Session, reading
from exporter.collectors import COLLECTORS
from exporter.metrics.exposition import Writer
from exporter.pbx import clock
from exporter.pbx.polls import Answer
from exporter.pbx.state import Limits, Pbx
from exporter.pbx.tables import NoKey
from exporter.pbx.view import View
from tests.ami.build import GREETING

WIRE = Path(__file__).parent.parent / "wire"
MOST = 20  # series of a metric: few, so that a flood of names is soon too much
LONG = 100_000  # bytes: 50 times that is more than a packet may have
VALUES = (
    *(b"", b" ", b"0", b"-1", b"1e999", b"nan", b"9" * 400, b"<null>", b"<unknown>", b"(null)"),
    *(b"\x00\x01\x1b[2J\x7f", b"\xff\xfe\x80", "\u2028\u0085\u202e".encode(), b"\xed\xa0\x80", b"\\\\n\\"),
    *(b'"}\\n asterisk_up 1', b"<script>alert(1)</script>", b"'; --", b"%s%n{0}", b"\r", b"x" * 100_000),
    *(b"x\r\nEvent: Shutdown", b"x\r\nActionID: 1", b"x\r\n\r\nEvent: Shutdown\r\nPrivilege: system,all"),
    *(b"x\r\nEventList: Complete\r\nListItems: 999999999999999999999", b"x\r\nResponse: Goodbye"),
)


def recorded() -> list[bytes]:
    """Every packet that was ever recorded, once."""
    files = sorted(WIRE.glob("*/*.ami"))
    return list(dict.fromkeys(packet for file in files for packet in file.read_bytes().split(b"\r\n\r\n")))


class Bender:
    """Makes hostile packets of recorded ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._packets = [packet for packet in recorded() if b"\r\n" in packet]

    def packet(self, own: bytes = b"") -> bytes:
        """A packet, with its end or without; `own` is the ActionID line of the question in flight."""
        rng = self._random
        lines = rng.choice(self._packets).split(b"\r\n")
        if own and rng.random() < 0.5:
            lines = [own if line.startswith(b"ActionID") else line for line in lines]
        for _ in range(rng.choice((0, 1, 1, 2, 5))):
            self._bend(lines)
        return b"\r\n".join(lines) + (b"\r\n\r\n" if rng.random() < 0.98 else b"")

    def _bend(self, lines: list[bytes]) -> None:
        rng, at = self._random, self._random.randrange(len(lines))
        name, _, value = lines[at].partition(b": ")
        match rng.randrange(7):
            case 0:
                lines[at] = name + b": " + rng.choice(VALUES)
            case 1:
                lines[at] = name + b": name-%d" % rng.randrange(1 << 30)  # of a flood
            case 2:
                lines.insert(at, rng.choice(lines))
            case 3:
                lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
            case 4:
                lines.append(lines.pop(at))
            case 5:
                lines[at] = name + b": " + rng.choice((value.swapcase(), value[:LONG] * 50, value[::-1]))
            case _:
                lines[at] = bytes(byte ^ (rng.random() < 0.1) << rng.randrange(8) for byte in lines[at])

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The bytes as a network cuts them."""
        start = 0
        while start < len(data):
            size = self._random.choice((3, 1460, 65_536, 65_536))
            yield data[start : start + size]
            start += size


class _Far:
    """As much of a client as a link looks at."""

    def __init__(self, session: Session) -> None:
        self.closed: asyncio.Future[ConnectionFailed] = asyncio.get_running_loop().create_future()
        self.session = session
        self.bytes_received = self.bytes_sent = 0
        self.certificate_expiry = None


class Victim:
    """A server with every collector, fed without a socket."""

    def __init__(self) -> None:
        self.pbx = Pbx("pbx", tuple(COLLECTORS.values()), {}, Limits(MOST))
        self.view = View(self.pbx)
        self.packets = 0
        self.replies = 0
        self._polls = [state for state in self.pbx.polls.values() if (state.poll.action != "Getvar")]
        self._turn = 0
        self.begin()

    def begin(self) -> None:
        """A new session."""
        self.session = Session(self.pbx.events)
        self.session.receive(GREETING)
        self.pbx.link.connected(cast(Client, _Far(self.session)), clock.now())
        self.pbx.link.boot(Message(b"Event: FullyBooted\r\nUptime: 600"), clock.now())
        self.ask()

    def ask(self) -> bytes:
        """Ask the next question; the ActionID line that went out."""
        self.session.forget()
        self._turn = (self._turn + 1) % len(self._polls)
        for table in self._polls[self._turn].tables:
            table.begin(clock.now())
        sent = self.session.ask(Action(self._polls[self._turn].poll.action))
        return sent.split(b"\r\n")[1]

    def feed(self, data: bytes) -> None:
        """What comes from the socket. Nothing that it brings may raise but ConnectionFailed."""
        for each in self.session.receive(data):
            if isinstance(each, Reply):
                self._answer(each)
            else:
                self.packets += 1
                self.pbx.take(each)

    def _answer(self, reply: Reply) -> None:
        state = self._polls[self._turn]
        self.replies += 1
        if reply.anomaly is None and reading(state.poll.action):
            try:
                self.pbx.swap(state, [Answer(reply.response, reply.items, {})])
                state.succeeded(0.0, clock.now())
            except NoKey:
                pass
        self.ask()

    @property
    def refused(self) -> int:
        """Series that there was no room for."""
        return self.pbx.refused.total()

    def pages(self) -> int:
        """Read its page in both formats as others do; how many samples it has."""
        blocks = list(self.view.blocks())
        page, other = Writer().page(False), Writer().page(True)
        for block in blocks:
            page.add(block)
            other.add(block)
        text = page.whole().decode()
        count = sum([len(family.samples) for family in classic(text)])
        families = openmetrics(other.whole().decode())  # type: ignore[no-untyped-call]
        seen = sum([len(family.samples) for family in families])
        assert seen >= count > 0, (seen, count)
        return count
