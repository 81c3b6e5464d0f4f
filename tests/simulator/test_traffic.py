"""The call model: always what its events say, and the same for the same seed."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporter.simulator.actions import answer
from exporter.simulator.company import Size, company
from exporter.simulator.plans import Plan, Planner, busy
from exporter.simulator.requests import Request
from exporter.simulator.timeline import Story, Timeline
from exporter.simulator.traffic import Traffic

from .recorded import START, Log, Replay, listed


@given(
    seed=st.integers(0, 2**32),
    speed=st.sampled_from([0.5, 1.0, 30.0]),
    limit=st.integers(0, 40),
    steps=st.lists(st.floats(0.01, 60.0), min_size=1, max_size=8),
)
@example(seed=1398, speed=0.5, limit=22, steps=[13.0])  # a forwarded call to a far end that says nothing
@settings(max_examples=60, deadline=None)
def test_the_list_is_what_the_events_say(seed: int, speed: float, limit: int, steps: list[float]) -> None:
    """At any moment a listener who heard everything has the list, header by header."""
    log, replay = Log("hq"), Replay()
    traffic = Traffic(
        START, log, seed=seed, speed=speed, calls_per_second=0.5, size=Size(limit), system_name="hq"
    )
    now = START
    for step in steps:
        now += step / speed
        traffic.advance(now)
        for event in log.events:
            replay.take(event)
        log.data.clear()
        assert replay.channels == listed(traffic.switch, now)
        assert len(traffic.switch.channels) <= limit


def run(seed: int, *moments: float) -> list[bytes]:
    """The events of five minutes, moved there by these steps."""
    log = Log()
    traffic = Traffic(START, log, seed=seed, calls_per_second=1.0)
    for moment in (*moments, 300.0):
        traffic.advance(START + moment)
    return log.data


def test_the_same_seed_gives_the_same_run() -> None:
    """Byte for byte, in whatever steps it is moved."""
    assert run(7) == run(7, 0.5, 10.0, 10.0, 123.4)
    assert run(7) != run(8)


def test_speed_changes_when_things_happen_and_nothing_else() -> None:
    """Ten times as fast the same calls come in a tenth of the time."""
    logs = Log(), Log()
    for log, speed in zip(logs, (1.0, 10.0), strict=True):
        Traffic(START, log, seed=5, speed=speed, calls_per_second=1.0).advance(START + 300 / speed)
    slow, fast = (
        [(event.name, event.get("Channel")) for event in log.events if not event.name.startswith("RTCP")]
        for log in logs
    )
    assert slow == fast != []


def test_events_are_stamped_in_order() -> None:
    """Each with the moment at which it was due, however late it was told."""
    log = Log()
    Traffic(START, log, seed=1, calls_per_second=1.0).advance(START + 300)
    stamps = [float(event.fields["timestamp"]) for event in log.events]
    assert START < stamps[0] < stamps[-1] <= START + 300
    assert all(one <= two for one, two in pairwise(stamps))


def test_a_thousand_channels_fit_and_one_more_does_not() -> None:
    """Calls that would be too many do not come, and those that go make room."""
    log = Log()
    traffic = Traffic(START, log, seed=2, calls_per_second=20.0, size=Size(1000))
    most = 0
    for second in range(180):
        traffic.advance(START + second)
        most = max(most, len(traffic.switch.channels))
    assert 900 <= most <= 1000
    assert len(listed(traffic.switch, START + 180)) > 800


def test_a_large_pbx_has_all_its_queues_and_members() -> None:
    """Five thousand of these, forty thousand of those, and calls for them all."""
    traffic = Traffic(START, lambda *_: None, seed=1, calls_per_second=30.0, size=Size(5000, 5000, 40_000))
    traffic.advance(START + 30)
    request = Request({"action": "QueueStatus", "actionid": "1"})
    data = answer(traffic.switch, request, START + 30)
    kinds = [data.count(f"Event: {name}\r\n".encode()) for name in ("QueueParams", "QueueMember")]
    assert kinds[0] == 5000
    assert 39_000 < kinds[1] <= 40_000
    assert any(queue.callers for queue in traffic.switch.queues.queues.values())
    assert len(traffic.switch.channels) > 500


def test_a_day_has_busy_hours() -> None:
    """It begins in the busiest one; at night there is next to nothing, and the next day is like the first."""
    day = [busy(3600.0 * hour) for hour in range(24)]
    assert day[0] == max(day) == 1.0
    assert min(day) == busy(16 * 3600.0) < 0.05
    assert busy(86_400.0 + 1800.0) == busy(1800.0)


def test_nobody_listens_and_calls_go_all_the_same() -> None:
    """Reports of media are made for those alone who want them, and change nothing else."""
    logs = Log(), Log()
    for log, wanted in zip(logs, (True, False), strict=True):
        hears = {"hears_media": lambda wanted=wanted: wanted}
        Traffic(START, log, seed=5, calls_per_second=1.0, **hears).advance(START + 120)  # type: ignore[arg-type]
    names = [[event.name for event in log.events] for log in logs]
    assert [name for name in names[0] if not name.startswith("RTCP")] == names[1]
    assert {"RTCPSent", "RTCPReceived"} <= set(names[0])


def test_calls_come_as_often_as_wanted_and_go_in_every_way() -> None:
    """Two a second for ten minutes; all outcomes, Local channels, and some that linger."""
    log = Log()
    traffic = Traffic(START, log, seed=4, calls_per_second=2.0, size=Size(5000))
    traffic.advance(START + 600)
    events = log.events
    calls = {event.fields["linkedid"] for event in events if event.name == "Newchannel"}
    assert 1000 < len(calls) < 1400
    ends = Counter(event.fields["dialstatus"] for event in events if event.name == "DialEnd")
    assert set(ends) == {"ANSWER", "BUSY", "CANCEL", "CONGESTION", "NOANSWER"}
    names = {event.fields["channel"][:6] for event in events if event.name == "Newchannel"}
    assert names == {"PJSIP/", "Local/"}
    told = {
        e.fields["uniqueid"]: float(e.fields["timestamp"]) for e in events if e.name == "SoftHangupRequest"
    }
    gone = {e.fields["uniqueid"]: float(e.fields["timestamp"]) for e in events if e.name == "Hangup"}
    assert max(gone[key] - told[key] for key in told.keys() & gone) == 32.0


def test_without_calls_nothing_ever_happens() -> None:
    """An idle PBX needs no timer."""
    assert Traffic(START, Log(), calls_per_second=0.0).due is None


def test_what_comes_of_a_call_is_drawn_before_it_starts() -> None:
    """Plans make sense: nobody calls himself, a hold lies within the talk, a forwarded call is no refusal."""
    planner = Planner(random.Random(1), company(Size(2)))
    plans: list[Plan] = [planner.draw() for _ in range(2000)]
    for plan in plans:
        assert plan.target is None or plan.target.name.startswith("carrier") or plan.target != plan.source
        assert plan.hold is None or 0 <= plan.hold[0] <= plan.talk
        assert not plan.forward or plan.outcome in ("answer", "give up")
        assert 0 < plan.ring <= 30
    assert {plan.legs for plan in plans} == {1, 2, 4}


def test_stories_are_told_side_by_side() -> None:
    """Whoever is due first goes on first; of two the one that began to wait first."""
    timeline = Timeline(START)
    told: list[str] = []

    def story(name: str, *pauses: float) -> Story:
        for pause in pauses:
            told.append(name)
            yield pause
        told.append(f"{name}.")

    timeline.tell(story("a", 2.0, 2.0))
    timeline.tell(story("b", 1.0, 3.0))
    assert (told, timeline.due) == (["a", "b"], START + 1)
    timeline.advance(START + 4)
    assert (told, timeline.due, timeline.now) == (["a", "b", "b", "a", "b.", "a."], None, START + 4)
