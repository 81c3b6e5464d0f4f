"""What custom metrics take from elsewhere: tables and folds of built-in collectors; and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from exporter.metrics.collector import Collector
from exporter.metrics.eventclasses import CLASS_OF
from exporter.metrics.folds import Fold, Folded, Open
from exporter.metrics.sources import Poll, Table

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where in the entry. `word` stands there instead of one of `known`."""

    path: Path
    text: str
    word: str = ""
    known: tuple[str, ...] = ()


class Mistakes(list[Mistake]):
    """All that is wrong with an entry."""

    def add(self, path: Path, text: str, word: str = "", known: Iterable[str] = ()) -> None:
        """Note a mistake."""
        self.append(Mistake(path, text, word, tuple(known)))


@dataclass
class Borrowed:
    """What an entry uses of built-in collectors: with a table or a fold go the polls that fill it."""

    builtins: Mapping[str, Collector]
    classes: set[str] = field(default_factory=set)  # read classes of the events that this needs
    _fills: dict[Poll, dict[Table, None]] = field(default_factory=dict)

    @property
    def polls(self) -> tuple[Poll, ...]:
        """The polls, each for the tables that are used alone."""
        return tuple(replace(poll, fills=tuple(tables)) for poll, tables in self._fills.items())

    @property
    def tables(self) -> dict[str, Table]:
        """All tables that there are."""
        return {table.name: table for each in self.builtins.values() for table in each.tables}

    def take(self, table: Table) -> None:
        """See that the table is filled."""
        owner = next(each for each in self.builtins.values() if table in each.tables)
        self._listen((live.event for live in table.live), owner)
        for poll in owner.polls:
            if table in poll.fills:
                self._fills.setdefault(poll, {})[table] = None
                if poll.each and poll.each.of:
                    self.take(poll.each.of)

    def fold(self, name: str, rows: str, wrong: Mistakes, path: Path, *, grows: bool) -> Fold | None:
        """The fold of that name, if it has these rows: as they happen, or those that are open now."""
        folds = {fold.name: (fold, each) for each in self.builtins.values() for fold in each.folds}
        if name not in folds:
            wrong.add((*path, "fold"), "unknown fold", name, folds)
            return None
        fold, owner = folds[name]
        kind = Folded if grows else Open
        known = {
            family.source.what
            for each in self.builtins.values()
            for family in each.families
            if isinstance(family.source, kind) and family.source.fold == fold
        }
        if rows not in known:
            of = "as they happen" if grows else "that are open now"
            wrong.add((*path, "rows"), f"the fold {name} has no such rows {of}:", rows, sorted(known))
            return None
        self._listen(fold.events, owner)
        for seed in fold.seeds:
            self.take(seed.table)
        return fold

    def _listen(self, events: Iterable[str], owner: Collector) -> None:
        for event in events:
            self.classes.update([CLASS_OF[event]] if event in CLASS_OF else owner.reads)
