"""Event lists: the many ways they end."""

from __future__ import annotations

import pytest

from exporter.ami import READING, ActionFailed

from .build import Talk, event, packet

CHANNEL = "CoreShowChannel"


@pytest.fixture
def talk() -> Talk:
    """A session that has asked for the channels."""
    fresh = Talk("Newchannel")
    fresh.ask("CoreShowChannels")
    return fresh


def empties() -> list[tuple[str, str]]:
    """Each action with each of its errors that mean an empty list."""
    return [(spec.name, text) for spec in READING.values() for text in spec.empty]


@pytest.mark.parametrize(("action", "text"), empties())
@pytest.mark.parametrize("end", ["", ".", " found\n", "\n"])
def test_an_error_that_says_none_is_an_empty_list(action: str, text: str, end: str) -> None:
    """Asterisk calls it an error when there is nothing to list, some modules with a stray LF."""
    talk = Talk()
    talk.ask(action)
    reply = talk.reply(talk.response(f"Message: {text}{end}", word="Error"))
    assert (reply.items, reply.failure) == ([], None)


def test_an_error_instead_of_a_start_is_a_failure(talk: Talk) -> None:
    """Another error than the empty list's is one."""
    reply = talk.reply(talk.response("Message: No endpoints found", word="Error"))
    assert reply.failure == "error"
    with pytest.raises(ActionFailed, match="CoreShowChannels: No endpoints found") as failed:
        reply.raise_for_failure()
    assert failed.value.reason == "error"


def test_hints_may_say_none_after_the_start() -> None:
    """ExtensionStateList can open its list and then find no hint."""
    talk = Talk()
    talk.ask("ExtensionStateList")
    error = talk.response("Message: No dialplan hints are available", word="Error")
    reply = talk.reply(talk.start(), error)
    assert (reply.items, reply.failure) == ([], None)


def test_an_error_in_the_middle_ends_the_list_and_the_complete_after_it_is_dropped(talk: Talk) -> None:
    """The answer has failed; its end comes all the same, and the next question is not disturbed."""
    error = talk.response("Message: Unable to retrieve", word="Error")
    reply = talk.reply(talk.start(), talk.item(CHANNEL), error, talk.end("CoreShowChannelsComplete", 1))
    assert reply.failure == "error"
    talk.ask("Ping")
    assert talk.reply(talk.response()).failure is None
    assert talk.anomalies == {}


@pytest.mark.parametrize("action", ["VoicemailUsersList", "VoicemailUserStatus"])
def test_no_mailboxes_are_a_bare_success(action: str) -> None:
    """An empty voicemail list has neither start nor end."""
    talk = Talk()
    talk.ask(action)
    success = talk.response("Message: There are no voicemail users currently defined.")
    assert talk.reply(success).items == []


def test_a_list_of_asterisk_13_and_older_ends_at_its_complete_event() -> None:
    """No EventList header anywhere: the name of the last event tells."""
    talk = Talk()
    talk.ask("QueueSummary")
    start = talk.response("Message: Queue summary will follow")
    end = packet("Event: QueueSummaryComplete", f"ActionID: {talk.id}")
    reply = talk.reply(start, talk.item("QueueSummary", "Queue: a"), end)
    assert [item.get("Queue") for item in reply.items] == ["a"]
    assert talk.anomalies == {}


def test_an_old_list_of_mailboxes_is_not_taken_for_an_empty_one() -> None:
    """The response announces what follows."""
    talk = Talk()
    talk.ask("VoicemailUsersList")
    start = talk.response("Message: Voicemail user list will follow")
    end = packet("Event: VoicemailUserEntryComplete", f"ActionID: {talk.id}")
    assert len(talk.reply(start, talk.item("VoicemailUserEntry"), end).items) == 1


def test_the_fax_statistics_are_one_event_without_an_end() -> None:
    """FAXStats announces an event and sends no end of a list after it."""
    talk = Talk()
    talk.ask("FAXStats")
    reply = talk.reply(
        talk.response("Message: FAXStats event will follow"), talk.item("FAXStats", "FailedFAXes: 3")
    )
    assert reply.items[0].get("FailedFAXes") == "3"


def test_a_complete_without_its_start_ends_the_question_as_unbelievable(talk: Talk) -> None:
    """The stream was torn before it: better to know at once than to wait for the deadline."""
    reply = talk.reply(talk.item(CHANNEL), talk.end("CoreShowChannelsComplete", 1))
    assert (reply.anomaly, reply.items) == ("torn", [])
    assert talk.anomalies == {"torn": 2}


def test_a_list_without_its_complete_goes_on_until_it_is_given_up(talk: Talk) -> None:
    """Nothing else than its own end, an error or the deadline ends a list."""
    assert talk.hear(talk.start(), talk.item(CHANNEL), event("Newchannel"), event("FullyBooted"))
    assert talk.session.busy
    talk.session.forget()
    assert not talk.session.busy


@pytest.mark.parametrize("total", [0, 2, 99])
def test_a_wrong_number_of_items_is_counted_and_ends_the_list_all_the_same(talk: Talk, total: int) -> None:
    """ListItems checks and never decides: some releases count wrongly."""
    reply = talk.reply(talk.start(), talk.item(CHANNEL), talk.end("CoreShowChannelsComplete", total))
    assert (len(reply.items), reply.anomaly) == (1, None)
    assert talk.anomalies == {"count_mismatch": 1}
