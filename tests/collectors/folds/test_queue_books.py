"""Waits in queues: the books balance, in any order of events and over what Asterisk really sends."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.ami import Message
from exporter.ami.codec import Decoder
from exporter.collectors.folds.queue_waits import EVENTS, Waits, _Wait
from exporter.metrics.folds import Told
from tests.collectors.folds.queue import Queue, entry

WIRE = Path(__file__).parent.parent.parent / "wire"
ENDS = ("answered", "abandoned", "timeout_or_other")
UNIQUES = ("1", "2", "3")
QUEUES = ("sales", "support")
step = st.one_of(
    st.tuples(st.sampled_from(EVENTS), st.sampled_from(UNIQUES), st.sampled_from(QUEUES)),
    st.tuples(st.just("tick"), st.floats(0, 40)),
    st.tuples(st.just("list"), st.dictionaries(st.sampled_from(UNIQUES), st.sampled_from(QUEUES))),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(step, max_size=60))
def test_in_any_order_the_books_balance(steps: list[tuple[object, ...]]) -> None:
    """Waits that began are those that ended and those that are open, after every single step."""
    queue, ended = Queue(), Counter[object]()
    begun: list[_Wait] = []
    for name, *rest in steps:
        seen = len(queue.told)
        if name == "tick":
            queue.tick(float(str(rest[0])))
        elif name == "list":
            assert isinstance(rest[0], dict)
            queue.listed(*(entry(unique, "3", q) for unique, q in rest[0].items()))
        else:
            queue.tell(str(name), unique=str(rest[0]), queue=str(rest[1]), holdtime="1")
        if name == "QueueCallerJoin":
            wait = queue.waits._waits[str(rest[0])]
            assert (wait.queue, wait.joined, wait.left, wait.told) == (rest[1], True, None, False)
        # One step begins a wait of a channel at most, and ends none that it begins.
        begun += [wait for wait in queue.waits._waits.values() if not any(wait is one for one in begun)]
        ended.update(row["queue"] for what, row in queue.told[seen:] if what == "wait")
        now = Counter(row["queue"] for row in queue.waits.rows("open"))
        assert Counter(wait.queue for wait in begun) == ended + now
        assert set(queue.ends) <= set(ENDS)
        assert len(queue.waits._waits) <= len(UNIQUES)


@pytest.mark.parametrize("version", ["16", "22"])
def test_real_waits(version: str) -> None:
    """One answered, one who hung up after a missed call, one without, a time-out, one who left by a key."""
    waits, told = Waits(), list[Told]()
    for packet in Decoder().feed((WIRE / version / "waits.ami").read_bytes()):
        message = Message(packet)
        if message.name in EVENTS:
            told += waits.take(message.name, message.fields, float(message.fields["timestamp"]))
    ends = Counter((row["queue"], row["outcome"]) for what, row in told if what == "wait")
    assert ends == {
        ("desk", "answered"): 1,
        ("desk", "abandoned"): 1,
        ("empty", "abandoned"): 1,
        ("empty", "timeout_or_other"): 1,
        ("exit", "timeout_or_other"): 1,
    }
    assert list(waits.rows("open")) == []
