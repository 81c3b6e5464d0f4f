"""What a caller can write into the stream, as seen on a real Asterisk, and what comes of it."""

from __future__ import annotations

import pytest

from exporter.ami import Message, Reply

from .build import Talk, event

OWN = ("Newchannel", "Shutdown", "UserEvent", "QueueEntry")


def entry(talk: Talk, number: str, position: int = 1) -> bytes:
    """A QueueEntry as app_queue prints it: the caller's number is not escaped, our ActionID stands last."""
    lines = [
        "Event: QueueEntry",
        "Queue: sales",
        f"Position: {position}",
        "Channel: PJSIP/a-1",
        "Uniqueid: 1.1",
    ]
    lines += [f"CallerIDNum: {number}", "CallerIDName: unknown", "ConnectedLineNum: unknown", "Wait: 1"]
    return "\r\n".join([*lines, f"ActionID: {talk.id}"]).encode() + b"\r\n\r\n"


def queue_status(number: str) -> tuple[Talk, list[Message | Reply]]:
    """Ask for the queues while a caller with this number waits."""
    talk = Talk(*OWN)
    talk.ask("QueueStatus")
    end = talk.end("QueueStatusComplete", 2)
    got = talk.hear(talk.start(), entry(talk, "100"), entry(talk, number), end)
    return talk, got


def test_a_second_identity_header_changes_nothing() -> None:
    """Event, Response, ActionID, EventList and Privilege: the first is Asterisk's own."""
    talk = Talk(*OWN)
    tricks = ["Event: Shutdown", "Response: Success", "ActionID: 1", "EventList: Complete"]
    (got,) = talk.hear(event("UserEvent", "UserEvent: x", *tricks))
    assert isinstance(got, Message)
    assert (got.name, got.kind, talk.anomalies) == ("UserEvent", "Event", {})


def test_an_action_id_inside_an_event_answers_nothing() -> None:
    """Even who knew our ActionID could not answer with an event of his."""
    talk = Talk(*OWN)
    talk.ask("Ping")
    got = talk.hear(event("UserEvent", "UserEvent: x", "ActionID: 1", f"ActionID: {talk.id}"))
    assert got == []
    assert talk.session.busy
    assert talk.anomalies == {"foreign_item": 1}


@pytest.mark.parametrize("guess", ["1", "0000000000000000-1", "x" * 60])
def test_an_action_id_that_was_guessed_is_foreign(guess: str) -> None:
    """A forged item with a guessed ActionID stays outside the list, which is not believed."""
    _, got = queue_status(f"12\r\n\r\nEvent: QueueEntry\r\nQueue: sales\r\nActionID: {guess}")
    (reply,) = got
    assert isinstance(reply, Reply)
    assert reply.anomaly
    assert [item.get("Position") for item in reply.items] == ["1"]


@pytest.mark.parametrize(
    "header", ["Uniqueid: 6.6", "Linkedid: 6.6", "Cause: 16", "Channel: PJSIP/x", "Exten: 1"]
)
def test_a_header_smuggled_into_a_channel_event_makes_it_unbelievable(header: str) -> None:
    """CallerIDNum stands before the real Uniqueid: no rule by position is safe, so the event is dropped."""
    name = header.split(":")[0]
    talk = Talk(*OWN)
    forged = event("Newchannel", f"CallerIDNum: 12\r\n{header}", f"{name}: real")
    assert talk.hear(forged) == []
    assert talk.anomalies == {"duplicate_header": 1}


def test_a_new_header_smuggled_into_an_event_does_no_harm() -> None:
    """A header that Asterisk does not write is a header that nobody reads."""
    talk = Talk(*OWN)
    (got,) = talk.hear(event("Newchannel", "CallerIDNum: 12\r\nX-InjNum: 1", "Uniqueid: 1.1"))
    assert isinstance(got, Message)
    assert got.get("Uniqueid") == "1.1"


