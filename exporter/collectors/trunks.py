"""Which channels are trunks: how full the trunks are, whether they stand, and what goes over them."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.collectors.devices import devices
from exporter.collectors.folds import trunk_calls
from exporter.collectors.registrations import registrations
from exporter.collectors.trunk_rows import Availability, Directions, Discovery, trunk_of
from exporter.metrics import (
    Choice,
    Derived,
    Family,
    Fixed,
    Fold,
    Folded,
    Number,
    Poll,
    Seed,
    Site,
    Table,
    counter,
    gauge,
)
from exporter.metrics.readers import Condition, LabelReader

DIRECTIONS = {name: name for name in ("inbound", "outbound")}
CALL_DIRECTIONS = {**DIRECTIONS, "internal": "internal"}
# Every endpoint of PJSIP, however many the collector pjsip tells of.
endpoints = Table("trunk_endpoints", "EndpointList", key=("ObjectName",))

# All are asked by collectors of their own too, and then only once.
_ENDPOINTS = Poll("PJSIPShowEndpoints", fills=(endpoints,), every=300.0, optional=True)
_REGISTRATIONS = Poll("PJSIPShowRegistrationsOutbound", fills=(registrations,), every=60.0, optional=True)
_DEVICES = Poll("DeviceStateList", fills=(devices,), every=60.0, optional=True)


def trunk_polls(site: Site) -> Iterator[Poll]:
    """What is asked to find trunks, and to know how they are."""
    if not site.named:
        yield _ENDPOINTS
    if site.trunks:
        yield _DEVICES
    yield _REGISTRATIONS


DISCOVERY = Derived(
    ((endpoints, ("ObjectName", "OutboundAuths")), (registrations, ("ObjectName", "Endpoint"))), Discovery()
)


def trunk_families(
    site: Site, channels: Table, active: Condition, windows: dict[str, float]
) -> Iterator[Family]:
    """The metrics of trunks; none where no trunk is known, and directions also where contexts are named."""
    if site.trunks or site.inbound or site.outbound:
        directions = Directions(site, active)
        yield gauge(
            "active_calls_by_direction",
            "Calls now, by the way they go: that of the call's first channel, by its trunk or by the context it "
            "began in (`contexts`). Internal calls touch no trunk. Two that merge in a bridge count as two until the next "
            "list.",
            Derived(((channels, directions.headers),), directions),
            {"direction": Choice("Direction", CALL_DIRECTIONS, other="internal")},
            zeros="closed",
        )
    if site.trunks:
        yield from _use(site, channels, active, windows)
        yield from _calls(site, channels)
        yield gauge(
            "trunk_available",
            "1 if one of the trunk's devices can be reached and, where it registers, a registration of it stands; else "
            "0. Absent if Asterisk knows neither. From DeviceStateList and PJSIPShowRegistrationsOutbound, live by "
            "DeviceStateChange and Registry.",
            Derived(Availability.of, Availability(site.trunks), some=True),
            {"trunk": "Trunk"},
            Number("Available"),
        )


def _use(site: Site, channels: Table, active: Condition, windows: dict[str, float]) -> Iterator[Family]:
    trunk: dict[str, LabelReader | str] = {"trunk": trunk_of("Channel", site, other=None)}
    yield gauge(
        "trunk_channels", "Channels in use of a trunk now.", channels, trunk, where=active, zeros="closed"
    )
    limits = tuple(
        (("trunk", trunk.name), ("capacity", float(trunk.capacity)))
        for trunk in site.trunks
        if trunk.capacity is not None
    )
    yield gauge(
        "trunk_channels_limit",
        "How many channels a trunk may have at one time: its capacity in the configuration.",
        Fixed(limits),
        {"trunk": "Trunk"},
        Number("Capacity"),
    )
    yield gauge(
        "trunk_channels_peak",
        "The most channels of a trunk at one time within the window: what carriers bill.",
        channels,
        trunk,
        where=active,
        zeros="closed",
        windows=windows,
    )


def _calls(site: Site, channels: Table) -> Iterator[Family]:
    reader = trunk_of("Channel", site, other=None)
    fold = Fold(
        "trunk_calls",
        trunk_calls.EVENTS,
        (*trunk_calls.HEADERS, *reader.headers),
        trunk_calls.TrunkCalls(reader),
        (Seed(channels, ("Uniqueid",)),),
    )
    labels: dict[str, LabelReader | str] = {
        "trunk": reader,
        "direction": Choice("Direction", DIRECTIONS, other="outbound"),
    }
    yield counter(
        "trunk_calls_total",
        "Calls over a trunk, answered or not: its channels that came to be; from Newchannel, Newstate and Hangup. A "
        "channel that rings here at once is one that the far end called.",
        Folded(fold, "began"),
        labels,
        zeros="closed",
    )
    yield counter(
        "trunk_call_seconds_total",
        "Seconds of calls over a trunk as carriers count them: from answer to hangup, added when a call ends; from "
        "Newstate and Hangup. Nothing is known of calls that began before the session, or before their trunk was named "
        "or found.",
        Folded(fold, "talked"),
        labels,
        Number("Seconds"),
        zeros="closed",
    )
