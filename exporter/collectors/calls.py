"""Calls, dials and channels as they come and go: how many, how they end, how long they take."""

from __future__ import annotations

from pydantic import Field

from exporter.collectors.causes import CAUSES
from exporter.collectors.channels import CALLS, CHANNELS, external, technology
from exporter.collectors.dials import DIAL, dial_families
from exporter.collectors.folds.agi import EVENTS, HEADERS, Commands
from exporter.metrics import (
    SHORT,
    All,
    Choice,
    Collector,
    Events,
    Family,
    Fold,
    Folded,
    Is,
    Matches,
    Number,
    Options,
    Part,
    Site,
    Text,
    counter,
    histogram,
)
from exporter.metrics.families import TALK
from exporter.metrics.options import Bounds, Word

# Reason of OriginateResponse: what the channel said last.
ORIGINATES = {"4": "success", "3": "no_answer", "5": "busy", "8": "congestion"}
TRANSFERS = {"Success": "success", "Fail": "failure", "Invalid": "invalid", "Not Permitted": "not_permitted"}

COMMANDS = Fold("agi_commands", EVENTS, HEADERS, Commands)


class CallBuckets(Options):
    """Upper bounds of the buckets of histograms (s), rising."""

    dial: Bounds = DIAL
    """Of how long it took until it rang, and until somebody answered."""
    talk: Bounds = TALK
    """Of how long talks, calls and channels lasted."""
    agi: Bounds = SHORT
    """Of how long commands of AGI took."""


class CallsOptions(Options):
    """Options of the collector calls."""

    user_events: tuple[Word, ...] = ()
    """The names of UserEvent that are told apart; the rest are other. Without any: the first 50 that come."""
    buckets: CallBuckets = Field(default_factory=CallBuckets)
    """Upper bounds of the buckets of histograms (s)."""
    exemplars: bool = False
    """Give histograms of talks and calls the Linkedid of a call as an example (in OpenMetrics)."""

    @property
    def example(self) -> str | None:
        """The header that names an example."""
        return "Linkedid" if self.exemplars else None


def declare(options: CallsOptions, site: Site) -> Collector:
    """The collector for these options and trunks."""
    return Collector(
        name="calls",
        help=__doc__ or "",
        reads=("call", "agi", "user"),
        polls=(CHANNELS,),
        families=(
            *_channels(options),
            *_calls(options),
            *dial_families(site, options.buckets.dial, options.buckets.talk, options.example),
            *_others(options),
        ),
        options=CallsOptions,
        declare=declare,
    )


def _channels(options: CallsOptions) -> tuple[Family, ...]:
    return (
        counter(
            "channels_created_total",
            "Channels that came to be, less Asterisk's internal ones; from Newchannel.",
            Events("Newchannel"),
            {"technology": technology},
            where=external,
            zeros="closed",
        ),
        counter(
            "channel_hangups_total",
            "Channels that hung up, by the Q.850 cause, as words; from Hangup, field Cause. unknown is Asterisk's "
            "0: callers who hang up often give no cause.",
            Events("Hangup"),
            {"technology": technology, "cause": Choice("Cause", CAUSES, default="unknown")},
            where=external,
        ),
        counter(
            "sip_failures_total",
            "Channels that a SIP failure ended, by its code, 300 to 699; from Hangup, field TechCause (Asterisk "
            "20.17, 22.7, 23.1 and later).",
            Events("Hangup"),
            {"code": Part("TechCause", r"([3-6][0-9]{2})\b")},
            where=All((external, Matches("TechCause", ".+"))),
        ),
        histogram(
            "channel_duration_seconds",
            "From a channel's creation to its hangup; from Newchannel and Hangup. Channels older than the session "
            "began as Duration of CoreShowChannels says.",
            Folded(CALLS, "channel"),
            {"technology": technology},
            Number("Duration"),
            buckets=options.buckets.talk,
        ),
    )


def _calls(options: CallsOptions) -> tuple[Family, ...]:
    return (
        counter(
            "calls_started_total",
            "Calls that began: each new Linkedid of a channel that is not internal; from Newchannel. Less "
            "asterisk_calls_ended_total it is the change of asterisk_active_calls since a session began.",
            Folded(CALLS, "started"),
        ),
        counter(
            "calls_answered_total",
            "Calls whose first channel was answered; from Newstate, field ChannelState: 6.",
            Folded(CALLS, "answered"),
        ),
        counter(
            "calls_ended_total",
            "Calls that ended: the last channel of a Linkedid hung up, or moved to another call, as when two calls "
            "merge in a bridge: then the younger ends; from Hangup. Those that began before the session count too.",
            Folded(CALLS, "ended"),
        ),
        histogram(
            "call_duration_seconds",
            "From the first channel of a call to its last hangup; from Newchannel and Hangup. Calls that went on as "
            "part of another one are not in it.",
            Folded(CALLS, "ended"),
            value=Number("Duration"),
            buckets=options.buckets.talk,
            where=Is("How", ("hangup",)),
            exemplar=options.example,
        ),
    )


def _others(options: CallsOptions) -> tuple[Family, ...]:
    named = {name: name for name in options.user_events}
    return (
        counter(
            "originates_total",
            "Calls that Originate of AMI made, by how they ended; from OriginateResponse, field Reason.",
            Events("OriginateResponse"),
            {"result": Choice("Reason", ORIGINATES, other="failure")},
            zeros="closed",
        ),
        counter(
            "transfers_total",
            "Transfers by kind and result; from BlindTransfer and AttendedTransfer, field Result.",
            Events("BlindTransfer", "AttendedTransfer"),
            {
                "kind": Choice("Event", {"BlindTransfer": "blind"}, other="attended"),
                "result": Choice("Result", TRANSFERS),
            },
            zeros="closed",
        ),
        counter("holds_total", "Times a channel was put on hold; from Hold.", Events("Hold")),
        counter("pickups_total", "Calls picked up by another phone; from Pickup.", Events("Pickup")),
        histogram(
            "agi_duration_seconds",
            "How long commands of AGI took; from AGIExecStart and AGIExecEnd.",
            Folded(COMMANDS, "done"),
            value=Number("Seconds"),
            buckets=options.buckets.agi,
        ),
        counter(
            "user_events_total",
            "Events that the dialplan or AMI sent under a name of their own; from UserEvent. Names beyond those of "
            "the option user_events, or else beyond the first 50, count as other.",
            Events("UserEvent"),
            {"event": Choice("UserEvent", named) if named else Text("UserEvent", most=50)},
            zeros="closed" if named else "none",
        ),
    )


COLLECTOR = declare(CallsOptions(), Site())
