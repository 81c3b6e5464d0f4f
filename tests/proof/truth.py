"""What Asterisk's own CLI says, and moments in which it holds still."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.exporter_process import Page
from tests.lab.asterisk import Asterisk

INTERNAL = ("CBAnn/", "CBRec/", "Announcer/", "Recorder/")


@dataclass(frozen=True)
class Channels:
    """What `core show channels` says."""

    names: tuple[str, ...]  # all channels that are listed
    ids: frozenset[str]
    count: int  # channels that Asterisk counts: less those hung up already, more its internal ones

    @property
    def internal(self) -> int:
        """How many are Asterisk's own."""
        return sum(name.startswith(INTERNAL) for name in self.names)


def channels(asterisk: Asterisk) -> Channels:
    """Ask Asterisk's CLI."""
    # The last field is the unique id. A line of a caller's CR LF has no right number of fields.
    lines = [line.split("!") for line in asterisk.cli("core show channels concise").splitlines()]
    lines = [fields for fields in lines if len(fields) >= 14]
    count = re.search(r"(\d+) active channels?", asterisk.cli("core show channels count"))
    assert count, "Asterisk does not answer"
    return Channels(
        tuple(fields[0] for fields in lines), frozenset(fields[-1] for fields in lines), int(count[1])
    )


def bridges(asterisk: Asterisk) -> dict[str, tuple[str, int]]:
    """The type of each bridge and its channels, by its id."""
    lines = asterisk.cli("bridge show all").splitlines()[1:]
    # 22 has a name after the id, which can be empty
    found = [re.fullmatch(r"(\S+) .*?(\d+) (\S+) +\S+ +[\d:]+", line.rstrip()) for line in lines]
    return {match[1]: (match[3], int(match[2])) for match in found if match}


def still(asterisk: Asterisk, seconds: float, patience: float = 200) -> Channels:
    """Wait until the CLI has said the same for so long."""
    deadline = time.monotonic() + patience
    last, since = channels(asterisk), time.monotonic()
    while time.monotonic() - since < seconds:
        assert time.monotonic() < deadline, "Asterisk never holds still"
        time.sleep(0.25)
        now = channels(asterisk)
        if (now.ids, now.count) != (last.ids, last.count):
            last, since = now, time.monotonic()
    return last


def settled(
    asterisk: Asterisk, scrape: Callable[[], tuple[Page, ...]]
) -> Iterator[tuple[Channels, tuple[Page, ...]]]:
    """Scrapes between two looks at the CLI that say the same: at the same moment, as far as one can tell."""
    before = channels(asterisk)
    while True:
        pages = scrape()
        after = channels(asterisk)
        if before.ids == after.ids and before.count == after.count:
            yield after, pages
        before = after
