"""The login as a dialogue: what is sent, and what each answer means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

import pytest

from exporter.ami import Action, ConnectionFailed, Credentials, LoginRefused, Message, Reply
from exporter.ami.login import login


def reply(*lines: str, word: str = "Success") -> Reply:
    """A reply of Asterisk to whatever was asked."""
    response = Message("\r\n".join([f"Response: {word}", *lines]).encode())
    return Reply(Action("?"), response, failure="error" if word == "Error" else None)


CHALLENGE = reply("Challenge: 816492")
ACCEPTED = reply("Message: Authentication accepted")
ON, OFF = reply("Events: On"), reply("Events: Off")


def error(text: str) -> Reply:
    """An error of Asterisk."""
    return reply(f"Message: {text}", word="Error")


def converse(
    replies: Iterable[Reply], mask: str = "", method: Literal["challenge", "plain"] = "challenge"
) -> list[dict[str, str]]:
    """The actions that a login sends when it gets these replies."""
    dialogue = login(Credentials("exporter", "s3cret", method), mask)
    sent = [next(dialogue)]
    for answer in replies:
        try:
            sent.append(dialogue.send(answer))
        except StopIteration:
            break
    return [{"Action": action.name, **dict(action.headers)} for action in sent]


def test_the_secret_does_not_travel_with_the_challenge() -> None:
    """MD5 over challenge and secret, in lower case since Asterisk compares it as text."""
    sent = converse([CHALLENGE, ACCEPTED])
    key = hashlib.md5(b"816492s3cret", usedforsecurity=False).hexdigest()
    proof = {"AuthType": "MD5", "Username": "exporter", "Key": key}
    assert sent == [
        {"Action": "Challenge", "AuthType": "MD5"},
        {"Action": "Login", **proof, "Events": "off"},
    ]
    assert "s3cret" not in repr(sent)


def test_a_plain_login_is_for_who_asks_for_it() -> None:
    """One action with the secret in it."""
    assert converse([ACCEPTED], method="plain") == [
        {"Action": "Login", "Username": "exporter", "Secret": "s3cret", "Events": "off"}
    ]


def test_a_secret_that_is_no_text_is_hashed_byte_by_byte() -> None:
    """A secret in Latin-1 out of the environment proves itself as it stands in manager.conf."""
    dialogue = login(Credentials("exporter", b"p\xe4ss".decode("utf-8", "surrogateescape")), "")
    next(dialogue)
    sent = dialogue.send(CHALLENGE)
    key = hashlib.md5(b"816492p\xe4ss", usedforsecurity=False).hexdigest()
    assert ("Key", key) in sent.headers


def test_the_mask_is_asked_for_and_read_back() -> None:
    """Asterisk says Success also when it knows none of the classes and turns all events off."""
    sent = converse([CHALLENGE, ACCEPTED, ON], mask="system,call")
    assert sent[1]["Events"] == "system,call"
    assert sent[2:] == [{"Action": "Events", "EventMask": "system,call"}]


def test_events_that_came_out_as_off_are_asked_for_without_a_mask() -> None:
    """All events are better than none."""
    sent = converse([CHALLENGE, ACCEPTED, OFF, ON], mask="bogus")
    assert sent[3:] == [{"Action": "Events", "EventMask": "on"}]


def test_an_answer_to_the_mask_without_a_word_is_taken_as_it_is() -> None:
    """What does not say Off is not off."""
    assert len(converse([CHALLENGE, ACCEPTED, reply()], mask="call")) == 3


@pytest.mark.parametrize("stage", [0, 1])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Authentication failed", "auth"),
        ("Permission denied", "auth"),
        ("Login Already In Use", "in_use"),
        ("Asterisk is shutting down", "closed"),
        ("Must specify AuthType", "protocol"),
        ("Invalid/unknown command: Challenge.", "protocol"),
        ("", "protocol"),
    ],
)
def test_each_refusal_has_its_reason_at_the_challenge_and_at_the_login(
    stage: int, text: str, reason: str
) -> None:
    """Refused logins are told from what may be better in a moment."""
    with pytest.raises(ConnectionFailed) as failed:
        converse([*[CHALLENGE][:stage], error(text)])
    assert failed.value.reason == reason
    assert isinstance(failed.value, LoginRefused) == (reason in ("auth", "in_use"))
    assert "s3cret" not in str(failed.value)


def test_a_refusal_names_all_its_causes() -> None:
    """Asterisk answers a wrong name, a wrong secret and a refused address alike."""
    with pytest.raises(LoginRefused, match="wrong name, wrong secret, or an address") as failed:
        converse([CHALLENGE, error("Authentication failed")])
    assert "'exporter'" in str(failed.value)


@pytest.mark.parametrize("answer", [reply(), reply("Message: hello"), reply("Challenge:x", word="Error")])
def test_a_challenge_without_a_challenge_is_no_asterisk(answer: Reply) -> None:
    """The login is given up, not guessed on."""
    with pytest.raises(ConnectionFailed) as failed:
        converse([answer])
    assert failed.value.reason == "protocol"


def test_a_login_that_is_answered_with_anything_but_success_has_failed() -> None:
    """Goodbye is no Success."""
    with pytest.raises(ConnectionFailed) as failed:
        converse([CHALLENGE, reply("Message: Thanks for all the fish.", word="Goodbye")])
    assert failed.value.reason == "protocol"
