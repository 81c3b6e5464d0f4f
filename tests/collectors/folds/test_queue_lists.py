"""Waits in queues: what lists tell of them, before the events and after."""

from __future__ import annotations

import pytest

from exporter.collectors.folds.doubts import GRACE
from exporter.collectors.folds.queue_waits import CONNECT_WITHIN
from exporter.metrics.readers import AT
from tests.collectors.folds.queue import Queue, entry


@pytest.fixture
def queue() -> Queue:
    """Nobody waits."""
    return Queue()


def test_who_waited_before_the_session_counts_from_the_list_on(queue: Queue) -> None:
    """It has waited as long as the list said; the hold time of Asterisk is better still."""
    queue.listed(entry("1", "40"), entry("2", "50"))
    queue.tick(2)
    queue.tell("QueueCallerLeave")
    queue.tell("QueueCallerLeave", "AgentConnect", unique="2", holdtime="51")
    queue.tell("Hangup")
    assert queue.ends == {"answered": 1, "timeout_or_other": 1}
    assert queue.seconds == [51.0, 42.0]


def test_an_older_row_of_a_list_is_as_old_as_it_says(queue: Queue) -> None:
    """A row tells when it was read."""
    queue.listed({**entry("1", "40"), AT: queue.now - 3})
    queue.tell("QueueCallerLeave", "Hangup")
    assert queue.seconds == [43.0]


def test_a_list_between_abandon_and_leave_makes_no_second_wait(queue: Queue) -> None:
    """The caller is still listed, and its wait is told already."""
    queue.tell("QueueCallerJoin", "QueueCallerAbandon")
    queue.listed(entry())
    queue.tell("QueueCallerLeave", "Hangup")
    assert queue.ends == {"timeout_or_other": 1}
    assert queue.open() == 0


def test_a_lost_leave_is_found_by_the_list(queue: Queue) -> None:
    """Who is not listed has left: answered if that is told soon, else otherwise."""
    for unique in ("1", "2"):
        queue.tell("QueueCallerJoin", unique=unique)
    queue.tick(10)
    queue.listed()
    queue.tick(GRACE + 1)
    assert list(queue.waits.rows("waiting")) == []
    queue.tell("AgentConnect", holdtime="9")
    queue.tick(CONNECT_WITHIN)
    assert queue.ends == {"answered": 1, "timeout_or_other": 1}
    assert queue.seconds == [9.0, 10.0]
    assert queue.open() == 0


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        (("HangupRequest", "QueueCallerAbandon", "QueueCallerLeave"), "abandoned"),
        (("HangupRequest", "QueueCallerLeave", "Hangup"), "abandoned"),
        (("QueueCallerAbandon", "QueueCallerLeave"), "timeout_or_other"),
        (("QueueCallerLeave", "HangupRequest", "Hangup"), "timeout_or_other"),
        (("QueueCallerLeave", "AgentConnect"), "answered"),
    ],
)
@pytest.mark.parametrize("late", [0.05, 1.9])
def test_a_list_ahead_of_the_end(queue: Queue, events: tuple[str, ...], outcome: str, late: float) -> None:
    """The caller is gone from it before its events come: these say how it ended."""
    queue.tell("QueueCallerJoin")
    queue.tick(10)
    queue.listed()
    queue.tick(late)
    assert len(list(queue.waits.rows("waiting"))) == 1
    queue.tell(*events)
    queue.tick(CONNECT_WITHIN)
    assert (queue.ends, queue.open()) == ({outcome: 1}, 0)


def test_a_list_ahead_of_the_join(queue: Queue) -> None:
    """The event is of the wait that the list has found; the next of that channel is another one."""
    queue.listed(entry())
    queue.tick(0.1)
    queue.tell("QueueCallerJoin")
    assert (queue.told, queue.open()) == ([], 1)
    queue.tell("QueueCallerJoin", "QueueCallerLeave", "AgentConnect", holdtime="1")
    assert queue.ends == {"timeout_or_other": 1, "answered": 1}
    assert {row["linkedid"] for what, row in queue.told if what == "wait"} == {"call-1"}


def test_a_list_ahead_of_a_change_of_queue(queue: Queue) -> None:
    """It has the caller in the next queue before the events come: two waits, each told once."""
    queue.tell("QueueCallerJoin")
    queue.tick(10)
    queue.listed(entry(queue="support"))
    queue.tick(0.1)
    queue.tell("QueueCallerAbandon", "QueueCallerLeave", holdtime="10")
    queue.tell("QueueCallerJoin", queue="support")
    queue.tick(5)
    assert [row["queue"] for row in queue.waits.rows("waiting")] == ["support"]
    queue.tell("QueueCallerLeave", "AgentConnect", queue="support", holdtime="5")
    assert queue.ends == {"timeout_or_other": 1, "answered": 1}


def test_a_caller_that_is_listed_again(queue: Queue) -> None:
    """A later list takes back what one seemed to say, at once or after a while."""
    queue.tell("QueueCallerJoin")
    for seconds in (1, 5):
        queue.tick(10)
        queue.listed()
        queue.tick(seconds)
        queue.listed(entry())
        queue.tick(CONNECT_WITHIN)
        assert (queue.told, len(list(queue.waits.rows("waiting")))) == ([], 1)


def test_a_list_does_not_end_what_has_just_begun(queue: Queue) -> None:
    """It may have been made a moment before the join."""
    queue.tell("QueueCallerJoin")
    queue.listed()
    queue.tick(CONNECT_WITHIN)
    assert queue.told == []
    queue.tell("QueueCallerLeave")
    queue.listed(entry())
    queue.tick(CONNECT_WITHIN)
    assert queue.told == []


def test_a_channel_that_is_listed_in_another_queue_has_changed(queue: Queue) -> None:
    """The wait in the first is over."""
    queue.tell("QueueCallerJoin")
    queue.tick(10)
    queue.listed(entry(queue="support"))
    queue.tick(GRACE + 1)
    assert queue.ends == {"timeout_or_other": 1}
    assert queue.seconds == [10.0]
    assert [row["queue"] for row in queue.waits.rows("waiting")] == ["support"]
