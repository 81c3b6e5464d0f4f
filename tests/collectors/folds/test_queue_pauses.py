"""Pauses of members: events in, seconds by reason out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ami import Message
from exporter.ami.codec import Decoder
from exporter.collectors.folds import queue_pauses
from exporter.collectors.folds.queue_pauses import EVENTS, Pauses
from exporter.metrics.folds import Told
from exporter.metrics.readers import Row

WIRE = Path(__file__).parent.parent.parent / "wire"


class Desk:
    """The fold, and the seconds that it has told by member and reason."""

    def __init__(self) -> None:
        self.pauses = Pauses()
        self.now = 1000.0
        self.seconds: Counter[tuple[object, object]] = Counter()

    def add(self, told: list[Told]) -> None:
        for what, row in told:
            assert what == "pause"
            assert row["queue"] == "sales"
            assert isinstance(row["seconds"], float)
            assert row["seconds"] >= 0
            self.seconds[row["member"], row["reason"]] += row["seconds"]  # type: ignore[assignment]

    def tell(self, paused: str, reason: str = "", member: str = "Ann", event: str = EVENTS[0]) -> None:
        fields = {"queue": "sales", "membername": member, "interface": f"PJSIP/{member}"}
        fields |= {"paused": paused, "pausedreason": reason}
        self.add(list(self.pauses.take(event, fields, self.now)))

    def listed(self, *rows: Row) -> None:
        self.add(list(self.pauses.listed("queue_members", rows, self.now)))

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.add(list(self.pauses.tick(self.now)))


def member(name: str, paused: str, reason: str = "") -> Row:
    row = {"queue": "sales", "location": f"PJSIP/{name}", "name": name}
    return row | {"paused": paused, "pausedreason": reason}


@pytest.fixture
def desk() -> Desk:
    """Nobody pauses."""
    return Desk()


def test_a_pause_grows_while_it_lasts_and_is_exact_at_its_end(desk: Desk) -> None:
    """Its series is there as 0 when it begins; the reason is that of the beginning."""
    desk.tell("1", "lunch")
    assert desk.seconds == {("Ann", "lunch"): 0}
    for _ in range(14):
        desk.tick(1)
    assert desk.seconds == {("Ann", "lunch"): 0}
    desk.tick(1)
    desk.tick(1)
    assert desk.seconds == {("Ann", "lunch"): 15}
    desk.now += 0.25
    desk.tell("0")
    desk.tick(5)
    assert desk.seconds == {("Ann", "lunch"): 16.25}


def test_pauses_are_seldom_told(desk: Desk) -> None:
    """Each second nothing, each 15 s a part: what is told is work for the exporter."""
    for number in range(10):
        desk.tell("1", "", f"{number}")
    told = 0
    for _ in range(60):
        desk.now += 1
        parts = list(desk.pauses.tick(desk.now))
        told += len(parts)
        desk.add(parts)
        assert all(desk.now - 1000 - seconds < 15 for seconds in desk.seconds.values())
    assert told == 10 * 4


def test_a_pause_told_twice_is_one_pause(desk: Desk) -> None:
    """And an end told twice is one end."""
    desk.tell("1", "lunch")
    desk.now += 2
    desk.tell("1", "lunch")
    desk.now += 2
    desk.tell("0")
    desk.tell("0")
    assert desk.seconds == {("Ann", "lunch"): 4}


def test_another_reason_is_another_pause(desk: Desk) -> None:
    """Each gets its own time."""
    desk.tell("1", "lunch")
    desk.now += 3
    desk.tell("1", "training")
    desk.now += 4
    desk.tell("0")
    assert desk.seconds == {("Ann", "lunch"): 3, ("Ann", "training"): 4}


def test_a_pause_from_before_the_session_counts_from_the_list_on(desk: Desk) -> None:
    """What was before is not known to be one pause."""
    desk.listed(member("Ann", "1", "lunch"), member("Bob", "0"))
    desk.tick(3)
    desk.tell("0")
    desk.tick(5)
    assert desk.seconds == {("Ann", "lunch"): 3}


def test_a_list_ends_begins_and_changes_pauses(desk: Desk) -> None:
    """Its truth replaces what was thought; an end is not told before events had time to come."""
    for name in ("Ann", "Bob", "Eve"):
        desk.tell("1", "lunch", name)
    desk.now += 13
    desk.listed(member("Ann", "0"), member("Bob", "1", "training"))  # and Eve is gone
    desk.tick(2)
    assert len(list(desk.pauses.rows(""))) == 3
    desk.tick(3)
    desk.tell("0", member="Bob")
    assert desk.seconds == {
        ("Ann", "lunch"): 13,
        ("Bob", "lunch"): 13,
        ("Bob", "training"): 5,
        ("Eve", "lunch"): 13,
    }


def test_a_list_ahead_of_the_end(desk: Desk) -> None:
    """The event that comes late is the end, and the end is told once."""
    for name in ("Ann", "Bob"):
        desk.tell("1", "lunch", name)
    desk.tick(10)
    desk.listed(member("Ann", "0"))
    desk.now += 0.5
    desk.tell("0", member="Ann")
    desk.tell("1", member="Bob", event="QueueMemberRemoved")
    desk.tick(20)
    assert desk.seconds == {("Ann", "lunch"): 10.5, ("Bob", "lunch"): 10.5}


def test_a_pause_that_goes_on_after_all(desk: Desk) -> None:
    """A later list or an event takes back what a list seemed to say; no second is missing."""
    for name in ("Ann", "Bob"):
        desk.tell("1", "lunch", name)
    desk.tick(14)
    desk.listed()
    desk.tick(1)
    desk.tell("1", "lunch", "Ann")
    desk.listed(member("Ann", "1", "lunch"), member("Bob", "1", "lunch"))
    desk.tick(20)
    for name in ("Ann", "Bob"):
        desk.tell("0", member=name)
    assert desk.seconds == {("Ann", "lunch"): 35, ("Bob", "lunch"): 35}


def test_a_list_is_no_judge_of_a_pause_just_begun(desk: Desk) -> None:
    """It may be a little older, and then knows neither the pause nor its reason."""
    desk.tell("1", "lunch", "Ann")
    desk.tell("1", "training", "Bob")
    desk.now += 1
    desk.listed(member("Ann", "0"), member("Bob", "1", "lunch"))
    desk.tick(5)
    for name in ("Ann", "Bob"):
        desk.tell("0", member=name)
    assert desk.seconds == {("Ann", "lunch"): 6, ("Bob", "training"): 6}


def test_a_removed_member_pauses_no_more(desk: Desk) -> None:
    """Who is added paused does."""
    desk.tell("1", event="QueueMemberAdded")
    desk.now += 2
    desk.tell("1", event="QueueMemberRemoved")
    desk.tick(5)
    assert desk.seconds == {("Ann", ""): 2}


def test_the_end_of_a_session_is_the_end_of_what_is_known(desk: Desk) -> None:
    """The seconds up to its last tick are told at the next one, and once."""
    desk.tell("1", "lunch")
    desk.tell("1", "lunch", "Bob")
    desk.tick(16)
    desk.listed(member("Ann", "1", "lunch"))
    desk.tick(1)
    desk.pauses.forget()
    assert list(desk.pauses.rows("")) == []
    for _ in range(2):
        desk.tick(5)
        assert desk.seconds == {("Ann", "lunch"): 17, ("Bob", "lunch"): 16}


def test_a_clock_that_was_put_back_takes_nothing_away(desk: Desk) -> None:
    """Nor does it count a second twice from then on."""
    desk.tell("1")
    desk.tick(10)
    desk.tick(-5)
    desk.tick(2)
    desk.tell("0")
    assert desk.seconds == {("Ann", ""): 12}


def test_events_without_a_member_are_nothing(desk: Desk) -> None:
    """Not even an error; nor is one that does not say whether the member pauses."""
    desk.add(list(desk.pauses.take("QueueMemberPause", {"queue": "sales", "paused": "1"}, 0)))
    desk.add(list(desk.pauses.take("QueueMemberPause", {"queue": "sales", "interface": "x"}, 0)))
    assert list(desk.pauses.rows("")) == []


def test_what_is_remembered_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a pause is not counted."""
    monkeypatch.setattr(queue_pauses, "MOST", 3)
    for number in range(9):
        desk.tell("1", "", f"{number}")
    assert len(list(desk.pauses.rows(""))) == 3


