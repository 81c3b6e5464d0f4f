"""The fold of calls: channels' events in, calls out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.collectors.folds import calls as module
from exporter.metrics.readers import Row
from tests.collectors.folds.books import CallBook, listed


@pytest.fixture
def book() -> CallBook:
    """A session that began with an empty list."""
    book = CallBook()
    book.read()
    return book


def test_a_call_lasts_from_its_first_channel_to_its_last_hangup(book: CallBook) -> None:
    """Started and answered once, ended with its whole length; each channel has its own."""
    book.tell("Newchannel", "1", "1", "4")
    book.tell("Newchannel", "2", "1", "0", after=2)
    book.tell("Newstate", "2", "1", "6", after=3)
    assert book.count("answered") == 0  # its first channel still rings
    book.tell("Newstate", "1", "1", "6")
    book.tell("Newstate", "1", "1", "6")
    book.tell("Hangup", "1", "1", after=10)
    assert (book.count("ended"), book.open) == (0, 1)
    book.tell("Hangup", "2", "1", after=1)
    assert (book.count("started"), book.count("answered"), book.count("ended"), book.open) == (1, 1, 1, 0)
    assert book.last("ended") == {"how": "hangup", "duration": 16.0, "linkedid": "1"}
    assert book.last("channel") == {"channel": "PJSIP/a-1", "duration": 14.0, "linkedid": "1"}


def test_when_two_calls_merge_the_younger_ends(book: CallBook) -> None:
    """A channel whose Linkedid is another one has moved; the empty call ended as merged, at that moment."""
    book.tell("Newchannel", "1", "1")
    book.tell("Newchannel", "2", "2", after=5)
    book.tell("BridgeEnter", "2", "1", after=1)
    assert book.last("ended")["how"] == "merged"
    assert (book.count("started"), book.count("ended"), book.open) == (2, 1, 1)
    book.tell("Hangup", "1", "1")
    book.tell("Hangup", "2", "1")
    assert (book.count("ended"), book.open) == (2, 0)
    assert book.last("ended")["duration"] == 6.0


def test_in_a_talk_all_channels_are_of_the_call_of_who_comes_in(book: CallBook) -> None:
    """As after a pickup: who picked up is there already, under a Linkedid that no event takes back."""
    book.tell("Newchannel", "1", "1")
    book.tell("Newchannel", "2", "2")
    book.tell("BridgeEnter", "2", "2", bridge="b")
    assert (book.count("ended"), book.open) == (0, 2)
    book.tell("BridgeEnter", "1", "1", bridge="b")
    assert (book.last("ended")["how"], book.open) == ("merged", 1)
    book.tell("BridgeLeave", "2", "1", bridge="b")
    book.tell("Hangup", "2", "1")
    book.tell("Hangup", "1", "1")
    assert (book.count("started"), book.count("ended"), book.open) == (2, 2, 0)


def test_who_is_in_no_talk_keeps_its_call(book: CallBook) -> None:
    """In a conference each caller does; so does a channel that has left, or hung up without leaving."""
    for unique in "1234":
        book.tell("Newchannel", unique, unique)
    book.tell("BridgeEnter", "2", "2", bridge="c", kind="base")
    book.tell("BridgeEnter", "1", "1", bridge="c", kind="base")
    assert book.open == 4
    book.tell("BridgeLeave", "1", "1", bridge="c", kind="base")
    book.tell("BridgeEnter", "3", "3", bridge="b")
    book.tell("BridgeLeave", "3", "3", bridge="b")
    book.tell("BridgeEnter", "4", "4", bridge="b")
    book.tell("Hangup", "4", "4")
    book.tell("BridgeEnter", "1", "1", bridge="b")
    assert (book.open, {row["how"] for name, row in book.told if name == "ended"}) == (3, {"hangup"})


def test_who_was_in_a_talk_before_the_session_is_taken_along(book: CallBook) -> None:
    """The list says in which bridge."""
    book.read(listed("2", "2", "00:01:00", bridge="b"))
    book.tell("Newchannel", "1", "1")
    book.tell("BridgeEnter", "1", "1", bridge="b")
    assert (book.last("ended"), book.open) == ({"how": "merged", "duration": 60.0, "linkedid": "2"}, 1)


def test_a_channel_that_a_list_has_not_any_more_is_active_no_longer(book: CallBook) -> None:
    """As of the list: whether its call has ended, an event may tell yet."""
    book.tell("Newchannel", "1", "1", after=10)
    book.read(after=10)
    assert (book.open, book.held, book.count("ended")) == (0, 1, 0)
    book.tell("Hangup", "1", "1", after=1)
    assert book.last("ended")["how"] == "hangup"


def test_a_call_is_active_until_all_its_channels_are_told_to_hang_up(book: CallBook) -> None:
    """It has not ended then; and it is active again if one of them lives on."""
    book.tell("Newchannel", "1", "1")
    book.tell("Newchannel", "2", "1")
    book.tell("SoftHangupRequest", "1", "1")
    assert book.open == 1
    book.tell("SoftHangupRequest", "2", "1")
    assert (book.open, book.count("ended")) == (0, 0)
    book.tell("BridgeEnter", "2", "1", bridge="b")
    assert book.open == 1


def test_a_call_goes_on_while_one_of_its_channels_has_not_moved(book: CallBook) -> None:
    """As after a pickup by way of a Local channel, whose near half keeps its own Linkedid."""
    book.tell("Newchannel", "1", "1")
    book.tell("Newchannel", "2", "2", channel="Local/5@x-1;1")
    book.tell("Newchannel", "3", "2", channel="Local/5@x-1;2")
    book.tell("Hangup", "3", "1")  # that it had moved is first seen when it goes
    assert (book.count("ended"), book.open) == (0, 2)
    assert book.last("channel")["linkedid"] == "1"
    book.tell("Hangup", "2", "2")
    book.tell("Hangup", "1", "1")
    assert (book.count("ended"), book.open) == (2, 0)


def test_a_hangup_opens_no_call_that_is_over(book: CallBook) -> None:
    """Who picked up and hangs up last names the call that it had come into, which has ended already."""
    book.tell("Newchannel", "1", "1")
    book.tell("Newchannel", "2", "2")
    book.tell("Hangup", "1", "1")
    book.tell("Hangup", "2", "1")
    assert (book.count("started"), book.count("ended"), book.open) == (2, 2, 0)


def test_calls_older_than_the_session_end_too() -> None:
    """They did not start before our eyes, but their length is known from the list."""
    book = CallBook()
    book.read(listed("2", "1", "00:00:50"), listed("1", "1", "00:01:00"), listed("3", "3", "00:00:02", "4"))
    assert (book.count("started"), book.count("answered"), book.open) == (0, 0, 2)
    book.tell("Newstate", "2", "1")
    assert book.count("answered") == 0  # that was before the session
    book.tell("Newstate", "3", "3")
    assert book.count("answered") == 1
    book.tell("Hangup", "1", "1", after=5)
    assert book.last("channel")["duration"] == 65.0
    book.tell("Hangup", "2", "1", after=5)
    assert book.last("ended")["duration"] == 70.0
    assert (book.count("started"), book.count("ended"), book.open) == (0, 1, 1)


def test_before_the_list_a_second_channel_starts_no_call() -> None:
    """Its call is older than the session: only a channel that bears the Linkedid itself is a beginning."""
    book = CallBook()
    book.tell("Newchannel", "9", "1")
    book.tell("Newchannel", "10", "10")
    assert (book.count("started"), book.open) == (1, 2)
    book.read(listed("1", "1", "00:00:30"), listed("9", "1", "00:00:00"), listed("10", "10", "00:00:00"))
    assert (book.count("started"), book.open) == (1, 2)


def test_internal_channels_are_no_calls(book: CallBook) -> None:
    """Neither from events nor from the list."""
    for number, name in enumerate(("CBAnn/1-1;1", "CBRec/1-1;1", "Announcer/x-1;1", "Recorder/x-1;2")):
        book.tell("Newchannel", f"e{number}", f"e{number}", channel=name)
        book.read(listed(f"l{number}", f"l{number}", "00:00:01", channel=name))
    assert (book.told, book.open) == ([], 0)


def test_a_list_finds_what_events_did_not_tell(book: CallBook) -> None:
    """A call of which nothing was heard starts late, and one that is not listed any more ended unseen."""
    book.tell("Newchannel", "1", "1")
    book.read(listed("2", "2", "00:00:20"), after=30)
    book.tick(2)
    assert book.count("ended") == 0
    book.tick(0.1)
    assert (book.count("started"), book.count("answered"), book.count("ended"), book.open) == (2, 2, 1, 1)
    assert book.last("ended")["how"] == "lost"
    book.tell("Hangup", "1", "1")  # of a channel that is gone already
    assert (book.count("channel"), book.open) == (0, 1)


def test_a_list_with_a_broken_duration(book: CallBook) -> None:
    """A channel of unknown age begins when it is found."""
    book.read(listed("1", "1", "soon"), {"uniqueid": "2"})
    assert (book.count("started"), book.open) == (2, 2)
    book.tell("Hangup", "1", "1", after=3)
    assert book.last("ended")["duration"] == 3.0


def test_unknown_and_nameless_channels_change_nothing(book: CallBook) -> None:
    """An event without Uniqueid, and ends of what never began."""
    book.tell("Newchannel", "", "1")
    book.tell("Newstate", "7", "7")
    book.tell("Hangup", "7", "7")
    assert (book.told, book.open) == ([], 0)


def test_the_session_is_over(book: CallBook) -> None:
    """Nothing is held; the next list is of calls that were there before."""
    book.tell("Newchannel", "1", "1")
    book.machine.forget()
    assert book.open == 0
    book.read(listed("1", "1", "00:00:10"), after=10)
    assert (book.count("started"), book.open) == (1, 1)


def test_the_oldest_make_room(book: CallBook, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many channels never hang up, so many are held; the books balance."""
    monkeypatch.setattr(module, "MOST", 10)
    for number in range(25):
        book.tell("Newchannel", str(number), str(number))
    assert (book.count("started"), book.count("ended"), book.open) == (25, 15, 10)


