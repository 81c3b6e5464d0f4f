"""Metrics for each member of each queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.collectors.queue_lists import state
from exporter.collectors.queue_options import QueuesOptions
from exporter.metrics import (
    Case,
    Choice,
    Events,
    Family,
    Flag,
    Fold,
    Folded,
    Number,
    Table,
    Text,
    counter,
    gauge,
    states,
)
from exporter.metrics.families import Labels
from exporter.metrics.readers import Condition, LabelReader, NumberReader, Row


@dataclass(frozen=True)
class Either:
    """A text that lists and events call by different names: the first header that is there."""

    names: tuple[str, ...]
    choices: tuple[str, ...] = field(default=(), init=False, repr=False)
    most: int = field(default=0, init=False, repr=False)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return self.names

    def label(self, row: Row) -> str | None:
        """The header's text."""
        found = (row.get(name.lower()) for name in self.names)
        return next((str(value) for value in found if value), None)


def _reason(names: tuple[str, ...]) -> LabelReader:
    """The label of a pause's reason: of a closed set, or the first that come."""
    if names:
        return Choice("Reason", {"": "none"} | {name: name for name in names})
    return Text("Reason", default="none", most=50)


def families(
    members: Table, queue: Text, watched: Condition | None, pauses: Fold, options: QueuesOptions
) -> Iterator[Family]:
    """The families that speak of members one by one."""
    crowd = members if options.members == "auto" else None
    return iter(
        (
            *_of_lists(members, queue, crowd),
            *_of_events(members, queue, watched, crowd),
            counter(
                "queue_member_pause_seconds_total",
                "How long members have paused, by reason (none: they gave none); from QueueMemberPause. While a pause "
                "goes on it is up to 15 s behind, at its end exact. What the exporter did not see is not in it.",
                Folded(pauses, "pause"),
                {"queue": queue, "member": "Member", "reason": _reason(options.pause_reasons)},
                Number("Seconds"),
                where=watched,
                crowd=crowd,
            ),
        )
    )


def _of_lists(members: Table, queue: Text, crowd: Table | None) -> Iterator[Family]:
    """How each member is now, and what Asterisk keeps of it."""
    row: Labels = {"queue": queue, "member": "Name", "interface": "Location"}

    def said(name: str, text: str, value: NumberReader) -> Family:
        return gauge(f"queue_member_{name}", text, members, row, value, crowd=crowd)

    yield states(
        "queue_member_state",
        "The state of each member's device; from QueueMember, field Status, live by QueueMemberStatus.",
        members,
        row,
        state,
        crowd=crowd,
    )
    yield said(
        "paused",
        "1 while the member pauses, else 0; from QueueMember, field Paused, live by QueueMemberPause.",
        Flag("Paused"),
    )
    yield said(
        "in_call",
        "1 while the member is in a call of the queue, else 0; from QueueMember, field InCall (Asterisk 13.8 and "
        "later), live by AgentConnect and QueueMemberStatus. With shared_lastcall it is 1 in all queues of the member "
        "as soon as a list tells.",
        Flag("InCall"),
    )
    yield said(
        "penalty",
        "The member's penalty; from QueueMember, field Penalty, live by QueueMemberPenalty.",
        Number("Penalty"),
    )
    yield said(
        "last_call_timestamp_seconds",
        "When the member's last call ended, as Unix time; from QueueMember, field LastCall. Absent if never.",
        Number("LastCall", zero=False),
    )
    yield said(
        "last_pause_timestamp_seconds",
        "When the member last began to pause, as Unix time; from QueueMember, field LastPause (Asterisk 14 and "
        "later). Absent if never.",
        Number("LastPause", zero=False),
    )
    yield said(
        "login_timestamp_seconds",
        "When the member was added to the queue, as Unix time; from QueueMember, field LoginTime (Asterisk "
        "16.23, 18.9 and later). Absent if never.",
        Number("LoginTime", zero=False),
    )
    yield counter(
        "queue_member_calls_taken_total",
        "Calls that Asterisk counts for the member; from QueueMember, field CallsTaken. It misses calls of one "
        "member that overlap; queue_member_answers_total does not.",
        members,
        row,
        Number("CallsTaken"),
        crowd=crowd,
    )


def _of_events(
    members: Table, queue: Text, watched: Condition | None, crowd: Table | None
) -> Iterator[Family]:
    """What each member has done, added up since the exporter started."""
    row: Labels = {"queue": queue, "member": Either(("MemberName", "Name"))}

    def summed(name: str, text: str, source: Events, value: NumberReader | None = None) -> Family:
        return counter(
            f"queue_member_{name}_total",
            text,
            source,
            row,
            value,
            where=watched,
            over=members,
            crowd=crowd,
        )

    yield summed("answers", "Calls that the member answered; from AgentConnect.", Events("AgentConnect"))
    yield summed(
        "missed",
        "Calls that rang at the member until the time was up; from AgentRingNoAnswer.",
        Events("AgentRingNoAnswer"),
    )
    yield summed(
        "talk_seconds",
        "How long the member talked to callers of the queue; from AgentComplete, field TalkTime.",
        Events("AgentComplete"),
        Number("TalkTime"),
    )
    yield summed(
        "ring_seconds",
        "How long it rang at the member, answered or missed; from AgentConnect and AgentRingNoAnswer, field RingTime.",
        Events("AgentConnect", "AgentRingNoAnswer"),
        # One is in seconds, the other in milliseconds.
        Case(
            "Event",
            {"AgentConnect": Number("RingTime"), "AgentRingNoAnswer": Number("RingTime", scale=0.001)},
        ),
    )
