"""Queues: lists and events to counts."""

from __future__ import annotations

import pytest

from exporter.collectors.queues import COLLECTOR
from exporter.metrics.exposition import Writer
from tests.collectors.queue_server import Queues, caller, member, message, queue
from tests.collectors.replay import NOW, Replay
from tests.exporter_process import Page

STATES = (
    "unknown",
    "not_in_use",
    "in_use",
    "busy",
    "invalid",
    "unavailable",
    "ringing",
    "ring_in_use",
    "on_hold",
)


@pytest.fixture
async def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    """A server whose queues have no options."""
    return Queues(monkeypatch)


# -- callers -----------------------------------------------------------------------------------


async def test_an_empty_queue_is_all_zeros(queues: Queues) -> None:
    """What alerts stand on is there before anything happens; without a list nothing is said."""
    assert queues.samples("callers") == {}
    queues.listed(queue())
    for name in ("callers", "longest_wait_seconds", "callers_over_service_level"):
        assert queues.samples(name) == {("sales",): 0}, name
    for name in ("members_paused", "members_available", "joins_total"):
        assert queues.samples(name) == {("sales",): 0}, name
    assert queues.samples("answers_within_service_level_total") == {("sales",): 0}
    assert queues.samples("members") == {("sales", state): 0 for state in STATES}
    for outcome in ("answered", "abandoned", "timeout_or_other"):
        assert queues.value("wait_seconds", "sales", outcome) == 0
    for reason in ("caller", "agent", "transfer"):
        assert queues.value("completions_total", "sales", reason) == 0
    assert queues.value("ring_seconds", "sales") == 0
    assert queues.value("talk_seconds", "sales") == 0


async def test_callers_come_and_go_between_lists(queues: Queues) -> None:
    """The longest wait goes on by itself, and is 0 again when nobody waits."""
    queues.listed(queue(), caller("1", wait=15))
    queues.tell("QueueCallerJoin", Uniqueid="2")
    queues.now += 4
    assert queues.value("callers", "sales") == 2
    assert queues.value("longest_wait_seconds", "sales") == 19
    queues.tell("QueueCallerLeave", Uniqueid="1")
    assert queues.value("callers", "sales") == 1
    assert queues.value("longest_wait_seconds", "sales") == 4
    queues.tell("QueueCallerLeave", Uniqueid="2")
    assert queues.value("longest_wait_seconds", "sales") == 0
    assert queues.value("joins_total", "sales") == 1


async def test_callers_over_the_service_level_are_told_as_time_goes(queues: Queues) -> None:
    """Longer than the level of their own queue."""
    queues.listed(queue(), queue("support", ServiceLevel=60), caller("1", 15), caller("2", 15, "support"))
    queues.now += 5
    assert queues.value("callers_over_service_level", "sales") == 0
    queues.now += 1
    assert queues.value("callers_over_service_level", "sales") == 1
    assert queues.value("callers_over_service_level", "support") == 0


async def test_the_sums_and_settings_of_asterisk(queues: Queues) -> None:
    """As the list says; ratios are no percentages, and no limit is no sample."""
    queues.listed(queue(), queue("small", Max=5))
    expected = {
        "weight": 3,
        "service_level_seconds": 20,
        "calls_completed_total": 7,
        "calls_abandoned_total": 2,
        "hold_average_seconds": 4,
        "talk_average_seconds": 60,
        "service_level_ratio": 0.5,
        "service_level_offered_ratio": 0.25,
    }
    assert {name: queues.value(name, "sales") for name in expected} == expected
    assert queues.samples("callers_limit") == {("small",): 5}
    assert ("sales", "ringall") in queues.samples("info")


# -- waits -------------------------------------------------------------------------------------


async def test_waits_are_told_by_how_they_ended(queues: Queues) -> None:
    """And joins are those that ended and those that wait."""
    queues.listed(queue())
    for unique in "12345":
        queues.tell("QueueCallerJoin", Uniqueid=unique)
    queues.tell("QueueCallerLeave", Uniqueid="1")
    queues.tell("AgentConnect", Uniqueid="1", HoldTime=20, RingTime=3)
    queues.tell("HangupRequest", Uniqueid="2")
    queues.tell("QueueCallerAbandon", Uniqueid="2", HoldTime=9)
    queues.tell("QueueCallerLeave", Uniqueid="2")
    queues.tell("QueueCallerAbandon", Uniqueid="3", HoldTime=30)
    queues.tell("QueueCallerLeave", Uniqueid="3")
    queues.tell("QueueCallerLeave", Uniqueid="4")
    queues.now += 31
    queues.pbx.tick()
    ends = {outcome: queues.value("wait_seconds", "sales", outcome) for outcome in ("answered", "abandoned")}
    assert ends == {"answered": 1, "abandoned": 1}
    assert queues.value("wait_seconds", "sales", "timeout_or_other") == 2
    assert queues.value("answers_within_service_level_total", "sales") == 1
    assert queues.value("callers", "sales") == 1
    assert queues.value("joins_total", "sales") == 5