ids = st.sampled_from(["1", "2", "3", "4", "5", ""])
names = st.sampled_from(["PJSIP/a-1", "Local/5@x-1;1", "CBAnn/1-1;1", ""])
events = st.tuples(
    st.sampled_from(["Newchannel", "Newstate", "BridgeEnter", "BridgeLeave", "Hangup", "list", "tick"]),
    ids,
    ids,
    st.sampled_from(["0", "4", "5", "6"]),
    names,
    st.floats(-1, 40),
    st.sampled_from(["", "a", "b"]),
)


@given(st.lists(events, max_size=60), st.integers(2, 50))
def test_the_books_balance_whatever_comes(
    happened: Iterable[tuple[str, str, str, str, str, float, str]], most: int
) -> None:
    """From the first list on: started less ended is the change of calls; nothing ends twice."""
    book = CallBook()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", most)
        book.read()
        rows: list[Row] = []
        for event, unique, call, state, channel, after, bridge in happened:
            if event == "list":
                book.read(*rows, after=after)
                rows = []
            elif event == "tick":
                book.tick(after)
            else:
                rows.append(listed(unique, call, "00:00:05", state, channel, bridge))
                book.tell(event, unique, call, state, channel, after, bridge)
            counts = Counter(name for name, _ in book.told)
            assert counts["started"] - counts["ended"] == book.held <= most
            assert counts["answered"] <= counts["started"]
    assert all(float(row["duration"]) >= 0 for name, row in book.told if name in ("ended", "channel"))
