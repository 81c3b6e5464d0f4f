"""The fold of dials: what each leg went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.collectors.folds import dials as module
from exporter.collectors.folds.dials import ELSEWHERE
from tests.collectors.folds.books import DialBook


def test_a_dial_that_is_answered() -> None:
    """Delay until it rings, time until the answer, talk until its channel hangs up."""
    book = DialBook()
    book.begin("2")
    assert book.open == ["PJSIP/t-2"]
    book.tell("Newstate", 1, uniqueid="2", channelstate="5")
    book.tell("DialState", 1, destuniqueid="2", dialstatus="RINGING")
    book.end("2", "ANSWER", after=2)
    assert (book.results, book.open) == (["ANSWER"], [])
    book.hang_up("2", after=30)
    assert [book.seconds(what) for what in ("heard", "answered", "talked")] == [[1.0], [4.0], [30.0]]
    assert book.told[-1] == ("talked", {"destchannel": "PJSIP/t-2", "linkedid": "1", "seconds": 30.0})


@pytest.mark.parametrize("status", ["RINGING", "PROGRESS"])
def test_the_far_end_is_heard_by_dial_state(status: str) -> None:
    """Early media counts as ringing does; that the call proceeds does not."""
    book = DialBook()
    book.begin("2")
    book.tell("DialState", 1, destuniqueid="2", dialstatus="PROCEEDING")
    book.tell("DialState", 1, destuniqueid="2", dialstatus=status)
    assert book.seconds("heard") == [2.0]


def test_an_answer_without_ringing() -> None:
    """Then the answer is the first that is heard."""
    book = DialBook()
    book.begin("2")
    book.end("2", "ANSWER", after=3)
    assert (book.seconds("heard"), book.seconds("answered")) == ([3.0], [3.0])


@pytest.mark.parametrize("status", ["BUSY", "CONGESTION", "NOANSWER", "CHANUNAVAIL", "DONTCALL"])
def test_a_dial_that_fails(status: str) -> None:
    """It ends at once, and nothing was talked."""
    book = DialBook()
    book.begin("2")
    book.end("2", status)
    book.hang_up("2", "17")
    assert (book.results, book.seconds("talked"), book.open) == ([status], [], [])


def test_a_losing_leg_of_a_ring_all() -> None:
    """Two DialEnds, and the hangup says that another was faster: one result."""
    book = DialBook()
    book.begin("2")
    book.begin("3")
    book.end("2", "ANSWER")
    book.end("3", "CANCEL")
    book.end("3", "CANCEL")
    assert book.open == ["PJSIP/t-3"]
    book.hang_up("3", "26")
    book.tick(10)
    assert book.results == ["ANSWER", ELSEWHERE]


def test_a_fork_whose_loser_ends_before_the_winner_answers() -> None:
    """The order of Dial: the loser is cancelled first, and hangs up after the answer."""
    book = DialBook()
    book.begin("2")
    book.begin("3")
    book.end("3", "CANCEL")
    book.end("2", "ANSWER")
    book.hang_up("3", "26")
    assert book.results == ["ANSWER", ELSEWHERE]


@pytest.mark.parametrize("cause", ["0", "16", ""])
def test_a_caller_who_gives_up(cause: str) -> None:
    """A plain cancel."""
    book = DialBook()
    book.begin("2")
    book.end("2", "CANCEL")
    book.hang_up("2", cause)
    assert book.results == ["CANCEL"]


def test_a_cancelled_leg_that_does_not_hang_up() -> None:
    """It is not waited for longer than 2 s, and ends once."""
    book = DialBook()
    book.begin("2")
    book.end("2", "CANCEL")
    book.tick(1)
    assert book.results == []
    book.tick(1.5)
    book.hang_up("2", "26")
    assert (book.results, book.open) == (["CANCEL"], [])


def test_a_member_who_does_not_answer() -> None:
    """NOANSWER, and a CANCEL after it that says nothing new."""
    book = DialBook()
    book.begin("2")
    book.end("2", "NOANSWER")
    book.end("2", "CANCEL")
    book.hang_up("2", "26")
    assert book.results == ["NOANSWER"]


def test_a_pickup() -> None:
    """The leg that rang gets no DialEnd, who picks up gets one without DialBegin: no dial."""
    book = DialBook()
    book.begin("2")
    book.hang_up("2", "26")
    book.end("9", "ANSWER")
    book.hang_up("9", after=5)
    assert (book.results, book.seconds("answered"), book.seconds("talked")) == ([ELSEWHERE], [], [])


def test_a_dial_that_hangs_up_without_an_end() -> None:
    """As of Originate whose far side ends it: it has no result that Asterisk names."""
    book = DialBook()
    book.begin("2")
    book.hang_up("2", "19")
    assert (book.results, book.open) == ([""], [])


def test_a_dial_without_a_caller() -> None:
    """Originate dials for nobody: the call is that of the channel dialled."""
    book = DialBook()
    book.tell("DialBegin", destuniqueid="2", destchannel="PJSIP/a-2", destlinkedid="7")
    assert book.told == [("began", {"destchannel": "PJSIP/a-2", "linkedid": "7"})]
    book.tell("DialBegin", destuniqueid="3", destchannel="PJSIP/a-3")
    assert book.told[-1][1]["linkedid"] == "3"


def test_the_same_dial_told_again() -> None:
    """A dial begins once, in progress or talking; one without DestUniqueid never."""
    book = DialBook()
    for _ in range(2):
        book.begin("2")
    book.end("2", "ANSWER")
    book.begin("2")
    book.tell("DialBegin", uniqueid="1")
    assert [name for name, _ in book.told] == ["began", "heard", "answered", "ended"]


def test_the_session_is_over() -> None:
    """What was in progress or talked is dropped."""
    book = DialBook()
    book.begin("2")
    book.begin("3")
    book.end("3", "ANSWER")
    book.begin("4")
    book.end("4", "CANCEL")
    book.machine.forget()
    told = list(book.told)
    book.tick(10)
    for leg in "234":
        book.hang_up(leg)
    assert (book.open, book.told) == ([], told)


def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many dials and talks never end, so many are held, and the books balance."""
    monkeypatch.setattr(module, "MOST", 10)
    book = DialBook()
    for number in range(25):
        book.begin(f"d{number}")
    assert (len(book.open), len(book.results)) == (10, 15)
    for number in range(25):
        book.begin(f"t{number}")
        book.end(f"t{number}", "ANSWER")
    for number in range(25):
        book.hang_up(f"t{number}")
    assert len(book.seconds("talked")) == 10


