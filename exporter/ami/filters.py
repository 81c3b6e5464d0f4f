"""Event filters that Asterisk applies before it sends: regular expressions made of names; no IO."""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.ami.errors import LocalProtocolError
from exporter.ami.session import Action

# The whole action stays below 1,024 bytes with this, and so does a line of manager.conf.
MAX_LENGTH = 900

# Asterisk matches the whole event, as a POSIX extended expression without a flag: `^` is the start of the
# event, and the CR that ends its first line cannot be written in an action, nor in manager.conf.
_START = "^Event: ("
_END = ")[[:cntrl:]]"
EVENT_NAME = re.compile("[A-Za-z0-9_-]{1,80}")

EVERYTHING = "^Event: "


def expressions(names: Iterable[str]) -> list[str]:
    """Filters that let exactly these events through: an event passes if any one matches.

    Names are taken as they are written, capitals too. Raises LocalProtocolError for what is no name.
    """
    found: list[str] = []
    room = 0
    for name in sorted(set(names)):
        if not EVENT_NAME.fullmatch(name):
            raise LocalProtocolError(f"{name[:60]!r} is no name of an event that a filter can hold")
        if len(name) < room:
            found[-1] += f"|{name}"
        else:
            found.append(_START + name)
            room = MAX_LENGTH - len(_START + _END)
        room -= len(name) + 1
    return [expression + _END for expression in found]


def addition(expression: str) -> Action:
    """The action that adds a filter to the session; none can be taken away again."""
    return Action("Filter", [("Operation", "Add"), ("Filter", expression)])
