"""The short form of make fuzz: the same hostile packets and texts, with fixed seeds."""

from __future__ import annotations

import random

import pytest

from exporter.metrics import Facts
from tests.long.fuzz import READERS, packets, rss, stream
from tests.long.hostile import MOST, VALUES

WORDS = (
    b"servers:",
    b"a: ",
    b"{",
    b"}",
    b"[",
    b"&x",
    b"*x",
    b"!!python/object:os.system",
    b"\n  ",
    b"- ",
    b"'",
    b"\t",
)
PARAMETERS = (
    b"server=",
    b"collect[]=",
    b"exclude[]=",
    b"&",
    b"%",
    b"%00",
    b"sort=",
    b"state=",
    b";q=",
    b"text/plain",
)


async def test_hostile_packets_harm_nothing() -> None:
    """Bent packets by thousands: no error of ours, pages that others can read, bounded series and memory."""
    await packets(2_000, seed=1)
    before = rss()
    victim = await packets(6_000, seed=2)
    assert victim.pages() > 500
    assert victim.pbx.broken.total() == 0
    assert victim.refused > 0
    bounded = [block for block in victim.view.blocks() if not isinstance(block.family.source, Facts)]
    assert max(len(block.values) for block in bounded) == MOST
    assert rss() - before < 100


@pytest.mark.parametrize("reader", [*READERS, stream])
def test_any_bytes_are_read_or_refused(reader: object) -> None:
    """Configurations, parameters, what is typed, what a far end says: no error but its own."""
    rng = random.Random(5)
    assert callable(reader)
    for _ in range(60):
        parts = rng.choices((*WORDS, *PARAMETERS, *VALUES, rng.randbytes(20)), k=rng.randrange(1, 12))
        reader(b"".join(part[:5_000] for part in parts))
