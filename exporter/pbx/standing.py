"""What a page stands on: tables at one moment, and of each family what was said last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from exporter.metrics.exposition import Block
from exporter.metrics.families import Family
from exporter.metrics.folds import Open
from exporter.metrics.readers import Row
from exporter.metrics.sources import Derived, Facts, Joined, Table
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


class Said:
    """A family, and what was said of it last."""

    __slots__ = ("_places", "_tally", "block", "family", "name", "on", "place")

    def __init__(self, family: Family, tally: Tally | None, places: tuple[int, ...]) -> None:
        self.family = family
        self.name = family.name
        self.block: Block | None = None
        self.on: object = None  # what the block stands on
        self._tally = tally
        self._places = places  # of the tables that it reads
        plain = isinstance(family.source, Table | Joined | Derived) and not family.ages and len(places) == 1
        self.place = places[0] if plain else None  # of the one table that it stands on, if that is all

    def stands_on(self, seen: Mapping[int, Seen], told: Told) -> object:
        """What differs when it may say something else; None: nobody knows.

        Most families of a page say what they said on the one before. To see that is a tenth of reading them.
        """
        if self._tally is not None:
            return self._tally.version
        if self.family.ages:
            return None
        rows, tables = told.get(self.name), [seen[place].key for place in self._places]
        return None if rows is None and not tables else (rows, tables)


class Ready(NamedTuple):
    """The families that have something to say, as long as tables, session and crowds stand so."""

    when: object
    said: list[Said]
    asking: list[tuple[Facts | Open, list[str]]]  # what else is asked, and the families that it is for
