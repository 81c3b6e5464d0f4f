"""What can be typed here: actions, their headers, CLI commands; and how a line may go on. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from exporter.ami import READING, Message, reading
from exporter.ami.actions import SHOW_COMMANDS
from exporter.console.requests import WORDS, is_command, only_shows

# Of what people ask most; `help ACTION` learns the others from Asterisk, where the user may.
_HEADERS = {
    "Atxfer": "Channel Exten Context",
    "BridgeInfo": "BridgeUniqueid",
    "BridgeList": "BridgeType",
    "Command": "Command",
    "ConfbridgeList": "Conference",
    "DBGet": "Family Key",
    "ExtensionState": "Exten Context",
    "Getvar": "Variable Channel",
    "Hangup": "Channel Cause",
    "MailboxCount": "Mailbox",
    "MailboxStatus": "Mailbox",
    "Originate": "Channel Exten Context Priority Application Data Timeout CallerID Variable Account Async",
    "ParkedCalls": "ParkingLot",
    "PJSIPShowEndpoint": "Endpoint",
    "PresenceState": "Provider",
    "QueueAdd": "Queue Interface Penalty Paused MemberName",
    "QueuePause": "Interface Paused Queue Reason",
    "QueueRemove": "Queue Interface",
    "QueueStatus": "Queue Member",
    "QueueSummary": "Queue",
    "Redirect": "Channel Exten Context Priority",
    "Setvar": "Variable Value Channel",
    "Status": "Channel Variables AllVariables",
    "VoicemailUserStatus": "Context Mailbox",
}
_EVENTS = ("Bridge.*", "Cdr", "Dial.*", "Hangup", "New.*", "Parked.*", "Queue.*", "QueueCaller.*", "RTCP.*")
_COMMAND = re.compile(r"([a-z][a-z0-9_ -]*?) *(?:[\[{<].*)? -- ")
_SYNTAX = re.compile(r"\[?([A-Z][A-Za-z0-9_]*):\]? <value>")


class Vocabulary:
    """What is known of a server; until it was asked, what every Asterisk has.

    Args:
        everything: complete also what may change something.
    """

    def __init__(self, *, everything: bool) -> None:
        self.actions = {action.name: "" for action in READING.values()}  # with what each does
        self.commands: tuple[str, ...] = SHOW_COMMANDS
        self._everything = everything
        self._headers = {name.lower(): names.split() for name, names in _HEADERS.items()}

    def learn_actions(self, offered: Message) -> None:
        """From the answer to ListCommands: what the user may ask."""
        self.actions = {
            name: text.partition("  (Priv: ")[0].strip()
            for name, text in offered.headers
            if name not in ("Response", "ActionID", "Message")
        }
        if "Command" not in self.actions:
            self.commands = ()

    def learn_commands(self, lines: Iterable[str]) -> None:
        """From what `core show help` prints: the commands that there are."""
        found = {match[1] for match in map(_COMMAND.match, lines) if match}
        # Of `core show channels [concise|count]` the help has only the first words.
        found |= {command for command in SHOW_COMMANDS if command.startswith(tuple(found))}
        self.commands = tuple(sorted(name for name in found if self._everything or only_shows(name)))

    def learn_headers(self, action: str, lines: Iterable[str]) -> None:
        """From what `manager show command` prints: the headers of an action."""
        names = [match[1] for match in map(_SYNTAX.fullmatch, lines) if match and match[1] != "ActionID"]
        if names:
            self._headers[action.lower()] = names

    def headers(self, action: str) -> list[str]:
        """The headers of an action, as far as they are known."""
        return self._headers.get(action.lower(), [])

    def explain(self, action: str) -> list[str]:
        """What is known of an action."""
        found = {name.lower(): name for name in self.actions}
        name = found.get(action.lower())
        if name is None:
            return [f"{action} is not offered here: no such action, or this user has no right to it."]
        lines = [f"{name}: {self.actions[name]}" if self.actions[name] else name]
        return lines + [f"  {header}=" for header in self.headers(name)]

    def completions(self, line: str) -> Iterator[tuple[str, int]]:
        """How a line may go on: texts, and how many of its last characters each stands in place of."""
        first, space, rest = line.partition(" ")
        if not space:
            askable = (name for name in self.actions if self._everything or reading(name))
            yield from _from((*WORDS, *askable), first)
        if is_command(line):
            if first == "help":
                yield from _from([*self.actions, *self.commands], rest)
            elif first == "events":
                yield from _from(("on", "off", *(f"on {event}" for event in _EVENTS)), rest)
            else:
                yield from _from(self.commands, line)
        elif space:
            word = rest.rpartition(" ")[2]
            given = {part.partition("=")[0].lower() for part in rest.split()[: None if not word else -1]}
            left = (name for name in self.headers(first) if name.lower() not in given)
            yield from _from((f"{name}=" for name in left), word)


def _from(candidates: Iterable[str], typed: str) -> Iterator[tuple[str, int]]:
    folded = typed.lower()
    for candidate in candidates:
        if candidate.lower().startswith(folded) and candidate != typed:
            yield candidate, len(typed)