async def test_a_list_ahead_of_a_caller_who_gives_up(queues: Queues) -> None:
    """The caller is gone from it before the events come, among many hangups of others."""
    queues.listed(queue())
    queues.tell("QueueCallerJoin", Uniqueid="1")
    queues.now += 10
    queues.listed(queue())
    queues.now += 1
    queues.pbx.tick()
    queues.tell("HangupRequest", Uniqueid="1")
    for number in range(2000):
        queues.tell("HangupRequest", Uniqueid=f"x{number}")
    queues.tell("QueueCallerAbandon", Uniqueid="1", HoldTime=10)
    queues.tell("QueueCallerLeave", Uniqueid="1")
    queues.now += 31
    queues.pbx.tick()
    ends = [queues.value("wait_seconds", "sales", end) for end in ("abandoned", "timeout_or_other")]
    assert ends == [1, 0]


async def test_calls_of_members(queues: Queues) -> None:
    """AgentRingNoAnswer tells its ring time in milliseconds, AgentConnect in seconds."""
    queues.listed(queue(), member())
    assert queues.value("member_answers_total", "sales", "Ann") == 0
    queues.tell("AgentConnect", HoldTime=1, RingTime=4)
    queues.tell("AgentRingNoAnswer", RingTime=2500)
    queues.tell("AgentComplete", HoldTime=1, TalkTime=77, Reason="caller")
    expected = {"answers": 1, "missed": 1, "talk_seconds": 77, "ring_seconds": 6.5}
    assert {n: queues.value(f"member_{n}_total", "sales", "Ann") for n in expected} == expected
    assert queues.value("completions_total", "sales", "caller") == 1
    assert queues.value("talk_seconds", "sales") == 1
    assert queues.value("ring_seconds", "sales") == 1


# -- members -----------------------------------------------------------------------------------


async def test_members_by_state(queues: Queues) -> None:
    """Live events carry the whole row, under other names than the list."""
    queues.listed(queue(), member("Ann"), member("Bob", Status=2))
    assert queues.value("members", "sales", "not_in_use") == 1
    queues.tell("QueueMemberStatus", Status=6, Paused=0)
    assert queues.value("members", "sales", "ringing") == 1
    assert queues.value("members", "sales", "not_in_use") == 0
    queues.tell("QueueMemberAdded", MemberName="Eve", Interface="PJSIP/Eve", Status=5, Paused=0)
    assert queues.value("members", "sales", "unavailable") == 1
    queues.tell("QueueMemberRemoved", MemberName="Bob", Interface="PJSIP/Bob", Status=2)
    assert queues.value("members", "sales", "in_use") == 0
    assert queues.samples("member_penalty") == {("sales", "Ann", "PJSIP/Ann"): 1}


async def test_a_paused_member_is_not_available(queues: Queues) -> None:
    """Nor is one that is busy."""
    queues.listed(queue(), member("Ann"), member("Bob", Status=2), member("Eve"))
    assert queues.value("members_available", "sales") == 2
    queues.tell("QueueMemberPause", Status=1, Paused=1, PausedReason="lunch")
    assert queues.value("members_available", "sales") == 1
    assert queues.value("members_paused", "sales") == 1
    assert queues.value("member_paused", "sales", "Ann", "PJSIP/Ann") == 1


async def test_a_member_is_available_when_its_wrap_up_is_over(queues: Queues) -> None:
    """By the clock of the PBX; old versions tell no wrap-up time of members."""
    queues.pbx.clock(100.0)
    queues.listed(queue(), member("Ann", LastCall=int(NOW) + 95, Wrapuptime=10))
    assert queues.value("members_available", "sales") == 0
    queues.now += 6
    assert queues.value("members_available", "sales") == 1
    row = {"Queue": "sales", "Name": "Old", "Location": "SIP/old", "Status": 1, "Paused": 0}
    queues.listed(queue(), message("QueueMember", {**row, "LastCall": int(NOW) + 90}))
    assert queues.value("members_available", "sales") == 1


