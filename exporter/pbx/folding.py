"""A fold of one server at work: events in, rows out to the tallies that add them up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exporter.metrics.folds import Fold, Folded, Told
from exporter.metrics.readers import Row
from exporter.pbx.tables import LiveTable
from exporter.pbx.tallies import Tally


class Folding:
    """One fold and those who listen to it. Times are Unix times (s), given by the caller."""

    def __init__(self, fold: Fold, tallies: Iterable[Tally]) -> None:
        self.fold = fold
        self._machine = fold.make()
        self.turn = 0  # another one when what is open may be other
        self._tallies: dict[str, list[Tally]] = {}
        for tally in tallies:
            source = tally.family.source
            if isinstance(source, Folded) and source.fold == fold:
                self._tallies.setdefault(source.what, []).append(tally)

    def take(self, event: str, fields: Mapping[str, str], now: float) -> None:
        """An event came."""
        self._tell(self._machine.take(event, fields, now), now)

    def listed(self, table: LiveTable, now: float) -> None:
        """A list has replaced the rows of a table."""
        if any(seed.table == table.table for seed in self.fold.seeds):
            self._tell(self._machine.listed(table.table.name, table.rows.values(), now), now)

    def tick(self, now: float) -> None:
        """About a second is over."""
        self._tell(self._machine.tick(now), now)

    def rows(self, what: str) -> Iterable[Row]:
        """What is open now; equal ones in one turn."""
        return self._machine.rows(what)

    def forget(self) -> None:
        """The session is over."""
        self.turn += 1
        self._machine.forget()

    def take_over(self, before: Folding) -> None:
        """Go on with what an earlier one has open."""
        self.turn += 1
        self._machine = before._machine

    def _tell(self, told: Iterable[Told], now: float) -> None:
        self.turn += 1
        for what, row in told:
            for tally in self._tallies.get(what, ()):
                tally.add(row, now)
