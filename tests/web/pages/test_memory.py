"""What pages remember: an hour, a day, the last events of a session."""

from __future__ import annotations

from datetime import datetime

import pytest

from exporter.ami import ConnectionFailed
from exporter.web.pages.figures import Figures
from exporter.web.pages.memory import EVENTS, HOUR, Memories
from exporter.web.pages.period import Sum
from exporter.web.pages.recent import MINUTES, Recent
from exporter.web.pages.today import Today
from tests.collectors.queue_server import Queues, caller, member, message, queue
from tests.collectors.replay import Replay, up
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
    assert memory.hour("calls") == [None] * HOUR
    assert memory.hour("waiting") == [0.0] * HOUR
    queues.listed(queue(), caller())
    memory.sample(queues.view)
    assert memory.hour("waiting") == [0.0] * (HOUR - 1) + [1.0]
    assert memory.hour("PJSIP") == []


async def test_an_hour_of_each_technology(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has no channels any more is at 0, as long as it is known how many there are."""
    replay = Replay(monkeypatch)
    replay.play("22", "channels")
    memory = Memories(Fake(rows=[status("lab")], views={"lab": replay.view})).of("lab")
    memory.sample(replay.view)
    (some,) = memory.hour("PJSIP")
    assert some
    for row in Figures(replay.view).table("channels"):
        replay.pbx.take(message("Hangup", {"Uniqueid": row["uniqueid"]}))
    memory.sample(replay.view)
    assert memory.hour("PJSIP") == [some, 0.0]
    replay.pbx.drop()
    memory.sample(replay.view)
    assert memory.hour("PJSIP") == [some, 0.0, None]


async def test_a_quarter_of_an_hour(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes that are over are left out, one after the other; what starts anew counts from then on."""
    monkeypatch.setattr("exporter.web.pages.recent.COUNTED", ("queue_wait_seconds", "trunk_calls_total"))
    recent = Recent()

    def waits() -> Sum | None:
        return recent.sums(queues.pbx, "queue_wait_seconds", "queue", outcome="answered").get(("sales",))

    recent.look(queues.pbx)
    answer(queues)
    assert waits() == Sum(1.0, 3.0)
    for _ in range(MINUTES - 1):
        recent.look(queues.pbx)
        answer(queues)
    assert waits() == Sum(MINUTES, 3.0 * MINUTES)
    recent.look(queues.pbx)
    assert waits() == Sum(MINUTES, 3.0 * MINUTES)
    recent.look(queues.pbx)
    assert waits() == Sum(MINUTES - 1, 3.0 * (MINUTES - 1))
    for _ in range(MINUTES):
        recent.look(queues.pbx)
    assert waits() is None
    assert recent.count(queues.pbx, "trunk_calls_total") is None
    again = Queues(monkeypatch)
    again.listed(queue(), member())
    answer(again)
    queues.pbx = again.pbx
    assert waits() is None
    recent.look(queues.pbx)
    assert waits() == Sum(1.0, 3.0)