async def test_a_member_is_in_a_call_from_the_answer_on(queues: Queues) -> None:
    """Until QueueMemberStatus says otherwise: with AgentComplete alone it may have other calls."""
    queues.listed(queue(), member())
    assert queues.value("member_in_call", "sales", "Ann", "PJSIP/Ann") == 0
    queues.tell("AgentConnect", HoldTime=1, RingTime=4)
    assert queues.value("member_in_call", "sales", "Ann", "PJSIP/Ann") == 1
    queues.tell("AgentComplete", HoldTime=1, TalkTime=9, Reason="agent")
    assert queues.value("member_in_call", "sales", "Ann", "PJSIP/Ann") == 1
    queues.tell("QueueMemberStatus", Status=1, InCall=0)
    assert queues.value("member_in_call", "sales", "Ann", "PJSIP/Ann") == 0


async def test_times_that_never_were_are_absent(queues: Queues) -> None:
    """0 is not a time."""
    queues.listed(queue(), member(), member("Bob", LastCall=5, LastPause=6))
    assert queues.samples("member_last_call_timestamp_seconds") == {("sales", "Bob", "PJSIP/Bob"): 5}
    assert queues.samples("member_last_pause_timestamp_seconds") == {("sales", "Bob", "PJSIP/Bob"): 6}
    assert queues.value("member_login_timestamp_seconds", "sales", "Ann", "PJSIP/Ann") == NOW - 900
    assert queues.value("member_calls_taken_total", "sales", "Ann", "PJSIP/Ann") == 5
    assert queues.value("member_state", "sales", "Ann", "PJSIP/Ann", "not_in_use") == 1
    assert queues.value("member_state", "sales", "Ann", "PJSIP/Ann", "in_use") == 0


async def test_pauses_are_counted_by_reason(queues: Queues) -> None:
    """The first fifty that come; none for an empty one."""
    queues.listed(queue(), member())
    for number in range(60):
        queues.tell("QueueMemberPause", Paused=1, PausedReason=f"reason {number}" if number else "")
        queues.now += 2
        queues.pbx.tick()
    queues.tell("QueueMemberPause", Paused=0, PausedReason="")
    seconds = queues.samples("member_pause_seconds_total")
    assert len(seconds) == 51
    assert seconds["sales", "Ann", "none"] == 2
    assert seconds["sales", "Ann", "other"] == 20


# -- what Asterisk really sends ----------------------------------------------------------------


@pytest.mark.parametrize("version", ["16", "22"])
async def test_real_lists_and_events(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every header is read as both versions write it."""
    replay = Replay(monkeypatch)
    replay.play(version, "queues", "waits", "pauses")
    page = Page(replay.page())
    for name in ("state", "paused", "in_call", "penalty", "login_timestamp_seconds"):
        for place in (("support", "Carol", "Local/3@agents"), ("sales", "Dave", "Local/4@agents")):
            labels = dict(zip(("queue", "member", "interface"), place, strict=True))
            assert page.get(f"asterisk_queue_member_{name}", **labels) is not None, name
    available = {"16": 1, "22": 2}[version]  # Carol, and of the others one Bob: they are in calls
    assert page.value("asterisk_queue_members_available", queue="support") == available
    assert page.value("asterisk_queue_info", queue="support", strategy="rrmemory") == 1
    for name, who, value in (("missed", "Fay", 1), ("ring_seconds", "Fay", 3), ("answers", "Gus", 1)):
        assert page.value(f"asterisk_queue_member_{name}_total", queue="desk", member=who) == value, name
    for where, outcome in (("desk", "answered"), ("empty", "abandoned"), ("exit", "timeout_or_other")):
        assert page.value("asterisk_queue_wait_seconds_count", queue=where, outcome=outcome) == 1, where
    assert replay.pbx.unreadable.total() == 0
    assert not [tally.family.name for tally in replay.pbx.tallies.values() if tally.unreadable]


async def test_the_page_is_written(queues: Queues) -> None:
    """All families at once, each with its help."""
    queues.listed(queue(Max=5), member(LastCall=5, LastPause=5), caller())
    queues.tell("QueueMemberPause", Paused=1, PausedReason="")
    text = Writer().write(queues.view.blocks()).decode()
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == {
        family.name for family in COLLECTOR.families
    }
