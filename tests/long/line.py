"""A server of a fleet behind a proxy of its own: what befalls the line, and whether its page stays true."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from exporter.fleet import Fleet
from exporter.pbx.backoff import LIVED
from tests.lab.proxy import HOST, FaultProxy

TRUTH = 2.0  # s in which a page must say what a client can know
LOOK = 0.5  # s between two looks at a page
# What only a living session knows.
STATE = frozenset({"asterisk_active_channels", "asterisk_channels", "asterisk_info", "asterisk_table_rows"})
SUMS = ("_total", "_count", "_bucket", "_sum")
# Asterisk's own sums, out of its lists: they begin anew with its modules, and no session means no sum.
ASTERISKS_OWN = (
    "asterisk_calls_processed_total",
    "asterisk_queue_calls_abandoned_total",
    "asterisk_queue_calls_completed_total",
    "asterisk_queue_member_calls_taken_total",
)
DOMAIN = ".faults.test"


async def when(condition: Callable[[], object], seconds: float) -> float | None:
    """The seconds until this is so; None if it is not in time."""
    began = time.monotonic()
    while True:
        passed = time.monotonic() - began
        if condition():
            return passed
        if passed > seconds:
            return None
        await asyncio.sleep(0.02)


def samples(page: bytes) -> dict[str, float]:
    """By name and labels, as they are written: a whole parser would take most of the time of a run."""
    lines = (line for line in page.decode().splitlines() if line[:1] != "#")
    return {key: float(value) for key, _, value in (line.rpartition(" ") for line in lines)}


class Line:
    """One server, its proxy, and what was seen of it.

    Attributes:
        faults: how often what befell it.
        recoveries: seconds from the end of each fault to a full page.
        late: the longest that a page said "up" of a line that was gone (s).
        wrongs: what was wrong, in words.
    """

    def __init__(self, fleet: Fleet, name: str, proxy: FaultProxy, seed: int, span: int) -> None:
        self.name = name
        self.proxy = proxy
        self.faults: Counter[str] = Counter()
        self.recoveries: list[float] = []
        self.late = 0.0
        self.wrongs: list[str] = []
        self.looks = 0
        self._fleet = fleet
        self._random = random.Random(seed)
        self._span = span  # bytes of a session's beginning that are worth a cut
        self._page: dict[str, float] = {}
        self._fresh = False  # whether the page was looked at since the last fault

    # -- what it looks like --------------------------------------------------------------------

    async def watch(self) -> None:
        """Look at its page again and again, until cancelled."""
        there = time.monotonic()
        while True:
            now = time.monotonic()
            if self.proxy.links or not self.up:
                there = now
            self.late = max(self.late, now - there)
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Look at its page. Samples of a session that is gone, and sums that fell, are wrong."""
        before, self._page = self._page, samples(await self._fleet.page(False, {self.name}))
        self.looks += 1
        self._fresh = True
        names = {key.partition("{")[0] for key in self._page}
        if not self.value("asterisk_up") and (stale := STATE & names):
            self.wrongs.append(f"{self.name}: down, and yet {sorted(stale)}")
        for key, value in before.items():
            name, now = key.partition("{")[0], self._page.get(key, -1.0)
            if name.endswith(SUMS) and name not in ASTERISKS_OWN and now < value:
                self.wrongs.append(f"{self.name}: {key} fell from {value} to {now}")

    def value(self, name: str) -> float | None:
        """Of a sample of the last page that has no label but the server."""
        return self._page.get(f'{name}{{server="{self.name}"}}')

    @property
    def up(self) -> bool:
        return self._fleet.watched[self.name].pbx.link.up

    @property
    def full(self) -> bool:
        """Whether it is up and its channels are known."""
        return self.up and self._fresh and self.value("asterisk_active_channels") is not None

    async def recovered(self, seconds: float, fault: str) -> None:
        """Wait for a full page, and then until the session has stood long enough to be called one."""
        self._fresh = False
        took = await when(lambda: self.full, seconds)
        if took is None:
            self.wrongs.append(f"{self.name}: not back in {seconds:.0f} s after {fault}")
            return
        self.recoveries.append(took)
        link = self._fleet.watched[self.name].pbx.link
        start = link.session_start
        await asyncio.sleep(LIVED)
        if link.session_start != start:
            self.wrongs.append(f"{self.name}: the session after {fault} did not last")

    # -- what befalls it -----------------------------------------------------------------------

    async def suffer(self, count: int, patience: float) -> None:
        """So many faults, each when the last one is overcome."""
        kinds: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            *((50, self.cut_within), (8, self.reset), (8, self.cut), (10, self.stall), (4, self.half_open)),
            *((6, self.refuse), (6, self.byte_by_byte), (4, self.silent), (6, self.nameless)),
        ]
        weights = [weight for weight, _ in kinds]
        for _ in range(count):
            (_, fault) = self._random.choices(kinds, weights)[0]
            await fault()
            self.faults[fault.__name__] += 1
            await self.recovered(patience, fault.__name__)

    async def cut_within(self) -> None:
        """A session ends after so many of its bytes: in the greeting, the login, a handshake, a list."""
        count = self._random.randrange(1, self._span)
        self.proxy.cut()
        self.proxy.cut_after(count)
        end = self.proxy.received + count
        if await when(lambda: self.proxy.received >= end, 10.0) is None:  # it did not say so much
            self.proxy.cut_after(1)
            end = self.proxy.received + 1
            await when(lambda: self.proxy.received >= end, 30.0)
        await self._again(self.proxy.accepted)

    async def reset(self) -> None:
        before = self.proxy.accepted
        self.proxy.reset()
        await self._again(before)

    async def cut(self) -> None:
        before = self.proxy.accepted
        self.proxy.cut()
        await self._again(before)

    async def _again(self, before: int) -> None:
        """Wait until it has seen that the session is over: it connects anew."""
        await when(lambda: self.proxy.accepted > before, 30.0)

    async def stall(self) -> None:
        """Nothing goes through for 1 to 60 s, mostly a few."""
        self.proxy.stall()
        await asyncio.sleep(min(60.0, 1.0 + self._random.expovariate(1 / 8)))
        self.proxy.resume()
        await asyncio.sleep(1.0)  # Asterisk may have ended what could not be written: that comes now

    async def half_open(self) -> None:
        """The far end is gone without a word: found by a Ping."""
        self.proxy.half_open()
        await when(lambda: not self.up, 60.0)

    async def refuse(self) -> None:
        self.proxy.refuse()
        before = self.proxy.accepted
        self.proxy.cut()
        await asyncio.sleep(self._random.uniform(0.5, 3.0))
        await self.proxy.accept()
        await self._again(before)

    async def byte_by_byte(self) -> None:
        """A whole new session comes in single bytes."""
        self.proxy.byte_by_byte()
        await self.cut()
        await asyncio.sleep(2.0)
        self.proxy.byte_by_byte(False)

    async def silent(self) -> None:
        """The port accepts, and says nothing: a new session waits for its greeting."""
        self.proxy.stall()
        await self.cut()
        await asyncio.sleep(self._random.uniform(1.0, 7.0))
        self.proxy.resume()
        await asyncio.sleep(1.0)  # sessions that were given up come to their end

    async def nameless(self) -> None:
        """The name server does not know the name for a while."""
        host = self._fleet.watched[self.name].server.host
        NAMELESS.add(host)
        before = self.proxy.accepted
        self.proxy.cut()
        await asyncio.sleep(self._random.uniform(0.5, 3.0))
        NAMELESS.discard(host)
        await self._again(before)


NAMELESS: set[str] = set()  # the hosts that cannot be resolved now


@contextmanager
def names() -> Iterator[None]:
    """A name server for DOMAIN: every name in it is this machine, but for those that are nameless now."""
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        if host in NAMELESS:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(HOST if str(host).endswith(DOMAIN) else host, *rest, **more)

    socket.getaddrinfo = resolve
    try:
        yield
    finally:
        socket.getaddrinfo = real
