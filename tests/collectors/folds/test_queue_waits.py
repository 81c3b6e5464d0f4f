"""Waits in queues: events in, one row for each wait out."""

from __future__ import annotations

import pytest

from exporter.collectors.folds import queue_waits
from exporter.collectors.folds.queue_waits import CONNECT_WITHIN
from tests.collectors.folds.queue import Queue, entry


@pytest.fixture
def queue() -> Queue:
    """Nobody waits, and the service level is 20 s."""
    queue = Queue()
    assert list(queue.waits.listed("queues", [{"queue": "sales", "servicelevel": "20"}], queue.now)) == []
    return queue


def test_an_answer_ends_a_wait_after_the_caller_has_left(queue: Queue) -> None:
    """Asterisk tells the leaving first; the time is Asterisk's own, the example the call."""
    queue.tell("QueueCallerJoin")
    queue.tick(8)
    queue.tell("QueueCallerLeave")
    assert queue.told == []
    queue.tell("AgentConnect", holdtime="7")
    row = {"queue": "sales", "outcome": "answered", "seconds": 7.0, "linkedid": "call-1"}
    assert queue.told == [("wait", row), ("within", {"queue": "sales"})]
    assert queue.open() == 0


@pytest.mark.parametrize(("hold", "within"), [("0", 1), ("20", 1), ("21", 0)])
def test_the_service_level_is_kept_up_to_its_last_second(queue: Queue, hold: str, within: int) -> None:
    """As Asterisk counts it: not longer than."""
    queue.tell("QueueCallerJoin", "QueueCallerLeave")
    queue.tell("AgentConnect", holdtime=hold)
    assert [what for what, _ in queue.told].count("within") == within


def test_only_answers_are_within_the_service_level(queue: Queue) -> None:
    """Nor is one of a queue whose level is not known."""
    queue.tell("QueueCallerJoin", "QueueCallerAbandon", "QueueCallerLeave", holdtime="1")
    queue.tell("QueueCallerJoin", "QueueCallerLeave", "AgentConnect", unique="2", queue="new", holdtime="1")
    assert [what for what, _ in queue.told] == ["wait", "wait"]


def test_giving_up_is_a_hangup_request_before_the_end(queue: Queue) -> None:
    """QueueCallerAbandon alone does not say it: it comes for a time-out too."""
    queue.tell("QueueCallerJoin")
    queue.tell("HangupRequest", "QueueCallerAbandon", "QueueCallerLeave", "Hangup", holdtime="4")
    assert queue.ends == {"abandoned": 1}
    queue.tell("QueueCallerJoin", unique="2")
    queue.tell("QueueCallerAbandon", "QueueCallerLeave", "Hangup", unique="2", holdtime="30")
    assert queue.ends == {"abandoned": 1, "timeout_or_other": 1}
    assert queue.seconds == [4.0, 30.0]


def test_a_hangup_request_before_the_join_counts_as_well(queue: Queue) -> None:
    """A channel can enter a queue when its far end is gone already."""
    queue.tell("HangupRequest", "QueueCallerJoin", "QueueCallerAbandon", "QueueCallerLeave")
    assert queue.ends == {"abandoned": 1}


def test_a_hangup_request_of_another_channel_says_nothing(queue: Queue) -> None:
    """Nor one of the same channel's earlier life, before its hangup."""
    queue.tell("HangupRequest", "Hangup")
    queue.tell("QueueCallerJoin")
    queue.tell("HangupRequest", unique="2")
    queue.tell("QueueCallerAbandon", "QueueCallerLeave")
    assert queue.ends == {"timeout_or_other": 1}


def test_hangup_requests_of_others_push_no_caller_out(queue: Queue) -> None:
    """However many come before the caller has left, it is known that it asked."""
    queue.tell("QueueCallerJoin", "HangupRequest")
    for number in range(2 * queue_waits.MOST_ENDING):
        queue.tell("HangupRequest", unique=f"x{number}")
    queue.tell("QueueCallerAbandon", "QueueCallerLeave", "Hangup")
    assert queue.ends == {"abandoned": 1}


def test_a_hangup_request_before_the_first_list(queue: Queue) -> None:
    """Of a caller who has waited since before the session."""
    queue.tell("HangupRequest")
    queue.listed(entry("1", "40"))
    queue.tell("QueueCallerAbandon", "QueueCallerLeave", "Hangup")
    assert queue.ends == {"abandoned": 1}


def test_a_hangup_request_goes_with_the_channel(queue: Queue) -> None:
    """Into the next queue too."""
    queue.tell("QueueCallerJoin", "QueueCallerLeave", "HangupRequest")
    queue.tell("QueueCallerJoin", "QueueCallerAbandon", queue="support")
    assert queue.ends == {"timeout_or_other": 1, "abandoned": 1}


def test_leaving_by_a_key_is_decided_at_the_hangup(queue: Queue) -> None:
    """No QueueCallerAbandon comes; hanging up later has nothing to do with the queue."""
    queue.tell("QueueCallerJoin")
    queue.tick(3)
    queue.tell("QueueCallerLeave")
    queue.tick(5)
    queue.tell("HangupRequest", "Hangup")
    assert queue.ends == {"timeout_or_other": 1}
    assert queue.seconds == [3.0]


