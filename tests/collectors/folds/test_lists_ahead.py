"""Lists that are ahead of the events, or a little older: dials and calls."""

from __future__ import annotations

import pytest

from exporter.collectors.folds.dials import ELSEWHERE
from tests.collectors.folds.books import CallBook, DialBook, listed


@pytest.fixture
def calls() -> CallBook:
    """A session that began with an empty list."""
    book = CallBook()
    book.read()
    return book


# -- dials -------------------------------------------------------------------------------------


def test_a_list_ends_what_hung_up_unseen() -> None:
    """A dial whose channel is not listed is over after a while, unless the list may be older than it."""
    book = DialBook()
    book.begin("2")
    book.begin("3")
    book.begin("4")
    book.end("4", "ANSWER")
    book.begin("5", after=10)
    book.read("2", after=1)
    book.tick(2)
    assert (book.open, book.results) == (["PJSIP/t-2", "PJSIP/t-3", "PJSIP/t-5"], ["ANSWER"])
    book.tick(0.1)
    assert (book.open, book.results) == (["PJSIP/t-2", "PJSIP/t-5"], ["ANSWER", ""])
    book.hang_up("4", after=5)
    assert book.seconds("talked") == []


@pytest.mark.parametrize(
    ("status", "cause", "result"),
    [
        *((status, "17", status) for status in ("BUSY", "CONGESTION", "NOANSWER", "CHANUNAVAIL")),
        ("CANCEL", "16", "CANCEL"),
        ("CANCEL", "26", ELSEWHERE),
        ("", "26", ELSEWHERE),
        ("", "19", ""),
    ],
)
@pytest.mark.parametrize("late", [0.05, 1.9])
def test_a_list_ahead_of_the_end(status: str, cause: str, result: str, late: float) -> None:
    """The channel is gone from the list before its DialEnd and Hangup come: these say how it ended."""
    book = DialBook()
    book.begin("2")
    book.read(after=10)
    book.tick(0)
    book.now += late
    if status:
        book.end("2", status)
    book.hang_up("2", cause)
    book.tick(10)
    assert (book.results, book.open) == ([result], [])


def test_a_list_ahead_of_an_answered_dial() -> None:
    """A short talk may be over before its answer is told; one that lasts ends with its hangup."""
    book = DialBook()
    book.begin("2")
    book.begin("3")
    book.end("3", "ANSWER")
    book.read(after=10)
    book.tick(1)
    book.end("2", "ANSWER")
    book.hang_up("2", after=0.5)
    book.hang_up("3")
    book.tick(10)
    assert (book.results, book.seconds("talked")) == (["ANSWER", "ANSWER"], [0.5, 11.5])


def test_a_dialled_channel_that_is_there_again() -> None:
    """An event of it, or a later list, takes back what a list seemed to say."""
    book = DialBook()
    for leg in "234":
        book.begin(leg)
    book.end("4", "ANSWER")
    book.read(after=10)
    book.tell("Newstate", 1, uniqueid="2", channelstate="5")
    book.read("3", "4", "2", after=0.5)
    book.tick(10)
    assert (book.open, book.results) == (["PJSIP/t-2", "PJSIP/t-3"], ["ANSWER"])
    book.hang_up("4", after=1)
    assert book.seconds("talked") == [22.5]


def test_lists_in_quick_succession() -> None:
    """The first that lacks a channel counts, not the last: else nothing would end."""
    book = DialBook()
    book.begin("2")
    book.now += 10
    for _ in range(4):
        book.read(after=1)
        book.tick(0)
    assert book.results == [""]


# -- calls -------------------------------------------------------------------------------------


def test_a_list_is_no_judge_of_a_channel_just_born(calls: CallBook) -> None:
    """It can be a little older than the event."""
    calls.tell("Newchannel", "1", "1")
    calls.read(after=1)
    calls.tick(10)
    assert (calls.count("ended"), calls.open) == (0, 1)


def test_a_list_is_no_judge_of_a_channel_just_moved(calls: CallBook) -> None:
    """It may have been made before the calls merged."""
    calls.tell("Newchannel", "1", "1")
    calls.tell("Newchannel", "2", "2")
    calls.tell("BridgeEnter", "2", "1", after=10)
    calls.read(listed("1", "1", "00:00:10"), listed("2", "2", "00:00:10"), after=1)
    calls.tick(10)
    assert (calls.count("started"), calls.count("ended"), calls.open) == (2, 1, 1)


@pytest.mark.parametrize("late", [0.05, 1.9])
def test_a_list_ahead_of_the_hangup(calls: CallBook, late: float) -> None:
    """The channels are gone from it before their events come: they hung up, with their whole length."""
    calls.tell("Newchannel", "1", "1", "4")
    calls.tell("Newchannel", "2", "1", "0")
    calls.read(after=10)
    calls.tick(0)
    calls.tell("Newstate", "1", "1", "6", after=late)
    calls.tell("Hangup", "2", "1")
    calls.tell("Hangup", "1", "1")
    calls.tick(10)
    assert (calls.count("answered"), calls.count("channel"), calls.count("ended"), calls.open) == (1, 2, 1, 0)
    assert calls.last("ended") == {"how": "hangup", "duration": pytest.approx(10 + late), "linkedid": "1"}


def test_a_list_ahead_of_a_merge(calls: CallBook) -> None:
    """Events that come late still bear the old Linkedid: no call ends twice or begins again."""
    calls.tell("Newchannel", "1", "1")
    calls.tell("Newchannel", "2", "2")
    calls.read(listed("1", "1", "00:00:10"), listed("2", "1", "00:00:10"), after=10)
    calls.tell("Newstate", "2", "2", after=0.1)
    calls.tell("BridgeEnter", "2", "1", after=0.1)
    calls.tick(10)
    assert (calls.count("started"), calls.count("ended"), calls.open) == (2, 1, 1)
    assert calls.last("ended")["how"] == "merged"


def test_a_channel_that_is_there_again(calls: CallBook) -> None:
    """An event of it, or a later list, takes back what a list seemed to say."""
    calls.tell("Newchannel", "1", "1")
    calls.tell("Newchannel", "2", "2")
    calls.read(after=10)
    calls.tell("Hold", "1", "1", after=1)
    calls.read(listed("1", "1", "00:00:11"), listed("2", "2", "00:00:11"), after=0.5)
    calls.tick(10)
    assert (calls.count("ended"), calls.open) == (0, 2)


def test_a_list_tells_of_a_merge_that_no_event_told(calls: CallBook) -> None:
    """The Linkedid of a listed channel counts as that of an event does, if none comes."""
    calls.tell("Newchannel", "1", "1")
    calls.tell("Newchannel", "2", "2")
    calls.read(listed("1", "1", "00:00:10"), listed("2", "1", "00:00:10"), after=10)
    calls.tick(2.1)
    assert (calls.last("ended")["how"], calls.open) == ("merged", 1)
