"""What is typed: an action with its headers, a CLI command, or a word to the console itself; no IO."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from exporter.ami import Action
from exporter.ami.actions import only_reads

WORDS = ("events", "help", "quit", "reconnect")
_ALIASES = {"exit": "quit", "logoff": "quit", "?": "help"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OURS = ("action", "actionid")

# Help that changes nothing; it is asked by people, and so in no list of what may be polled.
_HELP = re.compile(r"core show (?:version|help(?: [a-z0-9_ -]+)?)|manager show command [A-Za-z0-9_]+")


class Mistake(ValueError):
    """What was typed cannot be understood, or is not allowed; says why in plain words."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word to the console, and what follows it."""

    name: str
    rest: tuple[str, ...] = ()


def joined(words: Sequence[str]) -> str:
    """The line that the arguments of a shell's command stand for."""
    if len(words) == 1 or is_command(words[0]):
        return " ".join(words)
    return shlex.join(words)


def is_command(text: str) -> bool:
    """Whether it is a CLI command: actions begin with a capital."""
    return not text[:1].isupper()


def parse(line: str) -> Word | Action:
    """Read a line that is not empty. Raises Mistake."""
    line = line.strip()
    first, _, rest = line.partition(" ")
    word = _ALIASES.get(first.lower(), first)
    if word in WORDS:
        return Word(word, tuple(split(rest)))
    if is_command(line):
        return Action("Command", [("Command", line)])
    name, *words = split(line)
    if not _NAME.fullmatch(name):
        raise Mistake(f"{name!r} is no name of an action")
    return Action(name, [_header(word) for word in words])


def split(text: str) -> list[str]:
    """Words as a shell sees them. Raises Mistake."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Mistake(f"{text!r}: {str(error).lower()}") from None


def _header(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise Mistake(f"{word!r} is no header: write Header=value, with quotes around a value with spaces")
    if name.lower() in _OURS:
        raise Mistake(f"{name} is set by the console")
    return name, value


def only_shows(command: str) -> bool:
    """Whether a CLI command is sure to change nothing."""
    return only_reads("Command", [("Command", command)]) or _HELP.fullmatch(command) is not None


def check(action: Action) -> None:
    """See that an action is sure to change nothing. Raises Mistake, which says how to allow it."""
    name, headers = action.name, action.headers
    what = name
    if name.lower() == "command" and len(headers) == 1 and headers[0][0].lower() == "command":
        if only_shows(headers[0][1]):
            return
        what = f"the command {headers[0][1]!r}"
    elif only_reads(name, headers):
        return
    elif headers and name.lower() == "getvar":
        what = f"{name} of this"
    raise Mistake(f"refused: {what} is not known to only read; --allow-writes allows everything")
