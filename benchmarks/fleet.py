"""Fleet: 100, 300 and 1,000 simulated servers with calls in one exporter, and how the costs grow."""

from __future__ import annotations

import json
import math
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.common import QUICK, exponent, heading, line
from benchmarks.exporting import Exporter, exporting, simulated

SIZES = [int(size) for size in sys.argv[1:]] or ([10, 30, 100] if QUICK else [100, 300, 1000])
SERVER = ("--channels=20", "--queues=10", "--calls-per-second=0.02")  # 72 calls an hour
SETTLED = 2.0 if QUICK else 5.0  # s
WATCHED = 5.0 if QUICK else 20.0  # s
SOME = 3  # servers whose pages are timed
PATIENCE = 100.0  # s, until all are connected, and for a page
CHUNK = 1 << 20


class Cost(NamedTuple):
    """What a number of servers costs; what takes too long to be known is nan."""

    connected: float  # from the start of the process until the last login (s)
    crowd: float  # logins within one second, at the most
    cpu: float  # of a core
    memory: float  # MB
    each: float  # MB a server
    first: float  # page of one server that nobody has asked for before (ms)
    again: float  # the same once more
    page: float  # of all, the first one (s)
    size: float  # of that page (MB)


COLUMNS = {  # how each is headed, and written
    "connected": ("all connected, s", ".1f"),
    "crowd": ("logins in a second", ".0f"),
    "cpu": ("CPU of a core", ".0%"),
    "memory": ("MB", ",.0f"),
    "each": ("MB a server", ".2f"),
    "first": ("?server= first, ms", ".0f"),
    "again": ("again, ms", ".0f"),
    "page": ("/metrics first, s", ".1f"),
    "size": ("MB", ".0f"),
}


def measure(servers: int) -> Cost:
    """Connect, watch, scrape."""
    with simulated(f"--servers={servers}", *SERVER) as config:
        start = time.time()
        with exporting(config) as exporter:
            logins = connected(exporter, servers)
            time.sleep(SETTLED)
            cpu, begin = exporter.cpu, time.perf_counter()
            time.sleep(WATCHED)
            cpu, memory = (exporter.cpu - cpu) / (time.perf_counter() - begin), exporter.memory
            pages = [f"/metrics?server=pbx-{number}" for number in range(1, SOME + 1)]
            first, again = (median(scraped(exporter, page)[0] for page in pages) for _ in range(2))
            page, size = scraped(exporter, "/metrics")
    after, each = logins[-1] - start, memory / servers
    return Cost(after, crowd(logins), cpu, memory, each, first * 1e3, again * 1e3, page, size / 1e6)


def connected(exporter: Exporter, servers: int) -> list[float]:
    """When each server logged in (Unix time), the first first; waits until all have."""
    deadline = time.monotonic() + PATIENCE
    while not ready(exporter):
        if time.monotonic() > deadline:
            raise SystemExit(f"not all of {servers} were tried after {PATIENCE:g} s")
        time.sleep(1)
    shown = json.loads(exporter.page("/api/v1/servers", PATIENCE))["servers"]
    logins = sorted(each["since"] for each in shown if each["up"])
    if len(logins) < servers:
        raise SystemExit(f"{len(logins)} of {servers} are connected")
    return logins


def ready(exporter: Exporter) -> bool:
    """Whether it has tried each server."""
    try:
        exporter.page("/-/ready")
    except urllib.error.HTTPError:
        return False
    return True


def crowd(logins: Sequence[float]) -> int:
    """The most of them within one second."""
    return max(sum(begin <= each < begin + 1 for each in logins) for begin in logins)


def scraped(exporter: Exporter, path: str) -> tuple[float, float]:
    """How long a page takes, and its bytes."""
    size, begin = 0, time.perf_counter()
    try:
        with urllib.request.urlopen(f"http://{exporter.address}{path}", timeout=PATIENCE) as response:
            while chunk := response.read(CHUNK):  # of a thousand servers it is too large to keep
                size += len(chunk)
    except TimeoutError:
        return math.nan, math.nan
    return time.perf_counter() - begin, size


def grown(costs: Sequence[float]) -> str:
    """How a cost grows with the servers."""
    known = [(size, cost) for size, cost in zip(SIZES, costs, strict=True) if not math.isnan(cost)]
    return f"{exponent(*zip(*known, strict=True)):.2f}" if len(known) > 1 else ""


def main() -> None:
    heading("Fleet", "aiohttp")
    line("servers", *[head for head, _ in COLUMNS.values()])
    line(*["---"] * (1 + len(COLUMNS)))
    costs = []
    for servers in SIZES:
        costs.append(measure(servers))
        cells = zip(costs[-1], COLUMNS.values(), strict=True)
        line(
            f"{servers:,}", *["" if math.isnan(value) else format(value, form) for value, (_, form) in cells]
        )
        print(end="", flush=True)
    line("exponent", *map(grown, zip(*costs, strict=True)))
    print(flush=True)


if __name__ == "__main__":
    main()
