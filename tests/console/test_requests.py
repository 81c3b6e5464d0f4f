"""What is typed, what it becomes, and what is refused."""

from __future__ import annotations

import pytest

from exporter.ami import Action
from exporter.console import Mistake, joined
from exporter.console.requests import Word, check, parse


@pytest.mark.parametrize(
    ("line", "name", "headers"),
    [
        ("CoreStatus", "CoreStatus", []),
        (" QueueStatus Queue=support  Member='Local/1 x' ", "QueueStatus", ["support", "Local/1 x"]),
        ("Setvar Variable=a=b Value=", "Setvar", ["a=b", ""]),
        ("core show channels", "Command", ["core show channels"]),
        ('core show channel "a b"', "Command", ['core show channel "a b"']),
    ],
)
def test_a_line_is_an_action_or_a_command(line: str, name: str, headers: list[str]) -> None:
    """Actions begin with a capital; values are as in a shell; a CLI command is taken as it is."""
    action = parse(line)
    assert isinstance(action, Action)
    assert (action.name, [value for _, value in action.headers]) == (name, headers)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("help", Word("help")),
        ("? Queue", Word("help", ("Queue",))),
        ("events on A.* 'B=c d'", Word("events", ("on", "A.*", "B=c d"))),
        ("exit", Word("quit")),
        ("reconnect", Word("reconnect")),
    ],
)
def test_some_words_are_for_the_console(line: str, word: Word) -> None:
    """They are few, and have the names that one tries first."""
    assert parse(line) == word


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("QueueStatus support", "'support' is no header: write Header=value"),
        ("QueueStatus =x", "is no header"),
        ("QueueStatus Queue='x", "no closing quotation"),
        ("Queue-Status", "is no name of an action"),
        ("Ping ActionID=1", "ActionID is set by the console"),
        ("Ping action=Originate", "action is set by the console"),
    ],
)
def test_mistakes_are_told(line: str, why: str) -> None:
    """In a sentence that names what was wrong."""
    with pytest.raises(Mistake, match=why):
        parse(line)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["core show channels"], "core show channels"),
        (["core", "show", "channels"], "core show channels"),
        (["QueueStatus", "Queue=a b"], "QueueStatus 'Queue=a b'"),
        (["QueueStatus Queue=a"], "QueueStatus Queue=a"),
    ],
)
def test_arguments_of_a_shell_are_a_line(words: list[str], line: str) -> None:
    """With or without quotes around the whole."""
    assert joined(words) == line


@pytest.mark.parametrize(
    "line",
    [
        "CoreStatus",
        "QueueStatus Queue=x",
        "core show channels",
        "core show version",
        "core show help",
        "core show help core restart now",
        "manager show command Originate",
        "Command Command='queue show'",
        "Getvar Variable=DEVICE_STATE(PJSIP/100)",
    ],
)
def test_what_only_reads_is_allowed(line: str) -> None:
    """Actions of the closed list, show commands, and help."""
    action = parse(line)
    assert isinstance(action, Action)
    check(action)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Originate Channel=x", "Originate"),
        ("QueueReset", "QueueReset"),
        ("DBGetTree Family=x", "DBGetTree"),
        ("core restart now", "the command 'core restart now'"),
        ("core show help; core restart now", "the command"),
        ("!rm -r /", "the command"),
        ("Command Command='core show version' Command='core stop now'", "Command"),
        ("Command", "Command"),
        ("Getvar Variable=SHELL(id)", "Getvar of this"),
        ("QueueStatus Queue=a Queue=b", "QueueStatus"),
    ],
)
def test_what_may_change_something_is_refused(line: str, what: str) -> None:
    """The sentence says what, and how to allow it."""
    action = parse(line)
    assert isinstance(action, Action)
    with pytest.raises(Mistake) as refused:
        check(action)
    assert str(refused.value).startswith(f"refused: {what}")
    assert "--allow-writes" in str(refused.value)
