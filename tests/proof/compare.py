"""What pages tell against what Asterisk's CLI says, at moments when that holds still."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.exporter_process import Page
from tests.lab.asterisk import Asterisk
from tests.proof.listener import Listener
from tests.proof.queue_truth import STATES, queues
from tests.proof.truth import bridges, channels

# So long before a scrape the CLI must have said the same (s). Channels change all the time, and are asked
# first of all; for the others a busy machine gets time to bring the event.
SOON = 0.25
LISTED = 2.5  # what no event tells is on the page of an exporter that lists each second


COMPARED = tuple(
    f"asterisk_{name}"
    for name in (
        "active_c",
        "channels_ending",
        "calls_started",
        "calls_ended",
        "bridge",
        "queue_callers",
        "queue_members",
        "queue_calls",
    )
)  # what their names begin with


class Pages(NamedTuple):
    """One scrape of each exporter."""

    live: Page
    listing: Page


@dataclass
class Check:
    """A figure that was compared: how often, how high it was, and where it was wrong."""

    moments: int = 0
    most: float = 0
    wrong: list[str] = field(default_factory=list)

    def equal(self, got: float | None, expected: float, *where: object) -> None:
        """One moment of it."""
        self.moments += 1
        self.most = max(self.most, expected)
        if got != expected:
            self.wrong.append(" ".join(map(str, (*where, f"got {got}, Asterisk says {expected}"))))


class Comparison:
    """Asks the CLI again and again, and remembers since when it says what it says."""

    def __init__(self, asterisk: Asterisk, listener: Listener, first: Page) -> None:
        self.checks: defaultdict[str, Check] = defaultdict(Check)
        self._asterisk = asterisk
        self._listener = listener
        self._first = first  # its sums are what ours start from
        self._said: dict[tuple[str, ...], tuple[float, Any]] = {}
        self._started = time.monotonic()
        self._ask()

    def compare(self, pages: Pages, scraped: float) -> None:
        """What the CLI says now, and said before the pages were asked for, was so when they were made."""
        self._ask()
        # What changes and changes back at once is in no answer of the CLI: it rings, and another one answers.
        stirred = {event["Queue"] for event in self._listener.since(scraped - SOON)}
        for key, (since, value) in self._said.items():
            where, age = (f"at {scraped - self._started:.1f} s", *key), scraped - since
            match key:
                case ("channels",) if age >= 0:
                    self._channels(pages, value, where)
                case ("bridges",) if age >= SOON:
                    self._bridges(pages, value, where)
                case ("queue", queue) if age >= SOON and queue not in stirred:
                    self._queue(pages, queue, value, where)
                case ("sums", queue) if age >= LISTED:
                    self._sums(pages, queue, value, where)

    def _ask(self) -> None:
        said = channels(self._asterisk)
        self._say(("channels",), (said.count - said.internal, said.ids))
        for name, queue in queues(self._asterisk).items():
            self._say(("queue", name), (queue.calls, queue.states, queue.paused))
            self._say(("sums", name), (queue.completed, queue.abandoned))
        self._say(("bridges",), bridges(self._asterisk))

    def _say(self, key: tuple[str, ...], value: Any) -> None:
        if key not in self._said or self._said[key][1] != value:
            self._said[key] = (time.monotonic(), value)

    def _channels(self, pages: Pages, said: tuple[int, frozenset[str]], where: object) -> None:
        expected, ids = said
        for name, page in pages._asdict().items():
            got = page.get("asterisk_active_channels")
            self.checks["channels"].equal(got, expected, name, where, len(ids), "listed")
        page = pages.live
        if (
            page.value("asterisk_channels_ending") == 0
        ):  # one that is ending is in no call, but its call goes on
            started, ended = (
                (page.get(f"asterisk_calls_{name}_total") or 0)
                - (self._first.get(f"asterisk_calls_{name}_total") or 0)
                for name in ("started", "ended")
            )
            self.checks["calls"].equal(started - ended, page.value("asterisk_active_calls"), where)

    def _bridges(self, pages: Pages, said: dict[str, tuple[str, int]], where: object) -> None:
        there = Counter(kind for kind, _ in said.values())
        # The announcer of a conference is counted in its bridge, and no event tells when it comes.
        joined = sum(inside for kind, inside in said.values() if kind == "basic")
        for name, page in pages._asdict().items():
            for kind, count in there.items():
                got = page.get("asterisk_bridges", type=kind)
                self.checks["bridges"].equal(got, count, name, kind, where)
            self.checks["bridges"].equal(page.get("asterisk_bridges"), there.total(), name, where)
            got = page.get("asterisk_bridge_channels", type="basic")
            self.checks["bridge_channels"].equal(got, joined, name, where)

    def _queue(self, pages: Pages, queue: str, said: tuple[int, Counter[str], int], where: object) -> None:
        calls, states, paused = said
        for name, page in pages._asdict().items():
            got = page.get("asterisk_queue_callers", queue=queue)
            self.checks["callers"].equal(got, calls, name, where)
            for state in STATES.values():
                got = page.get("asterisk_queue_members", queue=queue, state=state)
                self.checks["members"].equal(got, states[state], name, state, where)
            got = page.get("asterisk_queue_members_paused", queue=queue)
            self.checks["paused"].equal(got, paused, name, where)

    def _sums(self, pages: Pages, queue: str, sums: tuple[int, int], where: object) -> None:
        for name, value in zip(("completed", "abandoned"), sums, strict=True):
            got = pages.listing.get(f"asterisk_queue_calls_{name}_total", queue=queue)
            self.checks[name].equal(got, value, where)