names = st.sampled_from(("Ann", "Bob"))
step = st.one_of(
    st.tuples(st.sampled_from(EVENTS), names, st.sampled_from("01"), st.sampled_from(("", "lunch"))),
    st.lists(st.tuples(names, st.sampled_from("01")), max_size=3),
    st.floats(0, 3),
)


@given(st.lists(step, max_size=40))
def test_in_any_order_nobody_pauses_longer_than_time_passes(steps: list[object]) -> None:
    """All reasons of a member together, whatever comes twice or never."""
    desk = Desk()
    for one in steps:
        if isinstance(one, float):
            desk.tick(one)
        elif isinstance(one, list):
            desk.listed(*(member(name, paused) for name, paused in one))
        else:
            assert isinstance(one, tuple)
            event, name, paused, reason = one
            desk.tell(paused, reason, name, event)
        for name in ("Ann", "Bob"):
            total = sum(seconds for (who, _), seconds in desk.seconds.items() if who == name)
            assert total <= desk.now - 1000 + 1e-9
        assert len(list(desk.pauses.rows(""))) <= 2


@pytest.mark.parametrize(("version", "lunch", "none"), [("16", 2.253, 0.169), ("22", 2.33, 0.169)])
def test_real_pauses(version: str, lunch: float, none: float) -> None:
    """One with a reason, one without, as long as the time stamps say."""
    pauses, seconds = Pauses(), Counter[object]()
    for packet in Decoder().feed((WIRE / version / "pauses.ami").read_bytes()):
        message = Message(packet)
        for _, row in pauses.take(message.name, message.fields, float(message.fields["timestamp"])):
            assert isinstance(row["seconds"], float)
            seconds[row["reason"]] += row["seconds"]  # type: ignore[assignment]
            assert (row["queue"], row["member"]) == ("support", "Carol")
    assert seconds == {"lunch": pytest.approx(lunch, abs=0.001), "": pytest.approx(none, abs=0.001)}
