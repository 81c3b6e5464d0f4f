"""What `queue show` of Asterisk's CLI says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.lab.asterisk import Asterisk

# As the CLI writes them, and as the exporter's labels do.
STATES = {
    "Unknown": "unknown",
    "Not in use": "not_in_use",
    "In use": "in_use",
    "Busy": "busy",
    "Invalid": "invalid",
    "Unavailable": "unavailable",
    "Ringing": "ringing",
    "Ring+Inuse": "ring_in_use",
    "On Hold": "on_hold",
}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
QUEUE = re.compile(
    r"(?P<name>\S+) has (?P<calls>\d+) calls \(max (?:unlimited|\d+)\) in '(?P<strategy>\w+)' strategy"
    r".* C:(?P<completed>\d+), A:(?P<abandoned>\d+), SL:"
)
MEMBER = re.compile(r" {6}(?P<name>\S.*?) \((?P<interface>[^() ]+)(?: from [^()]+)?\)(?P<rest>.*)")
FLAG = re.compile(r"\(([^()]*)\)")
CALLER = re.compile(r" {6}\d+\. \S+ \(wait: ")


@dataclass(frozen=True)
class Member:
    """One line of a queue's members."""

    name: str
    interface: str
    state: str
    paused: bool


@dataclass(frozen=True)
class Queue:
    """One queue; equal when nothing but times has changed."""

    strategy: str
    calls: int
    completed: int
    abandoned: int
    members: frozenset[Member]

    @property
    def states(self) -> Counter[str]:
        """How many members are in each state."""
        return Counter(member.state for member in self.members)

    @property
    def paused(self) -> int:
        """How many members are paused."""
        return sum(member.paused for member in self.members)


def queues(asterisk: Asterisk) -> dict[str, Queue]:
    """Ask Asterisk's CLI."""
    return parse(asterisk.cli("queue show"))


def parse(text: str) -> dict[str, Queue]:
    """The queues of an answer, by name."""
    found = {}
    for block in _blocks(COLOUR.sub("", text)):
        head = QUEUE.match(block[0])
        assert head, f"no queue: {block[0]!r}"
        lines = [line for line in block[1:] if line.startswith("      ")]
        callers = [line for line in lines if CALLER.match(line)]
        assert len(callers) == int(head["calls"]), f"not as many callers as calls: {block}"
        found[head["name"]] = Queue(
            head["strategy"],
            int(head["calls"]),
            int(head["completed"]),
            int(head["abandoned"]),
            frozenset(_member(line) for line in lines if line not in callers),
        )
    return found


def _blocks(text: str) -> Iterator[list[str]]:
    for block in text.split("\n\n"):
        if lines := [line for line in block.splitlines() if line]:
            yield lines


def _member(line: str) -> Member:
    found = MEMBER.match(line)
    assert found, f"no member: {line!r}"
    flags = FLAG.findall(found["rest"])
    states = [STATES[flag] for flag in flags if flag in STATES]
    assert len(states) == 1, f"no state: {line!r}"
    paused = any(flag.startswith("paused") for flag in flags)
    return Member(found["name"], found["interface"], states[0], paused)
