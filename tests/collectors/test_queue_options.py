"""Queues: what the options change."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from exporter.collectors.queues import COLLECTOR
from exporter.metrics.sampling import Distribution
from tests.collectors.queue_server import Queues, caller, member, queue


@pytest.fixture
async def make(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Queues]:
    """Makes a server for options."""
    return lambda **options: Queues(monkeypatch, **options)


async def test_pause_reasons_of_the_configuration_are_a_closed_set(make: Callable[..., Queues]) -> None:
    """All others are other."""
    queues = make(pause_reasons=["lunch"])
    queues.listed(queue(), member())
    for reason in ("lunch", "training", ""):
        queues.tell("QueueMemberPause", Paused=1, PausedReason=reason)
        queues.now += 2
        queues.pbx.tick()
    queues.tell("QueueMemberPause", Paused=0, PausedReason="")
    assert queues.samples("member_pause_seconds_total") == {
        ("sales", "Ann", "lunch"): 2,
        ("sales", "Ann", "other"): 2,
        ("sales", "Ann", "none"): 2,
    }


async def test_only_included_queues_that_are_not_excluded_are_told_of(make: Callable[..., Queues]) -> None:
    """In lists and in events, by the whole name."""
    queues = make(include=["sales.*"], exclude=["sales-test", "x"])
    names = ("sales", "sales-test", "presales", "sales-x")
    queues.listed(*(queue(name) for name in names), *(member("Ann", name) for name in names))
    for number, name in enumerate(names):
        queues.tell("QueueCallerJoin", Queue=name, Uniqueid=number)
        queues.tell("QueueCallerLeave", Queue=name, Uniqueid=number)
        queues.tell("AgentConnect", Queue=name, Uniqueid=number, HoldTime=1, RingTime=1)
        queues.tell("AgentComplete", Queue=name, Uniqueid=number, HoldTime=1, TalkTime=1, Reason="agent")
        queues.tell("AgentRingNoAnswer", Queue=name, RingTime=1000)
        queues.tell("QueueMemberPause", Queue=name, Paused=1, PausedReason="")
    queues.pbx.tick()
    for block in queues.view.blocks():
        assert {labels[0] for labels in block.values} == {"sales", "sales-x"} or (
            block.family.name.endswith(
                ("_limit", "last_call_timestamp_seconds", "last_pause_timestamp_seconds")
            )
        ), block.family.name


async def test_queues_that_share_an_alias_are_added_up(make: Callable[..., Queues]) -> None:
    """Their counts are; a queue without an alias keeps its name."""
    queues = make(aliases={"8001": "Sales", "8002": "Sales"})
    queues.listed(queue("8001"), queue("8002"), queue("8003"), caller("1", 5, "8001"), caller("2", 9, "8002"))
    queues.tell("QueueCallerJoin", Queue="8002", Uniqueid="3")
    assert queues.samples("callers") == {("Sales",): 3, ("8003",): 0}
    assert queues.value("longest_wait_seconds", "Sales") == 9
    assert queues.value("calls_completed_total", "Sales") == 14
    assert queues.value("joins_total", "Sales") == 1


async def test_members_are_not_told_one_by_one_when_they_are_too_many(make: Callable[..., Queues]) -> None:
    """Unless the option says so; false leaves them out in any case, and counts stay."""
    crowd = [queue(), *(member(f"m{number}") for number in range(501))]
    shown = {}
    for members in ("auto", True, False):
        queues = make(members=members)
        queues.listed(queue(), member())
        few = {block.family.name for block in queues.view.blocks() if "_member_" in block.family.name}
        queues.listed(*crowd)
        many = {block.family.name for block in queues.view.blocks() if "_member_" in block.family.name}
        shown[members] = (len(few), len(many))
        assert queues.value("members", "sales", "not_in_use") == 501
    assert shown == {"auto": (13, 0), True: (13, 13), False: (0, 0)}


async def test_buckets_and_exemplars_by_option(make: Callable[..., Queues]) -> None:
    """Without the option no call is named."""
    for on in (False, True):
        queues = make(buckets={"wait": [3, 6]}, exemplars=on)
        queues.listed(queue())
        queues.tell("QueueCallerJoin")
        queues.tell("AgentConnect", HoldTime=4, RingTime=1)
        wait = queues.samples("wait_seconds")["sales", "answered"]
        assert isinstance(wait, Distribution)
        assert wait.counts == [0, 1, 0]
        assert [example[0] for example in wait.exemplars.values()] == (["call-1"] if on else [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"include": ["sales("]}, "'sales(' is not a regular expression: missing )"),
        ({"exclude": ["*"]}, "'*' is not a regular expression: nothing to repeat"),
        ({"buckets": {"wait": [5, 5]}}, "buckets must rise"),
        ({"buckets": {"talk": []}}, "at least one"),
        ({"buckets": {"ring": [0, 1]}}, "above 0"),
        ({"aliases": {"8001": ""}}, "not empty"),
        ({"members": "some"}, "'auto', True or False"),
        ({"queue": []}, "Extra inputs"),
    ],
)
def test_wrong_options_are_told(options: dict[str, object], words: str) -> None:
    """In plain words, where a text of ours says them."""
    with pytest.raises(ValidationError) as error:
        COLLECTOR.options.model_validate_json(json.dumps(options))
    assert words in str(error.value)


def test_every_option_is_described() -> None:
    """For editors and for the reference."""
    schema = COLLECTOR.options.model_json_schema()
    buckets = schema["$defs"]["QueueBuckets"]["properties"]
    assert all(option.get("description") for option in {**schema["properties"], **buckets}.values())
