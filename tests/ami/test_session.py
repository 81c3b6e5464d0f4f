"""The session: questions tied to answers, events handed out, packets that are not what they seem."""

from __future__ import annotations

import re

import pytest

from exporter.ami import ANOMALIES, Action, ConnectionFailed, LocalProtocolError, Message, Reply, Session

from .build import GREETING, Talk, event, packet, pieces


def names(items: list[Message | Reply]) -> list[str]:
    """The names of events, and the words of replies."""
    return [item.response.name if isinstance(item, Reply) else item.name for item in items]


def test_events_that_are_wanted_come_out_in_order_and_the_rest_is_counted() -> None:
    """Only wanted events are parsed; all others are one number."""
    talk = Talk("Newchannel", "Hangup")
    got = talk.hear(event("Newchannel"), event("VarSet"), event("Hangup"), event("VarSet"), event("hangup"))
    assert names(got) == ["Newchannel", "Hangup", "hangup"]
    assert talk.session.events == {"Newchannel": 1, "Hangup": 2}
    assert talk.session.unwanted == 2
    assert talk.anomalies == {}


def test_more_events_can_be_wanted_later() -> None:
    """What was passed over until now comes out from now on."""
    talk = Talk("Newchannel")
    assert talk.hear(event("Hangup")) == []
    talk.session.want(["Hangup"])
    assert names(talk.hear(event("Hangup"), event("Newchannel"))) == ["Hangup", "Newchannel"]


def test_every_event_comes_out_when_all_are_wanted() -> None:
    """A console wants whatever there is."""
    assert names(Talk(every=True).hear(event("A"), event("B"))) == ["A", "B"]


@pytest.mark.parametrize("name", ["\0response", "\0torn", "\0unwanted"])
def test_no_name_of_an_event_is_taken_for_what_we_call_packets(name: str) -> None:
    """And what comes with it comes out, too."""
    talk = Talk(every=True)
    assert "Hangup" in names(talk.hear(event(name), event("Hangup")))


def test_an_answer_is_tied_to_its_question_by_action_id() -> None:
    """The reply carries the action, and events around it stay in their order."""
    talk = Talk("Newchannel")
    talk.ask("Ping")
    assert talk.session.busy
    got = talk.hear(event("Newchannel"), talk.response("Ping: Pong"), event("Newchannel"))
    assert names(got) == ["Newchannel", "Success", "Newchannel"]
    assert isinstance(got[1], Reply)
    assert got[1].action.name == "Ping"
    assert got[1].response.get("Ping") == "Pong"
    assert not talk.session.busy


def test_action_ids_are_short_random_and_never_twice() -> None:
    """More than 60 bytes break the framing of some answers; a caller must not guess them."""
    one, other = Talk(), Talk()
    ids = [one.ask("Ping") for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert all(len(id_) <= 60 and re.fullmatch("[A-Za-z0-9-]+", id_) for id_ in ids)
    token = ids[0].split("-")[0]
    assert len(bytes.fromhex(token)) * 8 >= 64
    assert other.ask("Ping").split("-")[0] != token


def test_only_one_action_is_in_flight() -> None:
    """Asterisk answers one after another, so a second question waits for the first answer."""
    session = Session()
    session.ask(Action("Ping"))
    with pytest.raises(LocalProtocolError):
        session.ask(Action("Ping"))


def test_a_question_that_cannot_be_sent_leaves_the_session_free() -> None:
    """After a refused header the next question goes out."""
    session = Session()
    with pytest.raises(LocalProtocolError):
        session.ask(Action("Getvar", [("Variable", "a\r\nAction: Originate")]))
    assert not session.busy
    assert session.ask(Action("Ping")).startswith(b"Action: Ping\r\nActionID: ")


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("Permission denied", "denied"),
        (
            "Invalid/unknown command: SIPpeers. Use Action: ListCommands to show available commands.",
            "unknown",
        ),
        ("Asterisk is shutting down", "error"),
        ("Channel not specified", "error"),
    ],
)
def test_denied_unknown_and_failed_are_told_apart(text: str, failure: str) -> None:
    """An action that the user may not ask is not one that Asterisk does not have."""
    talk = Talk()
    talk.ask("CoreStatus")
    assert talk.reply(talk.response(f"Message: {text}", word="Error")).failure == failure


