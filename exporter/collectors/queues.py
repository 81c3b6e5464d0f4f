"""Queues: who waits and for how long, who serves them, and how it went."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.collectors import queue_lists, queue_members
from exporter.collectors.folds import queue_pauses, queue_waits
from exporter.collectors.queue_lists import Tables
from exporter.collectors.queue_options import QueuesOptions
from exporter.metrics import (
    Choice,
    Collector,
    Events,
    Family,
    Fold,
    Folded,
    Number,
    Poll,
    Seed,
    Site,
    Text,
    counter,
    histogram,
)
from exporter.metrics.readers import AT, Condition

COMPLETE_REASONS = {"caller": "caller", "agent": "agent", "transfer": "transfer"}
OUTCOMES = {"answered": "answered", "abandoned": "abandoned"}


def declare(options: QueuesOptions, site: Site) -> Collector:
    """The collector as the options want it."""
    watched = options.watched
    tables = Tables.where(watched)
    queue = Text("Queue", names=options.aliases)
    waits = Fold(
        "queue_waits",
        queue_waits.EVENTS,
        queue_waits.HEADERS,
        queue_waits.Waits,
        (
            Seed(tables.queues, ("Queue", "ServiceLevel")),
            Seed(tables.callers, ("Queue", "Uniqueid", "Wait", AT)),
        ),
    )
    pauses = Fold(
        "queue_pauses",
        queue_pauses.EVENTS,
        queue_pauses.HEADERS,
        queue_pauses.Pauses,
        (Seed(tables.members, ("Queue", "Location", "Name", "Paused", "PausedReason")),),
    )
    families = [*queue_lists.families(tables, queue), *_of_events(tables, queue, watched, waits, options)]
    if options.members:
        families += queue_members.families(tables.members, queue, watched, pauses, options)
    return Collector(
        name="queues",
        help=__doc__ or "",
        reads=("agent", "call"),
        polls=(Poll("QueueStatus", fills=(tables.queues, tables.callers, tables.members)),),
        families=tuple(families),
        options=QueuesOptions,
        declare=declare,
    )


def _of_events(
    tables: Tables, queue: Text, watched: Condition | None, waits: Fold, options: QueuesOptions
) -> Iterator[Family]:
    """What has happened, added up since the exporter started."""
    queues = tables.queues
    of = {"queue": queue}
    example = "Linkedid" if options.exemplars else None
    yield counter(
        "queue_joins_total",
        "Callers that joined; from QueueCallerJoin.",
        Events("QueueCallerJoin"),
        of,
        where=watched,
        over=queues,
    )
    yield histogram(
        "queue_wait_seconds",
        "How long callers waited, by how it ended: answered (AgentConnect), abandoned (a HangupRequest of the "
        "caller came before QueueCallerAbandon), timeout_or_other (the time was up, a key, the last member went). "
        "Whole seconds where Asterisk tells them (HoldTime). Who leaves without a word is counted when it hangs "
        "up or joins again, at the latest after 30 s.",
        Folded(waits, "wait"),
        {**of, "outcome": Choice("Outcome", OUTCOMES, other="timeout_or_other")},
        Number("Seconds"),
        buckets=options.buckets.wait,
        where=watched,
        over=queues,
        exemplar=example,
    )
    yield counter(
        "queue_answers_within_service_level_total",
        "Answers within the service level of the queue; from AgentConnect, field HoldTime, and QueueParams, field "
        "ServiceLevel.",
        Folded(waits, "within"),
        of,
        where=watched,
        over=queues,
    )
    yield histogram(
        "queue_ring_seconds",
        "How long it rang at the member who answered, in whole seconds; from AgentConnect, field RingTime.",
        Events("AgentConnect"),
        of,
        Number("RingTime"),
        buckets=options.buckets.ring,
        where=watched,
        over=queues,
    )
    yield histogram(
        "queue_talk_seconds",
        "How long member and caller talked, in whole seconds; from AgentComplete, field TalkTime.",
        Events("AgentComplete"),
        of,
        Number("TalkTime"),
        buckets=options.buckets.talk,
        where=watched,
        over=queues,
        exemplar=example,
    )
    yield counter(
        "queue_completions_total",
        "Answered calls that have ended, by who ended them: caller, agent, transfer; from AgentComplete.",
        Events("AgentComplete"),
        {**of, "reason": Choice("Reason", COMPLETE_REASONS)},
        where=watched,
        over=queues,
    )


COLLECTOR = declare(QueuesOptions(), Site())