def test_leaving_by_a_key_is_decided_at_the_next_join(queue: Queue) -> None:
    """The way out of a queue often leads into the next."""
    queue.tell("QueueCallerJoin", "QueueCallerLeave")
    queue.tell("QueueCallerJoin", queue="support")
    assert queue.ends == {"timeout_or_other": 1}
    queue.tell("QueueCallerLeave", "AgentConnect", queue="support", holdtime="2")
    assert [row["queue"] for what, row in queue.told if what == "wait"] == ["sales", "support"]
    assert queue.ends == {"timeout_or_other": 1, "answered": 1}


def test_leaving_by_a_key_is_decided_after_a_while(queue: Queue) -> None:
    """What runs before the answer should take less; a later answer is not counted again."""
    queue.tell("QueueCallerJoin", "QueueCallerLeave")
    queue.tick(CONNECT_WITHIN - 1)
    assert queue.told == []
    queue.tick(1)
    assert queue.ends == {"timeout_or_other": 1}
    queue.tell("AgentConnect", holdtime="1")
    assert queue.ends == {"timeout_or_other": 1}


def test_what_the_queue_runs_first_delays_the_answer(queue: Queue) -> None:
    """A gosub or an AGI comes between the leaving and AgentConnect; the hold time is Asterisk's."""
    queue.tell("QueueCallerJoin", "QueueCallerLeave")
    queue.tick(CONNECT_WITHIN - 1)
    queue.tell("AgentConnect", holdtime="0")
    assert (queue.ends, queue.seconds) == ({"answered": 1}, [0.0])


def test_an_abandon_may_come_after_the_leaving(queue: Queue) -> None:
    """What is asked of the channel before it counts."""
    queue.tell("QueueCallerJoin", "QueueCallerLeave", "HangupRequest", "QueueCallerAbandon", "Hangup")
    assert queue.ends == {"abandoned": 1}


def test_an_end_without_a_word_after_a_hangup_request_is_an_abandon(queue: Queue) -> None:
    """If QueueCallerAbandon was lost, the leaving or the hangup still tells."""
    queue.tell("QueueCallerJoin", "HangupRequest", "QueueCallerLeave", "Hangup")
    queue.tell("QueueCallerJoin", "HangupRequest", "Hangup", unique="2")
    assert queue.ends == {"abandoned": 2}


def test_a_second_wait_of_a_channel_is_another_wait(queue: Queue) -> None:
    """It may be answered after the first was not."""
    queue.tell("QueueCallerJoin", "QueueCallerAbandon", "QueueCallerLeave", holdtime="5")
    queue.tell("QueueCallerJoin", "QueueCallerLeave", "AgentConnect", holdtime="2")
    assert queue.ends == {"timeout_or_other": 1, "answered": 1}


def test_an_end_of_a_wait_that_nobody_saw_begin_is_not_told(queue: Queue) -> None:
    """Who left before the first list was read is in no count of joins either."""
    queue.tell("AgentConnect", "Hangup", holdtime="3")
    queue.tell("QueueCallerAbandon", "QueueCallerLeave", unique="2", holdtime="3")
    assert queue.told == []


def test_an_event_of_another_queue_does_not_end_a_wait(queue: Queue) -> None:
    """An answer belongs to the queue that it names."""
    queue.tell("QueueCallerJoin")
    queue.tell("AgentConnect", queue="support", holdtime="1")
    assert queue.told == []


def test_broken_hold_times_are_worked_out(queue: Queue) -> None:
    """From the join on."""
    queue.tell("QueueCallerJoin")
    queue.tick(6)
    queue.tell("AgentConnect", holdtime="soon")
    assert queue.seconds == [6.0]


def test_a_clock_that_was_put_back_gives_no_negative_wait(queue: Queue) -> None:
    """It is 0 then."""
    queue.tell("QueueCallerJoin")
    queue.now -= 100
    queue.tell("QueueCallerLeave", "Hangup")
    assert queue.seconds == [0.0]


def test_the_end_of_a_session_forgets_who_waits(queue: Queue) -> None:
    """How it ended nobody saw."""
    queue.tell("QueueCallerJoin")
    queue.waits.forget()
    queue.tell("AgentConnect", "Hangup", holdtime="1")
    assert queue.told == []
    assert queue.open() == 0


def test_events_without_a_channel_or_a_queue_are_nothing(queue: Queue) -> None:
    """Not even an error."""
    assert list(queue.waits.take("QueueCallerJoin", {"queue": "sales"}, 0)) == []
    assert list(queue.waits.take("QueueCallerJoin", {"uniqueid": "1"}, 0)) == []
    assert queue.open() == 0


def test_what_is_remembered_is_bounded(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the oldest wait is over, so that each is still told once."""
    monkeypatch.setattr(queue_waits, "MOST", 5)
    monkeypatch.setattr(queue_waits, "MOST_ENDING", 5)
    for number in range(20):
        queue.tell("QueueCallerJoin", "HangupRequest", unique=f"{number}")
        queue.tell("HangupRequest", unique=f"x{number}")
    assert queue.open() == 5
    assert queue.ends.total() == 15
    assert len(queue.waits._ending) == 5
