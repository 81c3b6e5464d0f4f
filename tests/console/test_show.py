"""How packets are shown, and that nothing in them commands a terminal."""

from __future__ import annotations

import json
import re

import pytest

from exporter.ami import Message, Packet
from exporter.console import Mistake, Style
from exporter.console.events import EventFilter
from exporter.console.show import plain
from tests.ami.build import event

HOSTILE = "\x1b]0;evil\x07\x9b2J\u202e\x7f"
JOIN = event("QueueCallerJoin", "Queue: support", "CallerIDName: J\xf6rg", privilege="agent,all").rstrip()


def message(*lines: str) -> Message:
    """A packet of these lines."""
    return Message("\r\n".join(lines).encode())


def test_an_event_is_shown_with_its_time() -> None:
    """The clock time of this machine, to the millisecond, and the headers below the name."""
    shown = Style().event(Message(JOIN), 1_795_519_700.25)
    first, *rest = shown.split("\n")
    assert re.fullmatch(r"\d\d:\d\d:20\.250 QueueCallerJoin", first)
    assert rest == ["  Privilege: agent,all", "  Queue: support", "  CallerIDName: J\xf6rg", ""]


def test_an_answer_is_its_headers_or_what_was_printed() -> None:
    """Without the word of success and our own id; a table of the CLI keeps its columns."""
    answer = message("Response: Success", "ActionID: 1", "Ping: Pong", "Timestamp: 1.5")
    assert Style().response(answer) == "Ping: Pong\nTimestamp: 1.5"
    table = message("Response: Success", "Message: Command output follows", "Output: a\tb", "Output:   c")
    assert Style().response(table) == "a       b\n  c"


def test_colours_are_only_around_what_is_ours() -> None:
    """Names and headers are painted; without colours no escape is written."""
    answer = message("Response: Success", "Ping: Pong")
    assert Style(colour=True).response(answer) == "\x1b[36mPing\x1b[0m: Pong"
    assert "\x1b" in Style(colour=True).error("no") + Style(colour=True).count(2)
    assert Style().count(1) + Style().count(0) + Style().error("no") == "1 item0 itemsno"


@pytest.mark.parametrize("style", ["text", "json", "raw"])
def test_hostile_bytes_reach_no_terminal(style: str) -> None:
    """A caller's control characters are shown escaped, in names and values, in each format."""
    formats = {"text": Style("text"), "json": Style("json"), "raw": Style("raw")}
    got = message("Event: E" + HOSTILE, "Privilege: call,all", f"X{HOSTILE}: {HOSTILE}", "Output: " + HOSTILE)
    how = formats[style]
    shown = [how.raw(Packet(False, got))] if style == "raw" else [how.event(got, 0), how.response(got)]
    for text in shown:
        assert all(line.isprintable() for line in text.split("\n"))
        assert "evil" in text
    assert plain("\x1b\x9b\u202e\n") == r"\x1b\x9b\u202e\n"


def test_json_is_one_object_a_line() -> None:
    """Headers that repeat are lists; what a command printed is one always, in the old form too."""
    got = json.loads(Style("json").item(message("Event: X", "Variable: a", "Variable: b", "Q: 1")))
    assert got == {"Event": "X", "Variable": ["a", "b"], "Q": "1"}
    printed = message("Response: Success", "Output: one")
    assert json.loads(Style("json").response(printed))["Output"] == ["one"]
    old = Message(b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\none\ntwo: 2\n--END COMMAND--")
    assert json.loads(Style("json").response(old))["Output"] == ["one", "two: 2"]
    assert "\n" not in Style("json").event(Message(JOIN), 0)


def test_raw_shows_each_line_and_its_direction() -> None:
    """As on the wire, but for secrets."""
    sent = Packet(True, message("Action: Ping", "ActionID: 1"))
    came = Packet(False, message("Event: AuthDetail", "Password: s3cret"))
    assert Style("raw").raw(sent) == "> Action: Ping\n> ActionID: 1\n"
    assert Style("raw").raw(came) == "< Event: AuthDetail\n< Password: <secret>\n"


@pytest.mark.parametrize(
    ("words", "passes"),
    [
        ([], True),
        (["queuecaller.*"], True),
        (["QueueCaller"], False),
        (["Hangup", "QueueCallerJoin"], True),
        (["Queue=support"], True),
        (["queue=sup.*", "Queue.*"], True),
        (["Queue=sup"], False),
        (["Hangup", "Queue=support"], False),
        (["NoHeader=.*"], False),
    ],
)
def test_events_are_chosen_by_name_and_headers(words: list[str], passes: bool) -> None:
    """One of the names and all of the headers, each pattern matching the whole."""
    assert EventFilter.parse(words).passes(Message(JOIN)) is passes


@pytest.mark.parametrize("word", ["(", "Queue=["])
def test_a_bad_pattern_is_a_mistake(word: str) -> None:
    """It is told before anything is asked."""
    with pytest.raises(Mistake, match="no regular expression"):
        EventFilter.parse([word])
