"""Dials: what was dialled over which trunk, how it ended, how long it rang and was talked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from exporter.collectors.channels import TECHNOLOGIES, channels
from exporter.collectors.folds.dials import ELSEWHERE, EVENTS, HEADERS, Dials
from exporter.collectors.trunk_rows import trunk_of
from exporter.metrics import (
    Choice,
    Family,
    Fold,
    Folded,
    Matches,
    Not,
    Number,
    Open,
    Part,
    Seed,
    Site,
    counter,
    gauge,
    histogram,
)
from exporter.metrics.readers import LabelReader

# Upper bounds of buckets (s): of what a caller waits for.
DIAL = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 60.0, 120.0)

RESULTS = {
    "ANSWER": "answer",
    "BUSY": "busy",
    "NOANSWER": "no_answer",
    "CANCEL": "cancel",
    ELSEWHERE: "answered_elsewhere",
    "CONGESTION": "congestion",
    "CHANUNAVAIL": "unavailable",
}

DIALS = Fold("dials", EVENTS, HEADERS, Dials, (Seed(channels, ()),))

seconds = Number("Seconds")
# The far half of a Local channel dials on by itself: what its near half took would be counted twice.
real = Not(Matches("DestChannel", "Local/.*"))


@dataclass(frozen=True)
class Dialled(Part):
    """The technology of a dial. Only `usual` ones begin at 0: with all of them a trunk has 144 results."""

    usual: tuple[str, ...] = ()

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """Those that there is a 0 for."""
        return self.usual


def _usual(site: Site) -> tuple[str, ...]:
    """PJSIP, and what the trunks' patterns begin with."""
    starts = (re.match("([A-Za-z0-9]+)/", trunk.match) for trunk in site.trunks)
    named = (start[1] for start in starts if start and start[1] in TECHNOLOGIES)
    return tuple(dict.fromkeys(("PJSIP", *named)))


def dial_families(
    site: Site, waits: tuple[float, ...], talks: tuple[float, ...], example: str | None
) -> tuple[Family, ...]:
    """The metrics of dials; `waits` and `talks` are buckets, `example` is the header of an exemplar."""
    trunk = trunk_of("DestChannel", site)
    both: dict[str, LabelReader | str] = {
        "trunk": trunk,
        "technology": Dialled("DestChannel", "([^/]+)/", TECHNOLOGIES, usual=_usual(site)),
    }
    return (
        counter(
            "dials_total",
            "Channels that were dialled; each leg of a fork and each Local channel is one; from DialBegin. Where no "
            "channel could be made nothing was dialled. They are asterisk_dial_results_total and "
            "asterisk_dials_in_progress; those that are in progress when a session ends get no result.",
            Folded(DIALS, "began"),
            both,
            zeros="closed",
        ),
        gauge(
            "dials_in_progress",
            "Dials without a result yet, of those that began within the session; from DialBegin and DialEnd.",
            Open(DIALS, "dials"),
            both,
            zeros="closed",
        ),
        counter(
            "dial_results_total",
            "Dials by how they ended; from DialEnd, field DialStatus, the first one of each dial. answered_elsewhere: "
            "another leg was faster, or it was picked up (Hangup, Cause 26); other: also those that hung up without "
            "DialEnd. What a pickup answers was not dialled and does not count.",
            Folded(DIALS, "ended"),
            {**both, "status": Choice("DialStatus", RESULTS)},
            zeros="closed",
        ),
        histogram(
            "dial_post_dial_delay_seconds",
            "From DialBegin to the first ringing, progress or answer; from DialState, Newstate and DialEnd. Without "
            "Local channels, whose far half dials by itself.",
            Folded(DIALS, "heard"),
            {"trunk": trunk},
            seconds,
            buckets=waits,
            where=real,
            zeros="closed",
        ),
        histogram(
            "dial_answer_seconds",
            "From DialBegin to the answer; from DialEnd with DialStatus: ANSWER. Without Local channels.",
            Folded(DIALS, "answered"),
            {"trunk": trunk},
            seconds,
            buckets=waits,
            where=real,
            zeros="closed",
        ),
        histogram(
            "talk_seconds",
            "From the answer of a dial to the hangup of the channel that was dialled; from DialEnd and Hangup. Its "
            "mean is the average call duration (ACD). Without Local channels.",
            Folded(DIALS, "talked"),
            {"trunk": trunk},
            seconds,
            buckets=talks,
            where=real,
            zeros="closed",
            exemplar=example,
        ),
    )
