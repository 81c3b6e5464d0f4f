"""The questions to one server: how often they are asked, how they fared, what answered them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from exporter.ami import Message
from exporter.ami.actions import only_reads
from exporter.metrics.collector import Collector
from exporter.metrics.sources import Poll, Table
from exporter.pbx.tables import LiveTable

# Without a good list for so many intervals a table is not shown any more.
PATIENCE = 3

SLOW_DOWN = 20  # an answer may take a twentieth of the time
SLOWEST = 20  # intervals from start to start, at the most


class Answer(NamedTuple):
    """The answer to one action, and what it was asked with."""

    response: Message
    items: list[Message]
    params: Mapping[str, str] = {}


@dataclass(slots=True)
class PollState:
    """One poll and how it has fared."""

    poll: Poll
    interval: float
    tables: tuple[LiveTable, ...]
    of: LiveTable | None = None  # whose rows say for what things it is asked
    instead_of: PollState | None = None
    supported: bool | None = None  # whether Asterisk offers the action to our user
    success: bool = False
    failure: str = ""  # why not, in words
    duration: float | None = None  # of the last answer (s)
    timeouts: int = 0  # in a row
    last_success: float | None = None  # Unix time
    good_for: float = 0.0  # seconds from the last success for which it may be shown

    @property
    def fills(self) -> list[tuple[LiveTable, Table]]:
        """The tables, each with how this poll's list tells its rows."""
        return list(zip(self.tables, self.poll.fills, strict=True))

    @property
    def pace(self) -> float:
        """Seconds from start to start: slow answers, and those that never came, make us ask more seldom."""
        slow = max(SLOW_DOWN * (self.duration or 0.0), self.interval * 2.0 ** min(self.timeouts, 10))
        return max(self.interval, min(slow, SLOWEST * self.interval))

    @property
    def asked(self) -> bool:
        """Whether it is asked at all at this server."""
        stands_in = self.instead_of is None or self.instead_of.supported is False
        return stands_in and self.supported is not False

    def succeeded(self, seconds: float, now: float) -> None:
        """A whole answer came, within so many seconds."""
        self.success, self.failure, self.timeouts = True, "", 0
        self.duration, self.last_success = seconds, now
        self.good_for = PATIENCE * self.pace

    def fresh(self, now: float) -> bool:
        """Whether what it brought may still be shown. That time-outs slow us down makes it no fresher."""
        return self.last_success is not None and now - self.last_success <= self.good_for

    def forget(self) -> None:
        """The session is over."""
        self.success, self.last_success, self.duration, self.timeouts = False, None, None, 0

    def take_over(self, before: PollState) -> None:
        """Go on with how an earlier one of the same question has fared."""
        self.supported, self.success, self.failure = before.supported, before.success, before.failure
        self.duration, self.timeouts = before.duration, before.timeouts
        self.last_success, self.good_for = before.last_success, before.good_for

    def questions(self) -> list[dict[str, str]] | None:
        """The parameters of each question to ask now; None while it is not known for what to ask."""
        params = dict(self.poll.params)
        each = self.poll.each
        if each is None:
            return [params]
        if self.of is not None and not self.of.loaded:
            return None
        names = each.asked(self.of.rows.values() if self.of else ())
        asked = ({**params, each.param: name} for name in names if _fits(name))
        return [params for params in asked if only_reads(self.poll.action, params.items())]


def outlook(states: Iterable[PollState], now: float) -> tuple[bool, bool]:
    """Of polls that fill the same table: whether it is what Asterisk has now, and whether it may be had."""
    fresh = offered = False
    for state in states:
        fresh = fresh or state.fresh(now)
        offered = offered or state.supported is not False
    return fresh, offered


def _fits(name: str) -> bool:
    """Whether a name that Asterisk gave, perhaps from a caller, fits into one line of an action."""
    return name.isprintable() and len(name.encode("utf-8", "replace")) <= 200


def rows_for(table: Table, answers: Iterable[Answer]) -> Iterator[Mapping[str, str]]:
    """The rows of a table that the answers to its poll hold."""
    for response, items, params in answers:
        asked = {name.lower(): value for name, value in params.items()}
        if table.lines:
            for line in response.output:
                if match := _lines(table.lines).match(line):
                    named = {
                        name.lower(): value for name, value in match.groupdict().items() if value is not None
                    }
                    yield {**asked, **named}
        elif table.event:
            event = table.event.lower()
            for item in items:
                if item.name.lower() == event:
                    yield {**asked, **item.fields} if asked else item.fields
        elif response.name != "Error":  # one that only says: there is none
            yield {**asked, **response.fields}


@lru_cache(maxsize=256)
def _lines(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class Plan(NamedTuple):
    """A question, and how often it is asked (s)."""

    poll: Poll
    interval: float


def shared(collectors: Iterable[Collector], intervals: Mapping[str, float]) -> list[Plan]:
    """Each question once, at the shortest interval that a collector wants, for all their tables."""
    plans: dict[str, Plan] = {}
    for collector in collectors:
        for poll in collector.polls:
            interval = intervals.get(collector.name, collector.interval)
            if poll.every and poll.every > collector.interval:
                interval = max(interval, poll.every)
            plan = plans.get(poll.question)
            fills = tuple(dict.fromkeys((*(plan.poll.fills if plan else ()), *poll.fills)))
            interval = min(interval, plan.interval) if plan else interval
            plans[poll.question] = Plan(replace(poll, fills=fills), interval)
    return list(plans.values())
