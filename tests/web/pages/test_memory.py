"""What pages remember: an hour, a day, the last events of a session."""

from __future__ import annotations

from datetime import datetime

import pytest

from exporter.ami import ConnectionFailed
from exporter.web.pages.memory import EVENTS, HOUR, Memories
from exporter.web.pages.today import Sum, Today
from tests.collectors.queue_server import Queues, member, queue
from tests.collectors.replay import up
from tests.web.source import Fake, status

EVENING = datetime(2026, 11, 25, 23, 59).timestamp()  # noqa: DTZ001  # of this machine's zone
MIDNIGHT = EVENING + 60
ANSWERS = "queue_member_answers_total"


@pytest.fixture
async def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    """A server with a queue and a member."""
    made = Queues(monkeypatch)
    made.listed(queue(), member())
    return made


def answer(queues: Queues) -> None:
    """A caller waits for 3 s and is answered."""
    queues.tell("QueueCallerJoin")
    queues.tell("AgentConnect", HoldTime="3", RingTime="1")


def answered(queues: Queues, today: Today) -> float | None:
    """How many calls were answered today."""
    return today.count(queues.pbx, ANSWERS)


async def test_a_day_begins_at_midnight(queues: Queues) -> None:
    """What was counted before is yesterday's; the day says since when it counts."""
    today = Today()
    today.look(queues.pbx, EVENING)
    answer(queues)
    assert answered(queues, today) == 1
    assert today.since() == pytest.approx(EVENING)
    today.look(queues.pbx, MIDNIGHT)
    assert answered(queues, today) == 0
    assert today.since() == pytest.approx(MIDNIGHT)
    answer(queues)
    today.look(queues.pbx, MIDNIGHT + 30)
    assert answered(queues, today) == 1
    waits = today.sums(queues.pbx, "queue_wait_seconds", "queue", outcome="answered")
    assert waits[("sales",)] == Sum(1.0, 3.0)
    assert today.mean(queues.pbx, "queue_wait_seconds", outcome="answered") == 3.0
    assert today.mean(queues.pbx, "queue_wait_seconds", outcome="abandoned") is None


async def test_what_is_not_collected_is_not_known(queues: Queues) -> None:
    """A metric that is not there has no sum, not 0."""
    today = Today()
    today.look(queues.pbx, EVENING)
    assert today.count(queues.pbx, "trunk_calls_total") is None


async def test_a_server_that_starts_anew_counts_from_then_on(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sums begin at 0, so nothing of before is taken off them."""
    today = Today()
    today.look(queues.pbx, EVENING)
    answer(queues)
    today.look(queues.pbx, MIDNIGHT)
    again = Queues(monkeypatch)
    again.listed(queue(), member())
    answer(again)
    assert answered(again, today) is None
    today.look(again.pbx, MIDNIGHT + 30)
    assert answered(again, today) == 1
    assert today.since() == MIDNIGHT + 30


async def test_gaps_of_the_day(queues: Queues) -> None:
    """It is known how often events may have been missed since midnight."""
    today = Today()
    today.look(queues.pbx, EVENING)
    queues.pbx.link.failed(ConnectionFailed("closed", "gone"), EVENING)
    assert today.gaps(queues.pbx) == 1
    today.look(queues.pbx, MIDNIGHT)
    assert today.gaps(queues.pbx) == 0


async def test_events_of_a_session(queues: Queues) -> None:
    """Each change is kept with its error, the last ones only; the reason of the last failure is known."""
    source = Fake(rows=[status("lab")], views={"lab": queues.view})
    memories = Memories(source)
    assert len(memories.of("lab").events) == len(memories.of("lab").events) == 1
    queues.pbx.link.failed(ConnectionFailed("refused", "Connection refused"), 1.0)
    memory = memories.of("lab")
    assert memory.events[-1].error == "Connection refused"
    assert memory.reason == "refused"
    for _ in range(EVENTS):
        queues.pbx.link.failed(ConnectionFailed("timeout", "no answer"), 2.0)
        memories.of("lab")
        up(queues.pbx)
        memories.of("lab")
    assert memory.reason == "timeout"
    assert len(memory.events) == EVENTS


async def test_since_when_a_member_does_what_it_does(queues: Queues) -> None:
    """An event that changes it says so; another session knows nothing of it."""
    source = Fake(rows=[status("lab")], views={"lab": queues.view})
    memories = Memories(source)
    assert memories.of("lab").changed == {}
    queues.tell("QueueMemberStatus", Status="1", Paused="0")
    assert memories.of("lab").changed == {}
    queues.tell("QueueMemberStatus", Status="2", Paused="0")
    assert memories.of("lab").changed.keys() == {"PJSIP/Ann"}
    queues.tell("QueueMemberRemoved")
    assert memories.of("lab").changed == {}
    queues.tell("QueueMemberAdded", Status="1", Paused="0")
    assert memories.of("lab").changed.keys() == {"PJSIP/Ann"}
    up(queues.pbx)
    assert memories.of("lab").changed == {}


async def test_an_hour_is_bounded(queues: Queues) -> None:
    """One value each 30 s; what is not known is kept as not known."""
    source = Fake(rows=[status("lab")], views={"lab": queues.view})
    memory = Memories(source).of("lab")
    for _ in range(HOUR + 5):
        memory.sample(queues.view)
    assert list(memory.calls) == [None] * HOUR