def test_a_shutdown_forged_inside_a_queue_entry_is_no_event() -> None:
    """As seen on 22.10: it lacks Privilege, and the tail of the entry is an orphan with our ActionID."""
    talk, got = queue_status("12\r\n\r\nEvent: Shutdown\r\nShutdown: Cleanly\r\nRestart: False\r\n\r\nX: 1")
    (reply,) = got
    assert isinstance(reply, Reply)
    assert reply.anomaly == "forged"
    assert talk.anomalies["forged"] >= 2


def test_an_entry_that_a_caller_replaced_by_another_is_noticed() -> None:
    """The tail of the real entry makes a perfect item of the forged head; the real head gives it away."""
    forged = "12\r\n\r\nEvent: QueueEntry\r\nQueue: vip\r\nPosition: 1\r\nUniqueid: 6.6\r\nX: y"
    for wanted in (True, False):
        talk = Talk(*OWN) if wanted else Talk("Newchannel")
        talk.ask("QueueStatus")
        got = talk.hear(talk.start(), entry(talk, forged), talk.end("QueueStatusComplete", 1))
        (reply,) = got
        assert isinstance(reply, Reply)
        assert reply.anomaly == "forged"


def test_an_end_forged_inside_a_list_does_not_end_it() -> None:
    """The end of a list carries our ActionID, which a caller does not know."""
    _, got = queue_status(
        "12\r\n\r\nEvent: QueueStatusComplete\r\nEventList: Complete\r\nListItems: 1\r\n\r\nX: 1"
    )
    (reply,) = got
    assert isinstance(reply, Reply)
    assert reply.anomaly
    assert len(reply.items) == 1


def test_a_duplicate_inside_an_item_makes_the_list_unbelievable() -> None:
    """The item is dropped and the answer says that it is not to be used."""
    _, got = queue_status("12\r\nQueue: vip")
    (reply,) = got
    assert isinstance(reply, Reply)
    assert (reply.anomaly, len(reply.items)) == ("duplicate_header", 1)


def test_a_response_forged_by_a_caller_answers_nothing() -> None:
    """Without our ActionID a response is text."""
    talk = Talk(*OWN)
    talk.ask("Ping")
    forged = event(
        "Newchannel", "CallerIDNum: 1\r\n\r\nResponse: Error\r\nMessage: Permission denied\r\n\r\nX: 1"
    )
    got = talk.hear(forged)
    assert [item for item in got if isinstance(item, Reply)] == []
    assert talk.session.busy
    assert talk.anomalies == {"forged": 2}


def test_the_text_of_a_command_cannot_be_forged_to_hide_what_follows() -> None:
    """A forged start of a CLI answer is a response like any other, and the next event is heard."""
    talk = Talk(*OWN)
    forged = event("Newchannel", "CallerIDNum: 1\r\n\r\nResponse: Follows\r\nPrivilege: Command\r\nX: 1")
    got = talk.hear(forged, event("Shutdown"))
    assert [item.name for item in got if isinstance(item, Message)] == ["Newchannel", "Shutdown"]


def test_a_perfect_forgery_of_an_event_is_believed_and_answers_no_question() -> None:
    """With Privilege and empty lines of its own it cannot be told: so nothing final hangs on an event."""
    talk = Talk(*OWN)
    talk.ask("Ping")
    trick = "12\r\n\r\nEvent: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\n\r\nX: 1"
    got = talk.hear(event("Newchannel", f"CallerIDNum: {trick}"))
    assert [item.name for item in got if isinstance(item, Message)] == ["Newchannel", "Shutdown"]
    assert talk.session.busy
    assert talk.anomalies == {"forged": 1}


@pytest.mark.parametrize(
    "text", ['"><script>alert(1)</script>', "a\\nb\\", "\u202e\u2028\x1c", "{a}%s$(x)`y`"]
)
def test_what_callers_write_comes_through_as_it_is(text: str) -> None:
    """The client neither repairs nor escapes: who shows a value escapes it."""
    talk = Talk(*OWN)
    (got,) = talk.hear(event("Newchannel", f"CallerIDName: {text}"))
    assert isinstance(got, Message)
    assert got.get("CallerIDName") == text
    assert talk.anomalies == {}
