"""Event lists: what belongs in them."""

from __future__ import annotations

import pytest

from exporter.ami import Message, reading

from .build import Talk, event

CHANNEL = "CoreShowChannel"


@pytest.fixture
def talk() -> Talk:
    """A session that has asked for the channels."""
    fresh = Talk("Newchannel")
    fresh.ask("CoreShowChannels")
    return fresh


def test_a_list_is_gathered_from_start_to_complete(talk: Talk) -> None:
    """The items come out together with the response, once the end has come."""
    assert talk.hear(talk.start(), talk.item(CHANNEL, "Uniqueid: 1")) == []
    reply = talk.reply(talk.item(CHANNEL, "Uniqueid: 2"), talk.end("CoreShowChannelsComplete", 2))
    assert [item.get("Uniqueid") for item in reply.items] == ["1", "2"]
    assert (reply.failure, reply.anomaly, talk.anomalies) == (None, None, {})


def test_a_list_can_be_empty(talk: Talk) -> None:
    """Start and end without items are an answer."""
    reply = talk.reply(talk.start(), talk.end("CoreShowChannelsComplete", 0))
    assert (reply.items, reply.failure) == ([], None)


def test_the_words_start_and_complete_are_read_without_regard_to_case() -> None:
    """FAXSessions writes Start."""
    talk = Talk()
    talk.ask("FAXSessions")
    start = talk.response("EventList: Start", "Message: FAXSessionsEntry event list will follow")
    assert talk.reply(start, talk.end("FAXSessionsComplete", 0)).items == []


def test_events_inside_a_list_stay_events(talk: Talk) -> None:
    """A module of a third party may mix them: each goes where it belongs."""
    got = talk.hear(talk.start(), event("Newchannel"), event("VarSet"), talk.item(CHANNEL))
    assert [item.name for item in got if isinstance(item, Message)] == ["Newchannel"]
    assert len(talk.reply(talk.end("CoreShowChannelsComplete", 1)).items) == 1
    assert talk.anomalies == {}


def test_an_item_of_another_action_is_not_taken_in(talk: Talk) -> None:
    """Only the item names of the action asked are accepted, and such an answer is not to be used."""
    reply = talk.reply(talk.start(), talk.item("QueueParams"), talk.end("CoreShowChannelsComplete", 0))
    assert (reply.items, reply.anomaly) == ([], "foreign_item")


def test_a_second_response_is_not_to_be_believed(talk: Talk) -> None:
    """One question has one response, or an error in the middle of its list."""
    reply = talk.reply(talk.start(), talk.response("EventList: x"), talk.end("CoreShowChannelsComplete", 0))
    assert reply.anomaly == "forged"
    assert reply.response.get("EventList") == "start"


def test_two_lists_with_the_same_item_names_are_told_apart_by_action_id() -> None:
    """chan_sip and chan_iax2 both list PeerEntry until PeerlistComplete."""
    talk = Talk()
    talk.ask("SIPpeers")
    late = [talk.item("PeerEntry", "ObjectName: sip"), talk.end("PeerlistComplete", 1)]
    talk.ask("IAXpeerlist")
    reply = talk.reply(
        *late, talk.start(), talk.item("PeerEntry", "ObjectName: iax"), talk.end("PeerlistComplete", 1)
    )
    assert [item.get("ObjectName") for item in reply.items] == ["iax"]


def test_a_list_of_a_hundred_thousand_items_is_a_list() -> None:
    """Nothing in it grows faster than the list."""
    talk = Talk()
    talk.ask("DeviceStateList")
    items = b"".join(
        talk.item("DeviceStateChange", f"Device: PJSIP/{n}", "State: INUSE") for n in range(100_000)
    )
    reply = talk.reply(talk.start(), items, talk.end("DeviceStateListComplete", 100_000))
    assert reply.items[-1].get("Device") == "PJSIP/99999"
    assert talk.anomalies == {}


def test_the_action_id_of_an_older_connection_is_foreign(talk: Talk) -> None:
    """What an older session asked is nothing of this one."""
    old = Talk()
    old.ask("CoreShowChannels")
    talk.hear(old.start(), old.item(CHANNEL), old.end("CoreShowChannelsComplete", 1))
    assert talk.session.busy
    assert talk.anomalies == {"foreign_item": 3}


def test_passwords_that_come_with_registrations_are_no_items() -> None:
    """AuthDetail is dropped, for an action of the table and for any other."""
    talk = Talk()
    for action in ("PJSIPShowRegistrationsOutbound", "PJSIPShowEndpoint"):
        talk.ask(action)
        detail, auth = talk.item("OutboundRegistrationDetail"), talk.item("AuthDetail", "Password: x")
        reply = talk.reply(talk.start(), detail, auth, talk.end("XComplete", 1))
        assert [item.name for item in reply.items] == ["OutboundRegistrationDetail"]
        assert reply.anomaly is None


def test_an_action_that_is_not_in_the_table_may_have_any_list() -> None:
    """A console can ask what the exporter never polls."""
    talk = Talk()
    talk.ask("QueueRule")
    assert talk.reply(talk.response("RuleList: a", "Rule: 1")).items == []
    talk.ask("ShowDialPlan")
    reply = talk.reply(talk.start(), talk.item("ListDialplan"), talk.end("ShowDialPlanComplete"))
    assert [item.name for item in reply.items] == ["ListDialplan"]


def test_a_command_is_answered_in_either_form_and_also_when_it_failed() -> None:
    """What a failed CLI command printed is its answer."""
    talk = Talk()
    talk.ask("Command", Command="core show uptime")
    reply = talk.reply(
        talk.response("Message: Command output follows", "Output: No such command", word="Error")
    )
    assert (reply.failure, reply.response.output) == (None, ["No such command"])
    talk.ask("Command", Command="core show uptime")
    head = f"Response: Follows\r\nPrivilege: Command\r\nActionID: {talk.id}\r\n".encode()
    reply = talk.reply(head + b"up: 1 s\n\r\n\r\nEvent: X\n--END COMMAND--\r\n\r\n")
    assert reply.response.output == ["up: 1 s", "", "", "Event: X"]
    assert talk.anomalies == {}


def test_only_reading_actions_are_in_the_table() -> None:
    """Nothing that writes, logs in or out, or lists secrets can be polled."""
    forbidden = (
        "Originate",
        "QueueReset",
        "Login",
        "Logoff",
        "Events",
        "Filter",
        "PJSIPShowAuths",
        "PJSIPShowEndpoint",
    )
    assert [name for name in (*forbidden, "DBGetTree", "Status", "GetConfig") if reading(name)] == []
    spec = reading("coreSHOWchannels")
    assert spec
    assert (spec.name, spec.rights, spec.items) == ("CoreShowChannels", ("system", "reporting"), (CHANNEL,))
