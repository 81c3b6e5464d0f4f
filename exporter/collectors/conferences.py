"""Conferences (ConfBridge): which there are, who is in them, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pydantic import Field

from exporter.collectors.folds.participations import EVENTS, HEADERS, Participations
from exporter.metrics import (
    Collector,
    Each,
    Events,
    Family,
    Flag,
    Fold,
    Folded,
    Is,
    Live,
    Number,
    Options,
    Poll,
    Site,
    Table,
    counter,
    gauge,
    histogram,
)
from exporter.metrics.families import TALK
from exporter.metrics.labels import OTHER
from exporter.metrics.options import Bounds, Pattern, Word
from exporter.metrics.readers import Row

FIRST = 50  # rooms that are told apart when no pattern says which

# A room begins unlocked. Locking it, and muting all who are in it by a menu, is in no event.
rooms = Table(
    "conferences",
    "ConfbridgeListRooms",
    key=("Conference",),
    live=(Live("ConfbridgeStart", "create", sets={"Locked": "No"}), Live("ConfbridgeEnd", "remove")),
)
# ConfbridgeList of an older Asterisk has no Uniqueid. It holds users from before their ConfbridgeJoin, while
# their name is announced or they hear that they are alone, until after their ConfbridgeLeave, while they hear
# that they were sent out.
users = Table(
    "conference_users",
    "ConfbridgeList",
    key=("Conference", "Channel"),
    live=(
        Live("ConfbridgeJoin", "create"),
        Live("ConfbridgeMute", sets={"Muted": "Yes"}),
        Live("ConfbridgeUnmute", sets={"Muted": "No"}),
        Live("ConfbridgeLeave", "remove"),
    ),
    slack=15.0,
)

PARTICIPATIONS = Fold("participations", EVENTS, HEADERS, Participations)


class ConferenceBuckets(Options):
    """Upper bounds of the buckets of histograms (s), rising."""

    participation: Bounds = TALK
    """Of how long people were in a conference."""


class ConferencesOptions(Options):
    """Options of the collector conferences."""

    rooms: bool = False
    """Metrics for each room. Their names may be what people dialled."""
    include: tuple[Pattern, ...] = ()
    """Regular expressions; only rooms whose whole name matches one are told apart, the rest are other. Without
    any: the first 50 that are seen."""
    exclude: tuple[Pattern, ...] = ()
    """Regular expressions; rooms whose whole name matches one are other, even if included."""
    aliases: dict[Word, Word] = Field(default_factory=dict)
    """Names to show instead of a room's own; counts of rooms that share one are added up."""
    buckets: ConferenceBuckets = Field(default_factory=ConferenceBuckets)
    """Upper bounds of the buckets of histograms (s)."""


@dataclass(frozen=True)
class Room:
    """The name of a room, if it is one of those that are told apart: the named ones, or the first."""

    options: ConferencesOptions

    headers: tuple[str, ...] = field(default=("Conference",), init=False, repr=False)
    choices: tuple[str, ...] = field(default=(), init=False, repr=False)

    @property
    def most(self) -> int:
        """How many are told apart."""
        return 0 if self.options.include else FIRST

    def label(self, row: Row) -> str | None:
        """The room's name, or `other`."""
        name = str(row.get("conference", ""))
        return self.options.aliases.get(name, name) if self._apart(name) else OTHER

    def _apart(self, name: str) -> bool:
        if _any(self.options.exclude, name):
            return False
        return not self.options.include or _any(self.options.include, name)


def _any(patterns: tuple[str, ...], name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def declare(options: ConferencesOptions, site: Site) -> Collector:
    """The collector as the options want it."""
    return Collector(
        name="conferences",
        help=__doc__ or "",
        reads=("call",),
        polls=(
            Poll("ConfbridgeListRooms", fills=(rooms,)),
            Poll("ConfbridgeList", fills=(users,), each=Each("Conference", of=rooms, header="Conference")),
        ),
        families=(*_all(options), *(_rooms(Room(options)) if options.rooms else ())),
        options=ConferencesOptions,
        declare=declare,
    )


def _all(options: ConferencesOptions) -> tuple[Family, ...]:
    return (
        gauge(
            "conferences",
            "Conferences now; from ConfbridgeListRooms, live by ConfbridgeStart and ConfbridgeEnd.",
            rooms,
        ),
        gauge(
            "conference_users",
            "Users of all conferences now, also those who wait for a marked one; from ConfbridgeList, live by "
            "ConfbridgeJoin and ConfbridgeLeave.",
            users,
        ),
        counter("conference_joins_total", "Users who came; from ConfbridgeJoin.", Events("ConfbridgeJoin")),
        counter(
            "conference_leaves_total", "Users who went; from ConfbridgeLeave.", Events("ConfbridgeLeave")
        ),
        histogram(
            "conference_participation_seconds",
            "How long users were in a conference; from ConfbridgeJoin and ConfbridgeLeave. Those who were in it "
            "before the session began are not counted.",
            Folded(PARTICIPATIONS, "left"),
            value=Number("Seconds"),
            buckets=options.buckets.participation,
        ),
    )


def _rooms(room: Room) -> tuple[Family, ...]:
    of = {"conference": room}
    return (
        gauge(
            "conference_participants",
            "Users of a conference now; from ConfbridgeList, live by ConfbridgeJoin and ConfbridgeLeave.",
            users,
            of,
            over=rooms,
        ),
        gauge(
            "conference_marked",
            "Marked users of a conference now; from ConfbridgeList, field MarkedUser. Who comes is known to be "
            "marked from the next list on.",
            users,
            of,
            where=Is("MarkedUser", ("Yes",)),
            over=rooms,
        ),
        gauge(
            "conference_muted",
            "Muted users of a conference now; from ConfbridgeList, field Muted, live by ConfbridgeMute and "
            "ConfbridgeUnmute. When a menu mutes all of them at once the next list tells.",
            users,
            of,
            where=Is("Muted", ("Yes",)),
            over=rooms,
        ),
        gauge(
            "conference_locked",
            "1 if a conference lets nobody in, else 0; of several under one name: how many are locked; from "
            "ConfbridgeListRooms, field Locked. No event tells it: it is as of the last list.",
            rooms,
            of,
            Flag("Locked"),
            take="sum",
        ),
    )


COLLECTOR = declare(ConferencesOptions(), Site())
