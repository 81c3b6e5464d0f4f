"""Hostile input to all that reads any: python -m tests.long.fuzz [--packets N] [--guided SECONDS]."""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from exporter.ami import ConnectionFailed
from exporter.config import ConfigError, load
from exporter.console.requests import Mistake, parse
from exporter.web import queries
from exporter.web.negotiation import choose
from exporter.web.pages.order import Order
from exporter.web.security.file import read
from tests.long.hostile import Bender, Victim
from tests.web.source import Fake, status

BATCH = 500  # packets of a session
PAGE = 20  # batches from one look at the pages to the next


def rss() -> float:
    """Resident memory of this process (MB)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


async def packets(count: int, seed: int) -> Victim:
    """Feed so many hostile packets, in sessions of some hundred, and read the pages between."""
    victim, bender, done = Victim(), Bender(seed), 0
    while done < count:
        own = victim.ask()
        try:
            for piece in bender.pieces(b"".join(bender.packet(own) for _ in range(BATCH))):
                victim.feed(piece)
        except ConnectionFailed:
            victim.pbx.drop()
        victim.begin()
        done += BATCH
        if done // BATCH % PAGE == 0:
            victim.pages()
            if done * 10 // count > (done - BATCH * PAGE) * 10 // count:
                print(f"{done} packets: {rss():.0f} MB", flush=True)
    return victim


# -- everything else that reads: each takes any bytes, and may only refuse them in its own way -----------


def configuration(data: bytes) -> None:
    """A configuration."""
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file, suppress(ConfigError):
        file.write(data)
        file.flush()
        load(Path(file.name), {})


def web_configuration(data: bytes) -> None:
    """TLS and users."""
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file, suppress(ConfigError):
        file.write(data)
        file.flush()
        read(Path(file.name))


def accept(data: bytes) -> None:
    """What a client would like."""
    choose(data.decode("latin-1"))


def parameters(data: bytes) -> None:
    """What an address asks for."""
    text = "".join(c for c in data.decode("latin-1") if c.isprintable() and c not in "# ")
    source = Fake(rows=[status("hq")])
    with suppress(web.HTTPException, ValueError):  # yarl refuses an address before we see it
        request = make_mocked_request("GET", f"/?{text}")
        for asked in (queries.servers, queries.collectors):
            with suppress(web.HTTPException):
                asked(request, source)
        Order.of(request.query)


def typed(data: bytes) -> None:
    """A line of the console."""
    if text := data.decode("utf-8", "surrogateescape").strip():
        with suppress(Mistake):
            parse(text)


READERS: tuple[Callable[[bytes], None], ...] = (
    configuration,
    web_configuration,
    accept,
    parameters,
    typed,
)


def stream(data: bytes) -> None:
    """What a far end says, after its greeting."""

    async def feed() -> None:
        victim = Victim()
        with suppress(ConnectionFailed):
            victim.feed(data)

    asyncio.run(feed())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.long.fuzz", description=__doc__)
    parser.add_argument("--packets", type=int, default=10_000_000, help="default: 10 million")
    parser.add_argument("--guided", type=int, default=300, help="seconds, if atheris is there (default: 300)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    victim = asyncio.run(packets(options.packets, options.seed))
    print(f"{options.packets} packets in {time.monotonic() - began:.0f} s: {rss():.0f} MB")
    print(f"believed: {victim.packets} events, {victim.replies} answers; refused: {victim.refused} series")
    print(f"errors of our own: {victim.pbx.broken.total()}", flush=True)
    if find_spec("atheris"):
        bounds = (f"-max_total_time={options.guided}", "-max_len=4096")
        return subprocess.run([sys.executable, "-m", "tests.long.guided", *bounds], check=False).returncode
    print("No atheris here: pip install atheris")
    return 0


if __name__ == "__main__":
    sys.exit(main())