ids = st.sampled_from(["1", "2", "3", "4", ""])
happenings = st.tuples(
    st.sampled_from(["DialBegin", "DialState", "Newstate", "DialEnd", "Hangup", "tick", "list"]),
    ids,
    st.sampled_from(["ANSWER", "CANCEL", "NOANSWER", "RINGING", "x", ""]),
    st.sampled_from(["0", "16", "26", ""]),
    st.floats(-1, 5),
)


@given(st.lists(happenings, max_size=80), st.integers(1, 20))
def test_the_books_balance_whatever_comes(
    happened: Iterable[tuple[str, str, str, str, float]], most: int
) -> None:
    """Dials are results and those in progress; an answer is an answered dial; no time is negative."""
    book = DialBook()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", most)
        for event, leg, status, cause, after in happened:
            if event == "tick":
                book.tick(after)
            elif event == "list":
                book.read(leg, after=after)
            else:
                fields = {"destuniqueid": leg, "uniqueid": leg, "dialstatus": status}
                book.tell(event, after, cause=cause, channelstate="5", **fields)
            counts = Counter(name for name, _ in book.told)
            assert counts["began"] == counts["ended"] + len(book.open)
            assert len(book.open) <= most
            assert counts["answered"] == book.results.count("ANSWER") >= counts["talked"]
            assert counts["heard"] <= counts["began"]
    assert all(seconds >= 0 for what in ("heard", "answered", "talked") for seconds in book.seconds(what))
