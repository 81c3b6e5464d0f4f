"""Voicemail: lists and events to counts, by the options."""

from __future__ import annotations

import json

import pytest

from exporter.ami import Message
from exporter.collectors.voicemail import COLLECTOR
from exporter.metrics import Collector, Site
from exporter.metrics.collector import mistakes
from exporter.pbx.polls import Answer
from tests.collectors.replay import Replay
from tests.collectors.told import Server, message

NOW = 1000.0


@pytest.fixture(autouse=True)
def standing_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)


def made(**options: object) -> Collector:
    """The collector, with options as the configuration has them."""
    collector = COLLECTOR.configured(COLLECTOR.options.model_validate_json(json.dumps(options)), Site())
    assert list(mistakes(collector)) == []
    return collector


def box(number: str, new: int, old: int, context: str = "default") -> Message:
    """An item of the list."""
    return message(
        "VoicemailUserEntry",
        VMContext=context,
        VoiceMailbox=number,
        Email="somebody@example.org",
        NewMessageCount=str(new),
        OldMessageCount=str(old),
    )


BOXES = (box("6001", 2, 1), box("6002", 0, 4), box("6001", 5, 0, "branch"))


def test_it_is_off_unless_asked_for() -> None:
    """Asterisk looks into every mailbox; five minutes lie between."""
    assert not COLLECTOR.default
    assert COLLECTOR.interval == 300


async def test_messages_are_added_up_by_context() -> None:
    """New and old ones, and how many mailboxes there are."""
    server = Server(made())
    assert server.values("voicemail_messages") == server.values("voicemail_mailboxes") == {}
    server.answer("VoicemailUsersList", *BOXES, now=NOW)
    assert server.value("voicemail_mailboxes") == 3
    assert server.values("voicemail_messages") == {
        ("default", "new"): 2,
        ("default", "old"): 5,
        ("branch", "new"): 5,
        ("branch", "old"): 0,
    }
    assert server.values("voicemail_mailbox_messages") == {}


async def test_without_mailboxes_there_are_none() -> None:
    """An empty list is an answer too."""
    server = Server(made())
    server.answer("VoicemailUsersList", now=NOW)
    assert server.value("voicemail_mailboxes") == 0


async def test_a_message_is_seen_at_once() -> None:
    """By MessageWaiting, which says how many there are; of mailboxes that are not listed it says nothing."""
    server = Server(made())
    server.answer("VoicemailUsersList", *BOXES, now=NOW)
    server.tell("MessageWaiting", Mailbox="6001@default", Waiting="1", New="3", Old="1")
    server.tell("MessageWaiting", Mailbox="6002@default", Waiting="0", New="0", Old="0")
    server.tell("MessageWaiting", Mailbox="9999@default", Waiting="1", New="7", Old="7")
    server.tell("MessageWaiting", Mailbox="6001@branch", Waiting="1")
    assert server.value("voicemail_messages", "default", "new") == 3
    assert server.value("voicemail_messages", "default", "old") == 1
    assert server.value("voicemail_messages", "branch", "new") == 5


async def test_nothing_is_said_after_the_session() -> None:
    """Nor does an event bring a mailbox back."""
    server = Server(made())
    server.answer("VoicemailUsersList", *BOXES, now=NOW)
    server.pbx.drop()
    server.tell("MessageWaiting", Mailbox="6001@default", Waiting="1", New="3", Old="1")
    assert server.values("voicemail_messages") == {}


async def test_each_mailbox_by_option() -> None:
    """Those that the patterns let through, under their aliases; the sums are of all."""
    options = {"include": ["600.@.*"], "exclude": [".*@branch"], "aliases": {"6002@default": "office"}}
    server = Server(made(per_mailbox=True, **options))
    server.answer("VoicemailUsersList", *BOXES, box("7000", 1, 1), now=NOW)
    assert server.values("voicemail_mailbox_messages") == {
        ("default", "6001", "new"): 2,
        ("default", "6001", "old"): 1,
        ("default", "office", "new"): 0,
        ("default", "office", "old"): 4,
    }
    assert server.value("voicemail_messages", "default", "new") == 3
    assert server.value("voicemail_mailboxes") == 4


async def test_named_mailboxes_are_asked_for_one_by_one() -> None:
    """No list is asked for; urgent messages are new ones, and a mailbox without a context is in default."""
    server = Server(made(mailboxes=["6001@branch", "6002"], per_mailbox=True))
    (state,) = server.pbx.polls.values()
    questions = state.questions()
    assert state.poll.action == "MailboxCount"
    assert questions == [{"Mailbox": "6001@branch"}, {"Mailbox": "6002"}]
    text = "Response: Success\r\nMailbox: {}\r\nUrgMessages: 1\r\nNewMessages: 2\r\nOldMessages: 3"
    answers = [Answer(Message(text.format(one["Mailbox"]).encode()), [], one) for one in questions]
    state.succeeded(0.001, NOW)
    server.pbx.swap(state, answers)
    assert server.value("voicemail_mailboxes") == 2
    for context, mailbox in (("branch", "6001"), ("default", "6002")):
        assert server.value("voicemail_mailbox_messages", context, mailbox, "new") == 3
        assert server.value("voicemail_mailbox_messages", context, mailbox, "old") == 3
    server.tell("MessageWaiting", Mailbox="6002@default", Waiting="0", New="0", Old="6")
    assert server.value("voicemail_messages", "default", "old") == 6


async def test_what_is_no_number_counts_nothing() -> None:
    """Nor does it hide the rest."""
    server = Server(made())
    server.answer("VoicemailUsersList", box("6001", 2, 1), box("6002", -1, 1), now=NOW)
    assert server.value("voicemail_messages", "default", "new") == 2


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_mailboxes(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of real text: two mailboxes and one new message, and no address of anybody."""
    replay = Replay(monkeypatch)
    replay.play(version, "voicemail")
    page = replay.page()
    assert 'asterisk_voicemail_messages{context="default",folder="new",server="lab"} 1.0' in page
    assert 'asterisk_voicemail_messages{context="default",folder="old",server="lab"} 0.0' in page
    assert 'asterisk_voicemail_mailboxes{server="lab"} 2.0' in page
    assert "Sixty" not in page
