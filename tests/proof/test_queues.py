"""Queues equal what `queue show` says and what a listener of the tests' own hears, with calls running."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls, Load
from tests.proof.configs import config
from tests.proof.listener import Listener
from tests.proof.run import MOMENTS, PAUSE, PAUSED, Run, quiet

pytestmark = pytest.mark.lab

BUSY = ("support", "sales", "desk", "empty")  # the queues that the run calls
OUTCOMES = ("answered", "abandoned", "timeout_or_other")
WAITS = "asterisk_queue_wait_seconds"


@pytest.mark.parametrize("figure", ["callers", "members", "paused"])
def test_what_is_now_equals_queue_show(run: Run, figure: str) -> None:
    """Callers, members by state and paused members, by live events alone and with a list each second."""
    check = run.checks[figure]
    assert check.moments >= MOMENTS
    assert check.most >= 1, "there was nothing to compare"
    assert check.wrong == []


@pytest.mark.parametrize("figure", ["completed", "abandoned"])
def test_asterisks_own_sums_equal_queue_show(run: Run, figure: str) -> None:
    """Completed and Abandoned, as soon as a list can have told them."""
    check = run.checks[figure]
    assert check.moments >= MOMENTS
    assert check.most >= 1
    assert check.wrong == []


def test_who_joined_has_left_or_waits(run: Run) -> None:
    """Joins are answers, abandoned waits, other ends and who waits now, and each is what was heard."""
    for queue in BUSY:
        outcomes = {
            outcome: run.grown(f"{WAITS}_count", queue=queue, outcome=outcome) for outcome in OUTCOMES
        }
        joins = run.grown("asterisk_queue_joins_total", queue=queue)
        waiting = run.grown("asterisk_queue_callers", queue=queue)
        assert joins == sum(outcomes.values()) + waiting, queue
        assert joins == run.heard.count("QueueCallerJoin", Queue=queue) > 0, queue
        assert waiting == run.heard.waiting(queue), queue
        assert outcomes == run.heard.waits(queue), queue


def test_the_run_had_every_outcome(run: Run) -> None:
    """Answers, givings up and time-outs, waits and rings of more than a second, and missed calls."""
    waits = [run.heard.waits(queue) for queue in BUSY]
    assert all(sum(wait[outcome] for wait in waits) >= 3 for outcome in OUTCOMES)
    assert run.heard.total("AgentConnect", "HoldTime") >= 4
    assert run.heard.total("AgentConnect", "RingTime") >= 4
    assert run.heard.count("AgentRingNoAnswer") >= 2


def test_seconds_of_waiting_ringing_and_talking_equal_what_was_heard(run: Run) -> None:
    """Sums and counts of hold, ring and talk times are those of AgentConnect and AgentComplete."""
    for queue in BUSY:
        for name, event, header, labels in (
            (WAITS, "AgentConnect", "HoldTime", {"outcome": "answered"}),
            ("asterisk_queue_ring_seconds", "AgentConnect", "RingTime", {}),
            ("asterisk_queue_talk_seconds", "AgentComplete", "TalkTime", {}),
        ):
            heard = run.heard.total(event, header, Queue=queue)
            assert run.grown(f"{name}_sum", queue=queue, **labels) == heard, (name, queue)
            assert run.grown(f"{name}_count", queue=queue, **labels) == run.heard.count(event, Queue=queue), (
                name,
                queue,
            )


def test_answers_by_reason_and_member_equal_what_was_heard(run: Run) -> None:
    """Completions by reason, and answers, missed calls, talk and ring seconds of each member."""
    for (queue, reason), count in run.heard.by("AgentComplete", "Queue", "Reason").items():
        assert run.grown("asterisk_queue_completions_total", queue=queue, reason=reason) == count
    for queue, member in run.heard.by("AgentCalled", "Queue", "MemberName"):
        of = {"Queue": queue, "MemberName": member}
        rang = run.heard.total("AgentConnect", "RingTime", **of)
        missed = run.heard.total("AgentRingNoAnswer", "RingTime", **of) / 1000
        expected = {
            "answers": run.heard.count("AgentConnect", **of),
            "missed": run.heard.count("AgentRingNoAnswer", **of),
            "talk_seconds": run.heard.total("AgentComplete", "TalkTime", **of),
            "ring_seconds": pytest.approx(rang + missed),
        }
        for name, value in expected.items():
            grown = run.grown(f"asterisk_queue_member_{name}_total", queue=queue, member=member)
            assert grown == value, (queue, member, name)


def test_asterisk_counts_a_time_out_as_abandoned_and_we_do_not(run: Run) -> None:
    """Abandoned of `queue show` is every QueueCallerAbandon; ours are those who hung up."""
    for queue in BUSY:
        theirs = run.left[queue].abandoned - run.before[queue].abandoned
        assert theirs == run.heard.count("QueueCallerAbandon", Queue=queue), queue
        assert run.grown("asterisk_queue_calls_abandoned_total", of="listing", queue=queue) == theirs, queue
    assert run.grown(f"{WAITS}_count", queue="empty", outcome="abandoned") < run.heard.count(
        "QueueCallerAbandon", Queue="empty"
    )


def test_a_pause_is_seen_at_once_and_its_length_counted(run: Run) -> None:
    """A member is paused by the CLI while calls come: told by the live event, as long as Asterisk says."""
    queue, member, _ = PAUSED
    assert run.pause.ended
    assert max(run.pause.delays) < 2, "no list comes so soon"
    heard = run.heard.pauses(queue, member)
    assert heard == pytest.approx(PAUSE, abs=PAUSE / 2)  # it is made between two looks
    counted = run.grown("asterisk_queue_member_pause_seconds_total", queue=queue, member=member)
    assert counted == pytest.approx(heard, abs=0.5)


def test_giving_up_is_abandoned_and_a_time_out_is_not(asterisk: Asterisk, tmp_path: Path) -> None:
    """Of one who hangs up, one who is sent out after 3 s and one who leaves by a key only the first is."""
    quiet(asterisk, 1)
    text = config(asterisk, collectors="[channels, queues]")
    with ExporterProcess(tmp_path, text) as exporter, Listener(asterisk) as listener:
        exporter.wait_up()
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_queue_callers") is not None, 20)
        for loads, key, outcome, abandons in (
            ((Load("202", 60, 2),), "", "abandoned", 1),
            ((Load("205", 60, 10),), "", "timeout_or_other", 1),
            ((), "Local/206@lab", "timeout_or_other", 0),
        ):
            before, heard = exporter.scrape(), listener.heard()
            with Calls(asterisk, 1, loads):
                if key:
                    asterisk.cli(f"channel originate {key} application SendDTMF w1")
                left = heard.count("QueueCallerLeave") + 1
                heard_after = listener.wait(lambda heard: heard.count("QueueCallerLeave") >= left, 15)  # noqa: B023
                time.sleep(0.5)
                after = exporter.scrape()
            assert _outcomes(after, before) == {**dict.fromkeys(OUTCOMES, 0), outcome: 1}, outcome
            name = "QueueCallerAbandon"
            assert heard_after.count(name) - heard.count(name) == abandons, outcome
            quiet(asterisk, 0.5)


def _outcomes(after: Page, before: Page) -> dict[str, float]:
    name = f"{WAITS}_count"
    return {
        outcome: (after.get(name, outcome=outcome) or 0) - (before.get(name, outcome=outcome) or 0)
        for outcome in OUTCOMES
    }
