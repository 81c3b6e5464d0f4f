"""Declarations: the built-in ones are right, and each kind of mistake is found."""

from __future__ import annotations

import importlib

import pytest

from exporter.collectors import COLLECTORS
from exporter.metrics import Choice, Collector, Events, Number, Poll, Table, counter, gauge, histogram, info
from exporter.metrics.collector import mistakes, twice
from exporter.metrics.families import Family

rows = Table("rows", "CoreShowChannel", key=("Uniqueid",))
POLL = Poll("CoreShowChannels", fills=(rows,))
SEEN = Events("Newchannel")


@pytest.mark.parametrize("name", sorted(COLLECTORS))
def test_a_built_in_collector_is_right(name: str) -> None:
    """It has no mistake, bears the name of its module, and says where its numbers come from."""
    collector = COLLECTORS[name]
    assert list(mistakes(collector)) == []
    assert importlib.import_module(f"exporter.collectors.{name}").COLLECTOR is collector
    assert collector.help.endswith(".")


def test_no_name_is_borne_twice() -> None:
    """Over all collectors."""
    assert list(twice(COLLECTORS.values())) == []
    assert len(list(twice([COLLECTORS["core"], COLLECTORS["core"]]))) == len(COLLECTORS["core"].families)


def found(family: Family, *polls: Poll) -> list[str]:
    return list(mistakes(Collector(name="x", help="X.", families=(family,), polls=polls)))


@pytest.mark.parametrize(
    ("family", "words"),
    [
        (gauge("Calls", "Calls.", SEEN), "small letters"),
        (gauge("calls_total", "Calls.", SEEN), "a counter ends in _total"),
        (counter("calls", "Calls.", SEEN), "a counter ends in _total"),
        (info("version", "Version.", SEEN, {}), "an info ends in _info"),
        (gauge("calls_count", "Calls.", SEEN), "belong to histograms"),
        (gauge("calls", "Calls", SEEN), "full stop"),
        (gauge("calls", "Calls.", SEEN, {"Who": "Who"}), "no name for a label"),
        (gauge("calls", "Calls.", SEEN, {"instance": "Who"}), "no name for a label"),
        (histogram("wait_seconds", "Wait.", SEEN, None, Number("W"), buckets=()), "has buckets"),
        (histogram("wait_seconds", "Wait.", SEEN, None, Number("W"), buckets=(2.0, 1.0)), "buckets rise"),
        (histogram("wait_seconds", "Wait.", SEEN, buckets=(1.0,)), "needs a value"),
        (counter("calls_total", "Calls.", SEEN, {"who": "Who"}, zeros="closed"), "closed set"),
        (gauge("calls", "Calls.", rows), "no poll fills table rows"),
    ],
)
def test_a_mistake_of_a_family(family: Family, words: str) -> None:
    """It is named, with the metric."""
    (mistake,) = found(family)
    assert mistake.startswith(family.name)
    assert words in mistake


@pytest.mark.parametrize(
    ("poll", "words"),
    [
        (Poll("QueueReset", fills=()), "not one of the reading actions"),
        (Poll("Command", fills=()), "may do more than read"),
        (Poll("CoreStatus", fills=(rows,)), "CoreStatus has no event CoreShowChannel"),
        (Poll("CoreShowChannels", fills=(Table("rows", "CoreShowChannel"),)), "need a key"),
    ],
)
def test_a_mistake_of_a_poll(poll: Poll, words: str) -> None:
    """It is named, with the action."""
    (mistake,) = found(gauge("calls", "Calls.", SEEN), poll)
    assert words in mistake


def test_a_declaration_without_a_mistake() -> None:
    """Nothing is found where nothing is wrong."""
    labels = {"state": Choice("ChannelState", {"6": "up"})}
    assert found(gauge("calls", "Calls.", rows, labels, zeros="seen"), POLL) == []
