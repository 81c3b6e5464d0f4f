"""Bursts of events, then hours of a busy PBX as fast as they go: python -m tests.long.soak [--hours N]."""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL
from typing import NamedTuple

from exporter.collectors import COLLECTORS
from exporter.config import load
from exporter.fleet import Fleet
from tests.ami.leaks import descriptors
from tests.ami.scripted import Peer, Scripted
from tests.exporter_process import free_port
from tests.long.fuzz import rss
from tests.long.hostile import recorded
from tests.long.line import samples, when
from tests.simulator.raw import SECRET, USER

TICK = 0.005  # s between two looks at how late the event loop is
SPEED = 60.0
CHANNELS = 200
WARM_UP = 8.0  # hours of the PBX


class Burst(NamedTuple):
    """What became of a burst."""

    sent: int
    counted: int
    seconds: float
    lag: float  # s, 99th percentile
    sessions: int


class Sample(NamedTuple):
    """What the process had at a moment."""

    hours: float  # of the PBX
    memory: float  # MB
    descriptors: float
    tasks: float
    series: float  # on the page
    seen: float  # series that there ever were


@asynccontextmanager
async def watched(port: int, speed: float = 1.0) -> AsyncIterator[Fleet]:
    """An exporter of one server, booted, which asks so much more often than it would."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        server = f"{{host: 127.0.0.1, port: {port}, username: {USER}, secret: {SECRET}}}"
        each = (
            f"{name}: {{interval: {max(0.1, one.interval / speed)}}}"
            for name, one in COLLECTORS.items()
            if one.polls
        )
        file.write_text(f"servers: {{pbx: {server}}}\ncollectors: {{{', '.join(each)}}}\n")
        fleet = Fleet(load(file))
    fleet.start()
    try:
        assert await when(lambda: fleet.watched["pbx"].pbx.link.up, 30.0) is not None
        yield fleet
    finally:
        await fleet.stop()


@asynccontextmanager
async def simulated(speed: float) -> AsyncIterator[int]:
    """The port of a simulated PBX: a process of its own, so that its memory is not taken for ours."""
    port = free_port()
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(SECRET)
        secret.flush()
        options = (f"--listen=127.0.0.1:{port}", f"--user={USER}", f"--secret-file={secret.name}")
        command = ("-m", "exporter", "simulate", *options, f"--channels={CHANNELS}", f"--speed={speed}")
        process = await asyncio.create_subprocess_exec(sys.executable, *command, "--seed=1", stdout=DEVNULL)
        try:
            yield port
        finally:
            process.terminate()
            await process.wait()


async def burst(count: int, rate: float | None = None) -> Burst:
    """So many recorded events, at once or so many in a second, while the page is read each second."""
    events = [each + b"\r\n\r\n" for each in recorded() if each.startswith(b"Event: ") and _stamped(each)]
    begin, sent = asyncio.Event(), 0

    async def pbx(peer: Peer) -> None:
        await peer.login()
        talker = asyncio.create_task(talk(peer))
        try:
            while True:
                action = await peer.heard()
                await peer.say(f"Response: Success\r\nActionID: {action['ActionID']}\r\n\r\n".encode())
        finally:
            talker.cancel()

    async def talk(peer: Peer) -> None:
        nonlocal sent
        await begin.wait()
        # All at once: as fast as it is read. The loop is ours too, and pieces keep it free.
        step = 500 if rate is None else max(1, round(rate / 20))
        began = time.monotonic()
        while sent < count:
            await peer.say(*(events[number % len(events)] for number in range(sent, sent + step)))
            sent += step
            if rate is not None:
                await asyncio.sleep(max(0.0, began + sent / rate - time.monotonic()))

    async with Scripted(pbx) as server, watched(server.endpoint.port) as fleet:
        link = fleet.watched["pbx"].pbx.link

        def counted() -> int:
            return int(sum(float(row["count"]) for row in link.facts("events")))

        before, began = counted(), time.monotonic()
        lags: list[float] = []
        others = [asyncio.create_task(_lag(lags)), asyncio.create_task(_scrape(fleet))]
        begin.set()
        await when(lambda: counted() - before >= count, 120.0)
        seconds = time.monotonic() - began
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        late = statistics.quantiles(lags, n=100)[98] if len(lags) > 1 else seconds
        return Burst(sent, counted() - before, seconds, late, link.connections)


def _stamped(packet: bytes) -> bool:
    return b"\r\nPrivilege: " in packet and b"\r\nActionID: " not in packet and b"FullyBooted" not in packet


async def _lag(lags: list[float]) -> None:
    while True:
        due = time.monotonic() + TICK
        await asyncio.sleep(TICK)
        lags.append(max(0.0, time.monotonic() - due))


async def _scrape(fleet: Fleet) -> None:
    while True:
        await fleet.page(False, None)
        await asyncio.sleep(1.0)


async def soak(hours: float, warm_up: float, speed: float) -> tuple[list[Sample], Counter[str]]:
    """Hours of a PBX of 200 channels, so much faster; samples of them, and what there was in all.

    Args:
        warm_up: hours before the first sample: what is remembered fills up, within its bounds, and label
            values come for the first time.
    """
    found: list[Sample] = []
    seen: set[str] = set()
    async with simulated(speed) as port, watched(port, speed) as fleet:
        hq = fleet.watched["pbx"]  # whose state changes when trunks are found
        await when(lambda: all(each.last_success for each in hq.pbx.polls.values() if each.asked), 60.0)
        began = time.monotonic()
        while (passed := (time.monotonic() - began) * speed / 3600) < warm_up + hours:
            page = samples(await fleet.page(False, None))
            seen |= page.keys()
            gc.collect()
            if passed >= warm_up:
                at = (passed, rss(), descriptors(), len(asyncio.all_tasks()), len(page), len(seen))
                found.append(Sample(*at))
            await asyncio.sleep(max(0.5, hours * 3600 / speed / 400))
        link = hq.pbx.link
        events = int(sum(float(row["count"]) for row in link.facts("events")))
        done = Counter(sessions=link.connections, events=events)
        answers = (key for key in page if key.startswith("asterisk_ami_action_duration_seconds_count"))
        done["answers"] = int(sum(page[key] for key in answers))
    return found, done


def slope(found: list[Sample], field: str) -> tuple[float, float]:
    """By how much a number grows in an hour of the PBX, and the standard error of that."""
    hours = [sample.hours for sample in found]
    values = [float(getattr(sample, field)) for sample in found]
    line = statistics.linear_regression(hours, values)
    rest = sum((y - line.slope * x - line.intercept) ** 2 for x, y in zip(hours, values, strict=True))
    middle = statistics.fmean(hours)
    spread = sum((x - middle) ** 2 for x in hours)
    return line.slope, (rest / (len(found) - 2) / spread) ** 0.5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.long.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="of the PBX (default: 24)")
    parser.add_argument("--warm-up", type=float, default=WARM_UP, help=f"hours before (default: {WARM_UP:g})")
    parser.add_argument("--speed", type=float, default=SPEED, help=f"default: {SPEED:.0f}")
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        for count, rate in ((20_000, None), (120_000, 2_000.0)):
            done = asyncio.run(burst(count, rate))
            print(
                f"{done.sent} events, {'at once' if rate is None else f'{rate:.0f} a second'}: "
                f"{done.counted} counted in {done.seconds:.1f} s, {done.sessions} session, "
                f"event loop late by {done.lag * 1000:.0f} ms (99th percentile)",
                flush=True,
            )
        found, counted = asyncio.run(soak(options.hours, options.warm_up, options.speed))
        counts = ", ".join(f"{count} {name}" for name, count in counted.items())
        print(f"{options.hours:g} hours of {CHANNELS} channels after {options.warm_up:g}: {counts}")
        for field in Sample._fields[1:]:
            first, last = (getattr(sample, field) for sample in (found[0], found[-1]))
            grows, error = slope(found, field)
            print(f"{field}: {first:.1f} to {last:.1f}, grows by {grows:.3f} ± {error:.3f} an hour")


if __name__ == "__main__":
    main()
