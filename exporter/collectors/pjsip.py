"""PJSIP: endpoints and whether they can be reached, their contacts, and who subscribes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.collectors.channels import CHANNELS, active, channels
from exporter.collectors.folds import contacts
from exporter.collectors.pjsip_lists import Asked, asked
from exporter.collectors.pjsip_options import PjsipOptions
from exporter.metrics import (
    All,
    Choice,
    Collector,
    Events,
    Family,
    Fold,
    Matches,
    Number,
    Open,
    Part,
    Seed,
    Site,
    counter,
    gauge,
)
from exporter.metrics.formulas import Code
from exporter.metrics.readers import Condition, OneHeader, Row

STATES = {
    "UNKNOWN": "unknown",
    "NOT_INUSE": "not_in_use",
    "INUSE": "in_use",
    "BUSY": "busy",
    "INVALID": "invalid",
    "UNAVAILABLE": "unavailable",
    "RINGING": "ringing",
    "RINGINUSE": "ring_in_use",
    "ONHOLD": "on_hold",
}
GONE = dict.fromkeys(("UNKNOWN", "INVALID", "UNAVAILABLE"), 0.0)
STATUSES = {
    "Reachable": "reachable",
    "Unreachable": "unreachable",
    "Unknown": "unknown",
    "NonQualified": "not_qualified",
    "Unqualified": "not_qualified",
    "Created": "not_qualified",  # Asterisk 13
}
CHANGES = {**STATUSES, "Updated": "updated", "Removed": "removed"}


@dataclass(frozen=True)
class Endpoint(OneHeader):
    """The endpoint of a channel `PJSIP/name-0000002a`, or of a device `PJSIP/name`."""

    other: str = "Device"

    choices: tuple[str, ...] = field(default=(), init=False, repr=False)
    most: int = field(default=0, init=False, repr=False)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, self.other)

    def label(self, row: Row) -> str | None:
        """Its name."""
        if channel := row.get(self.key):
            return str(channel).removeprefix("PJSIP/").rpartition("-")[0]
        return str(row.get(self.other.lower(), "")).removeprefix("PJSIP/") or None


def declare(options: PjsipOptions, site: Site) -> Collector:
    """The collector as the options want it."""
    tables = asked(options.watched("Device", "PJSIP/"), options.watched("AOR"))
    fold = Fold(
        "pjsip_contacts",
        contacts.EVENTS,
        contacts.HEADERS,
        contacts.Contacts,
        (
            Seed(tables.contacts, ("ObjectName", "Status", "RoundtripUsec", "Value")),
            Seed(tables.statics, ("ObjectName", "Value")),
            Seed(tables.names, ()),
        ),
    )
    families = [*_all(tables, fold, options.watched("AOR"))]
    if options.endpoints:
        families += _each(tables, fold, options)
    return Collector(
        name="pjsip",
        help=__doc__ or "",
        reads=("system", "call"),
        interval=60.0,
        polls=(*tables.polls, *([CHANNELS] if options.endpoints else [])),
        families=tuple(families),
        options=PjsipOptions,
        declare=declare,
    )


def _all(tables: Asked, fold: Fold, watched: Condition | None) -> Iterator[Family]:
    """How many there are."""
    yield gauge(
        "pjsip_endpoints",
        "Endpoints by the state of their device; from PJSIPShowEndpoints, field DeviceState, or DeviceStateList, "
        "live by DeviceStateChange.",
        tables.endpoints,
        {"state": Choice("State", STATES)},
        zeros="closed",
    )
    yield gauge(
        "pjsip_contacts",
        "Contacts by their status, those of the configuration too; from PJSIPShowContacts and Getvar, function "
        "PJSIP_CONTACT, live by ContactStatus.",
        Open(fold, "contact"),
        {"status": Choice("Status", STATUSES)},
        where=watched,
        zeros="closed",
    )
    yield counter(
        "pjsip_contact_changes_total",
        "Changes of contacts by the status that they have then; from ContactStatus.",
        Events("ContactStatus"),
        {"status": Choice("ContactStatus", CHANGES)},
        where=watched,
        zeros="closed",
    )
    yield gauge(
        "pjsip_inbound_subscriptions",
        "Subscriptions of others to states here; from PJSIPShowSubscriptionsInbound, which needs write=system.",
        tables.subscriptions,
    )


def _each(tables: Asked, fold: Fold, options: PjsipOptions) -> Iterator[Family]:
    """How each is."""
    auto = options.endpoints == "auto"
    watched = options.watched("Channel", "PJSIP/", "-[^-]*")
    mine: list[Condition] = [active, Matches("Channel", "PJSIP/.+-[^-]*")]
    if watched:
        mine.append(watched)
    yield gauge(
        "pjsip_endpoint_available",
        "1 unless the state of the endpoint's device is unavailable, invalid or unknown, else 0; from "
        "PJSIPShowEndpoints, field DeviceState, or DeviceStateList, live by DeviceStateChange.",
        tables.endpoints,
        {"endpoint": Part("Device", "PJSIP/(.+)")},
        Code("State", GONE, other=1.0),
        crowd=tables.endpoints if auto else None,
    )
    yield gauge(
        "pjsip_endpoint_channels",
        "Channels of the endpoint in use now; from CoreShowChannels, kept live by Newchannel and Hangup.",
        channels,
        {"endpoint": Endpoint("Channel")},
        where=All(tuple(mine)),
        over=tables.endpoints,
        crowd=tables.endpoints if auto else None,
    )
    yield gauge(
        "pjsip_aor_contacts",
        "Contacts of the AOR by their status, those of the configuration too; from PJSIPShowContacts and Getvar, "
        "function PJSIP_CONTACT, live by ContactStatus.",
        Open(fold, "contact"),
        {"aor": "AOR", "status": Choice("Status", STATUSES)},
        where=options.watched("AOR"),
        over=tables.aors,
        crowd=tables.aors if auto else None,
    )
    yield gauge(
        "pjsip_aor_round_trip_seconds",
        "Round trip of the last OPTIONS to the AOR's contact that answers fastest; from PJSIPShowContacts, field "
        "RoundtripUsec, and Getvar, function PJSIP_CONTACT, live by ContactStatus. Absent if none can be reached.",
        Open(fold, "best"),
        {"aor": "AOR"},
        Number("RoundtripUsec", scale=1e-6),
        where=options.watched("AOR"),
        crowd=tables.aors if auto else None,
    )


COLLECTOR = declare(PjsipOptions(), Site())
