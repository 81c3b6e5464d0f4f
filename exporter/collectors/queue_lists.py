"""What QueueStatus tells of queues: its tables, and the metrics of what there is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exporter.metrics import (
    Age,
    All,
    Choice,
    Exceeds,
    Family,
    Flag,
    Is,
    Joined,
    Live,
    Number,
    Since,
    Table,
    Text,
    counter,
    gauge,
    info,
)
from exporter.metrics.readers import Condition, Row

# What the list calls Name and Location, events call otherwise.
RENAMED = {"Name": "MemberName", "Location": "Interface"}
MEMBER_EVENTS = (
    "QueueMemberStatus",
    "QueueMemberPause",
    "QueueMemberPenalty",
    "QueueMemberRinginuse",
)

# enum ast_device_state
STATES = {
    "0": "unknown",
    "1": "not_in_use",
    "2": "in_use",
    "3": "busy",
    "4": "invalid",
    "5": "unavailable",
    "6": "ringing",
    "7": "ring_in_use",
    "8": "on_hold",
}
state = Choice("Status", STATES, other="unknown")


class WrapUp(Number):
    """The wrap-up time of a member (s): before Asterisk 16.3 members had none of their own."""

    def number(self, row: Row, now: float) -> float | None:
        """The time, 0 where it is not told."""
        return super().number(row, now) or 0.0


@dataclass(frozen=True)
class Tables:
    """What QueueStatus fills."""

    queues: Table
    callers: Table
    members: Table

    @classmethod
    def where(cls, watched: Condition | None) -> Tables:
        """The tables, with the rows of the queues that are told of."""
        return cls(
            queues=Table("queues", "QueueParams", key=("Queue",), where=watched),
            callers=Table(
                "queue_callers",
                "QueueEntry",
                key=("Queue", "Uniqueid"),
                where=watched,
                live=(Live("QueueCallerJoin", "create"), Live("QueueCallerLeave", "remove")),
            ),
            members=Table(
                "queue_members",
                "QueueMember",
                key=("Queue", "Location"),
                where=watched,
                live=(
                    Live("QueueMemberAdded", "create", RENAMED),
                    *(Live(event, "update", RENAMED) for event in MEMBER_EVENTS),
                    # No QueueMemberStatus comes just then. One comes after AgentComplete, which would be too
                    # early: the member may have other calls.
                    Live("AgentConnect", "update", RENAMED, sets={"InCall": "1"}),
                    Live("QueueMemberRemoved", "remove", RENAMED),
                ),
                # CallsTaken and LastCall change without an event, InCall too in the member's other queues.
                compared=("Status", "Paused", "PausedReason", "Penalty"),
            ),
        )


def families(tables: Tables, queue: Text) -> Iterator[Family]:
    """What there is now, and what Asterisk has added up itself."""
    queues, callers, members = tables.queues, tables.callers, tables.members
    of = {"queue": queue}

    def said(name: str, text: str, value: Number) -> Family:
        return gauge(f"queue_{name}", text, queues, of, value)

    yield gauge(
        "queue_callers",
        "Callers that wait now; from QueueEntry, live by QueueCallerJoin and QueueCallerLeave.",
        callers,
        of,
        over=queues,
    )
    yield gauge(
        "queue_longest_wait_seconds",
        "How long the caller that waits longest has waited until now, 0 with none; from QueueEntry, field Wait, "
        "live by QueueCallerJoin.",
        callers,
        of,
        Age("Wait"),
        take="max",
        over=queues,
    )
    yield gauge(
        "queue_callers_over_service_level",
        "Callers that wait now and have waited longer than the service level of the queue; from QueueEntry, field "
        "Wait, and QueueParams, field ServiceLevel.",
        Joined(callers, queues),
        of,
        Exceeds(Age("Wait"), Number("ServiceLevel")),
        take="sum",
        over=queues,
    )
    yield gauge(
        "queue_members",
        "Members by the state of their device, paused ones too; from QueueMember, field Status, live by "
        "QueueMemberStatus, QueueMemberAdded and QueueMemberRemoved.",
        members,
        {**of, "state": state},
        over=queues,
    )
    yield gauge(
        "queue_members_paused",
        "Members that pause, whatever the state of their device; from QueueMember, field Paused, live by "
        "QueueMemberPause.",
        members,
        of,
        Flag("Paused"),
        take="sum",
        over=queues,
    )
    yield gauge(
        "queue_members_available",
        "Members that can be called now: not in use, not paused, and their own wrap-up time is over; from "
        "QueueMember, fields Status, Paused, LastCall and Wrapuptime. The wrap-up time of a queue as a whole is "
        "not told over AMI.",
        members,
        of,
        Exceeds(Since("LastCall"), WrapUp("Wrapuptime")),
        take="sum",
        where=All((Is("Status", ("1",)), Is("Paused", ("0",)))),
        over=queues,
    )
    yield info(
        "queue_info",
        "How the queue chooses among its members; from QueueParams, field Strategy.",
        queues,
        {**of, "strategy": "Strategy"},
    )
    yield said(
        "callers_limit",
        "The most callers that may wait; from QueueParams, field Max. Absent without a limit.",
        Number("Max", zero=False),
    )
    yield said(
        "weight", "The weight of the queue among others; from QueueParams, field Weight.", Number("Weight")
    )
    yield said(
        "service_level_seconds",
        "Within how many seconds calls should be answered; from QueueParams, field ServiceLevel.",
        Number("ServiceLevel"),
    )
    yield said(
        "hold_average_seconds",
        "How long callers wait until they are answered: Asterisk's moving average; from QueueParams, field "
        "Holdtime.",
        Number("Holdtime"),
    )
    yield said(
        "talk_average_seconds",
        "How long answered calls last: Asterisk's moving average; from QueueParams, field TalkTime.",
        Number("TalkTime"),
    )
    yield said(
        "service_level_ratio",
        "Of the answered calls, the part that was answered within the service level, since Asterisk started "
        "or the queue's statistics were reset; from QueueParams, field ServicelevelPerf.",
        Number("ServicelevelPerf", scale=0.01),
    )
    yield said(
        "service_level_offered_ratio",
        "The same of all calls, also those that ended without an answer; from QueueParams, field "
        "ServicelevelPerf2.",
        Number("ServicelevelPerf2", scale=0.01),
    )
    yield counter(
        "queue_calls_completed_total",
        "Answered calls that have ended, as Asterisk counts them since it started or the queue's statistics were "
        "reset; from QueueParams, field Completed. It misses calls of one member that overlap; "
        "queue_completions_total does not.",
        queues,
        of,
        Number("Completed"),
    )
    yield counter(
        "queue_calls_abandoned_total",
        "Calls that left without an answer, as Asterisk counts them since it started or the queue's statistics were "
        "reset; from QueueParams, field Abandoned. It includes time-outs, but no caller who left by a key; "
        "queue_wait_seconds tells callers who gave up from the rest.",
        queues,
        of,
        Number("Abandoned"),
    )
