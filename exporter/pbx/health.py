"""How the collectors of one server fare: whether Asterisk has what they ask for, and answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from exporter.ami import reading
from exporter.metrics.collector import Collector
from exporter.metrics.readers import Row
from exporter.metrics.sources import Poll
from exporter.pbx import clock
from exporter.pbx.link import Link
from exporter.pbx.polls import PollState


class Health:
    """Looks at the polls of each collector.

    Args:
        named: collectors that were asked for by name.
        asking: the polls by collector.
    """

    def __init__(
        self,
        collectors: Sequence[Collector],
        named: Collection[str],
        asking: Mapping[str, Sequence[PollState]],
    ) -> None:
        self._collectors = collectors
        self._named = named
        self._asking = asking
        self._states = [state for states in asking.values() for state in states]
        self._known: tuple[object, list[Row]] = (None, [])  # the rows, and what they are of

    def failing(self, link: Link) -> dict[str, str]:
        """Collectors that should bring something and do not, and why."""
        found: dict[str, str] = {}
        for collector in self._collectors if link.up else ():
            for state in self._counted(collector):
                if self._lacks(collector, state):
                    found.setdefault(collector.name, f"{state.poll.action}: no right to it, or no module")
                elif state.failure:
                    found.setdefault(collector.name, state.failure)
        return found

    def missed(self) -> set[str]:
        """The actions that are not offered, and should be."""
        return {
            poll.action
            for collector in self._collectors
            for poll, state in self._asked(collector)
            if not poll.optional and self._lacks(collector, state)
        }

    def results(self, link: Link) -> list[Row]:
        """A row for each collector of which there is something to say."""
        fared = [
            (state.supported, state.success, state.duration, state.last_success) for state in self._states
        ]
        heard = [link.seen(each.events) for each in self._collectors if not each.polls]
        of = (link.up, clock.stepped(), fared, heard)
        if of != self._known[0]:
            self._known = of, [row for each in self._collectors if (row := self._result(each, link))]
        return self._known[1]

    def _lacks(self, collector: Collector, state: PollState) -> bool:
        """Whether an action is not offered that should be: every Asterisk has it, or somebody asked for it.

        That an Asterisk does not have what it has no module for is no trouble.
        """
        spec = reading(state.poll.action)
        expected = collector.name in self._named or (spec is not None and spec.everywhere)
        return state.supported is False and expected

    def _result(self, collector: Collector, link: Link) -> Row | None:
        if not link.up:
            return None
        states = self._counted(collector)
        row: dict[str, str | float] = {"collector": collector.name}
        if not states:  # read rights cannot be asked for: only an event tells
            return {**row, "supported": 1.0} if link.seen(collector.events) else None
        known = [state.supported for state in states]
        if None not in known:
            row["supported"] = float(all(known))
            if not all(known):
                return row
        row["success"] = float(all(state.success for state in states))
        if durations := [state.duration for state in states if state.duration is not None]:
            row["duration"] = sum(durations)
        times = [state.last_success for state in states if state.last_success is not None]
        if len(times) == len(states):
            row["lastsuccess"] = clock.wall(min(times))
        return row

    def _counted(self, collector: Collector) -> list[PollState]:
        """The polls on which the collector stands here: what stands in for another counts instead of it."""
        asked = self._asked(collector)
        replaced = [state.instead_of for _, state in asked if state.instead_of and state.asked]
        return [
            state
            for poll, state in asked
            if (state.asked or not (poll.instead_of or poll.optional)) and state not in replaced
        ]

    def _asked(self, collector: Collector) -> list[tuple[Poll, PollState]]:
        """Its polls, as it declares them: what one can do without another may need."""
        return list(zip(collector.polls, self._asking[collector.name], strict=True))
