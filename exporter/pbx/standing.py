"""What a page stands on: tables at one moment, and of each family what was said last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.folds import Open
from exporter.metrics.readers import Row
from exporter.metrics.sources import Facts
from exporter.pbx.shapes import Key
from exporter.pbx.tallies import Tally

Told: TypeAlias = Mapping[str, list[Row]]


@dataclass(slots=True, eq=False)
class Seen:
    """A table at one moment, and whether its rows are what Asterisk has then."""

    rows: Mapping[Key, Row]
    version: int
    changed: Mapping[str, int]  # as of the live table
    known: bool
    offered: bool  # whether they may be had at all
    key: tuple[int, bool, bool]  # what differs when anything of it does

    def version_of(self, headers: Iterable[str]) -> tuple[int | None, ...]:
        """What differs when one of these headers does, or which rows there are."""
        return (self.changed.get(""), *map(self.changed.get, headers))


@dataclass(slots=True, eq=False)
class Shown:
    """A family, and what was said of it last."""

    family: Family
    name: str
    tally: Tally | None
    places: tuple[int, ...]  # of the tables that it reads
    block: Block | None = None
    on: object = None  # what the block stands on

    def stands_on(self, seen: Mapping[int, Seen], told: Told) -> object:
        """What differs when it may say something else; None: nobody knows.

        Most families of a page say what they said on the one before. To see that is a tenth of reading them.
        """
        if self.tally is not None:
            return self.tally.version
        if self.family.ages:
            return None
        rows, places = told.get(self.name), self.places
        if rows is None:
            return seen[places[0]].key if len(places) == 1 else [seen[place].key for place in places] or None
        return rows, [seen[place].key for place in places] if places else None


class Ready(NamedTuple):
    """The families that have something to say, as long as tables, session and crowds stand so."""

    when: object
    shown: list[Shown]
    asking: list[tuple[Facts | Open, list[str]]]  # what else is asked, and the families that it is for
