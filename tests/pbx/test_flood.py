"""A flood of names that nobody has seen before."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from exporter.ami import Message
from exporter.collectors import COLLECTORS
from exporter.metrics import Events
from exporter.metrics.exposition import Writer
from exporter.pbx.state import Limits, Pbx
from exporter.pbx.view import View
from tests.collectors.replay import up

MOST = 20  # series of a metric
FAMILIES = [family for one in COLLECTORS.values() for family in one.families]
COUNTED = [(family, family.source) for family in FAMILIES if isinstance(family.source, Events)]
HEARD = sorted({name for _, source in COUNTED for name in source.names})
LABELS = [reader for family, _ in COUNTED for reader in family.labels.values()]
HEADERS = sorted({header for reader in LABELS for header in reader.headers})


@pytest.fixture
def traced() -> Iterator[None]:
    """Memory is watched."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
async def test_a_flood_of_names_is_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every event brings a new name in every header: no more series than may be, and no more memory."""
    monkeypatch.setattr("exporter.metrics.labelsets.REMEMBERED", 64)
    pbx = up(Pbx("lab", tuple(COLLECTORS.values()), {}, Limits(MOST)))
    view, writer, memory = View(pbx), Writer(), list[int]()
    for number in range(1, 201):
        named = "".join(f"{header}: name-{number}\r\n" for header in HEADERS)
        for name in HEARD:
            pbx.take(Message(f"Event: {name}\r\nPrivilege: call,all\r\n{named}".encode()))
        if number % 100 == 0:
            writer.write(view.blocks())
            gc.collect()
            memory.append(tracemalloc.get_traced_memory()[0])
    blocks = {block.family.name: block for block in view.blocks()}
    refused = {metric: count for (metric,), count in blocks["asterisk_refused_series_total"].values.items()}
    assert refused["asterisk_user_events_total"] == 200 - MOST
    assert len(refused) > 8
    for name in ("asterisk_user_events_total", "asterisk_cdrs_total"):
        assert len(blocks[name].values) == MOST
    assert memory[1] - memory[0] < 200_000


@pytest.mark.usefixtures("traced")
async def test_long_names_are_not_kept() -> None:
    """A hundred names of 100 kB leave what is shown of them, and not 10 MB."""
    pbx = up(Pbx("lab", tuple(COLLECTORS.values()), {}))
    before = tracemalloc.get_traced_memory()[0]
    for number in range(100):
        name = f"{number}-{'x' * 100_000}"
        pbx.take(Message(f"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: {name}".encode()))
    gc.collect()
    assert len(pbx.tallies["asterisk_user_events_total"].sums) == 51
    assert tracemalloc.get_traced_memory()[0] - before < 1_000_000