def test_a_late_answer_to_a_question_given_up_is_dropped_without_ado() -> None:
    """The next question gets its own answer, and nothing is called an anomaly."""
    talk = Talk("Newchannel")
    talk.ask("CoreShowChannels")
    late = [
        talk.start(),
        talk.item("CoreShowChannel", "Uniqueid: 1"),
        talk.end("CoreShowChannelsComplete", 1),
    ]
    talk.ask("Ping")
    assert names(talk.hear(*late[:2])) == []
    assert names(talk.hear(*late[2:], talk.response())) == ["Success"]
    talk.hear(*late)
    assert talk.anomalies == {}


def test_an_answer_without_action_id_answers_nothing() -> None:
    """It cannot be tied to a question: it may be a caller's text, and the question goes on."""
    talk = Talk()
    talk.ask("Ping")
    assert talk.hear(packet("Response: Error", "Message: Missing action in request")) == []
    assert talk.hear(packet("Response: Success", "ActionID: 1")) == []
    assert talk.session.busy
    assert talk.anomalies == {"forged": 1, "foreign_item": 1}
    assert names(talk.hear(talk.response())) == ["Success"]


@pytest.mark.parametrize(
    "stream",
    [
        b"Event: NewchanEvent: Hangup\r\nPrivilege: call,all\r\nCause: 16\r\n\r\n",
        b"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: xEvent: Hangup\r\nPrivilege: call,all\r\n\r\n",
        b"Event: Newchannel\r\nPrivilege: call,allEvent: Hangup\r\nPrivilege: call,all\r\n\r\n",
        b"Event: NewchResponse: Success\r\nActionID: 1\r\n\r\n",
    ],
)
def test_a_torn_event_is_dropped_with_what_is_glued_to_it(stream: bytes) -> None:
    """Asterisk 15 to 16.25 cuts an event when our socket is full; what follows is whole again."""
    talk = Talk("Newchannel", "Hangup")
    assert names(talk.hear(stream, event("Hangup"))) == ["Hangup"]
    assert talk.anomalies == {"torn": 1}


def test_a_packet_that_is_no_event_and_no_response_is_dropped() -> None:
    """An orphan block is the rest of a packet that a caller broke."""
    talk = Talk("Newchannel")
    assert (
        talk.hear(packet("CallerIDName: x", "Event: Newchannel"), packet("Event"), packet("no colon")) == []
    )
    assert talk.anomalies == {"forged": 3}


def test_a_packet_too_large_is_counted_once_however_it_comes() -> None:
    """The session lives on after it."""
    stream = event("Newchannel", *["A: b"] * 5000) + event("Newchannel")
    for size in (10**6, 1000):
        talk = Talk("Newchannel")
        got = [item for piece in pieces(stream, size) for item in talk.hear(piece)]
        assert names(got) == ["Newchannel"]
        assert talk.anomalies == {"oversize": 1}


def test_a_first_line_that_ends_with_lf_alone_is_read_too() -> None:
    """Within a packet the CR of a line's end is optional."""
    talk = Talk("Newchannel")
    got = talk.hear(b"Event: Newchannel\nPrivilege: call,all\nChannel: a\r\n\r\n")
    assert isinstance(got[0], Message)
    assert got[0].get("Channel") == "a"


def test_what_is_remembered_of_names_that_callers_invent_is_bounded() -> None:
    """A flood of new event names, long ones too, leaves the session as small and as right as before."""
    talk = Talk("Newchannel")
    for start in range(0, 6000, 500):
        talk.hear(*[event(f"X{n}") for n in range(start, start + 500)], event("Y" * 9000 + str(start)))
    remembered = talk.session._names
    assert len(remembered) <= 4096
    assert max(map(len, remembered)) <= 128
    assert names(talk.hear(event("Newchannel"))) == ["Newchannel"]
    assert talk.session.unwanted == 6012


def test_the_greeting_and_what_is_glued_to_it_are_read_in_one_go() -> None:
    """The version is known as soon as the line is whole; no AMI raises."""
    session = Session(["FullyBooted"])
    versions = [session.greeting]
    assert names(session.receive(GREETING + event("FullyBooted"))) == ["FullyBooted"]
    versions.append(session.greeting)
    assert versions == [None, "11.0.0"]
    with pytest.raises(ConnectionFailed):
        Session().receive(b"HTTP/1.1 400 Bad Request\r\n")


def test_every_anomaly_has_a_name_in_the_public_list() -> None:
    """A counter per kind can be shown at zero before anything happens."""
    assert len(set(ANOMALIES)) == len(ANOMALIES) == 6
