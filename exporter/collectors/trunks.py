"""Which channels are trunks: how full the trunks are, whether they stand, and what goes over them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from exporter.collectors.devices import devices
from exporter.collectors.folds.trunk_calls import INCOMING, TrunkCalls
from exporter.collectors.registrations import registrations
from exporter.metrics import (
    Choice,
    Derived,
    Family,
    FirstMatch,
    Fixed,
    Fold,
    Folded,
    Number,
    Poll,
    Seed,
    Site,
    Table,
    Trunk,
    counter,
    gauge,
)
from exporter.metrics.readers import Condition, LabelReader, Row

# What a channel's name has beside the endpoint's: PJSIP/carrier-0000002a, Local/1@trunk-0000002a;1.
SUFFIX = "-[^-]*"
NONE = "none"
DIRECTIONS = {name: name for name in ("inbound", "outbound")}
CALL_DIRECTIONS = {**DIRECTIONS, "internal": "internal"}
# Every endpoint of PJSIP, however many the collector pjsip tells of.
endpoints = Table("trunk_endpoints", "EndpointList", key=("ObjectName",))

# How a device stands that cannot be reached; all others can, as far as Asterisk knows.
_AWAY = ("UNAVAILABLE", "INVALID")
# What wizards (res_pjsip_config_wizard) put behind an endpoint's name to name its registrations.
_OF_WIZARD = re.compile(r"-reg-\d+")

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


@dataclass(frozen=True)
class Discovery:
    """Makes a row for each trunk: Trunk, and Match, what its channels are named like.

    Who logs in at the far end is a trunk: an endpoint of PJSIP with outbound authentication, or one that
    an outbound registration names, or that has its name.
    """

    def __call__(self, endpoints: Iterable[Row], registrations: Iterable[Row]) -> Iterator[Row]:
        """The trunks among these endpoints."""
        registering = {_endpoint_of(row) for row in registrations}
        for row in endpoints:
            name = str(row.get("objectname", ""))
            if name in registering or row.get("outboundauths"):
                yield {"trunk": name, "match": re.escape(f"PJSIP/{name}")}


def _endpoint_of(registration: Row) -> str:
    """The endpoint that a registration of PJSIP is for, as far as names tell it."""
    return str(registration.get("endpoint") or _OF_WIZARD.sub("", str(registration.get("objectname", ""))))


DISCOVERY = Derived(
    ((endpoints, ("ObjectName", "OutboundAuths")), (registrations, ("ObjectName", "Endpoint"))), Discovery()
)


def trunk_of(header: str, site: Site, other: str | None = NONE) -> FirstMatch:
    """The name of the trunk whose channel a header names; `other` if it is no trunk's."""
    return FirstMatch(header, _names(site), other=other, cut=SUFFIX)


def _names(site: Site) -> tuple[tuple[str, str], ...]:
    return tuple((trunk.match, trunk.name) for trunk in site.trunks)


@dataclass(frozen=True)
class Directions:
    """Makes a row for each call of its channels: Linkedid, and Direction.

    It is that of the call's first channel: inbound if a trunk brought it; outbound if it called a trunk;
    and what `contexts` say of the dialplan context in which it began comes before that.
    """

    site: Site
    active: Condition

    headers = ("Channel", "Uniqueid", "Linkedid", "Context", "FirstState", "FirstContext")

    @cached_property
    def _trunk(self) -> LabelReader:
        return trunk_of("Channel", self.site, other=None)

    @cached_property
    def _contexts(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        every = (("inbound", self.site.inbound), ("outbound", self.site.outbound))
        return tuple((re.compile(pattern), name) for name, patterns in every for pattern in patterns)

    def __call__(self, channels: Iterable[Row]) -> Iterator[Row]:
        """The calls that these channels make."""
        calls: dict[object, list[Row]] = defaultdict(list)
        for row in channels:
            if self.active.holds(row):
                calls[row.get("linkedid")].append(row)
        for linked, rows in calls.items():
            yield {"linkedid": str(linked), "direction": self._direction(rows)}

    def _direction(self, rows: list[Row]) -> str:
        first = next((row for row in rows if row.get("uniqueid") == row.get("linkedid")), None)
        if first is not None:
            context = str(first.get("firstcontext") or first.get("context") or "")
            for pattern, name in self._contexts:
                if pattern.fullmatch(context):
                    return name
        over = [row for row in rows if self._trunk.label(row) is not None]
        # The first may have left, as after a transfer: then the others tell.
        if any(_incoming(row) for row in ([first] if first in over else [] if first else over)):
            return "inbound"
        return "outbound" if over else "internal"


def _incoming(row: Row) -> bool:
    """Whether the far end made the channel; of one that was there before us, it is so of a call's first."""
    if "firststate" in row:
        return row["firststate"] in INCOMING
    return row.get("uniqueid") == row.get("linkedid")


@dataclass(frozen=True)
class Availability:
    """Makes a row for each trunk of which anything is known: Trunk, and Available, 1 or 0.

    A trunk is there if one of its devices can be reached and, where it registers, one of its
    registrations stands.
    """

    trunks: tuple[Trunk, ...]

    of = ((devices, ("Device", "State")), (registrations, ("ObjectName", "Endpoint", "Status")))

    @cached_property
    def _whole(self) -> tuple[tuple[Trunk, re.Pattern[str]], ...]:
        return tuple((trunk, re.compile(trunk.match)) for trunk in self.trunks)

    def __call__(self, devices: Iterable[Row], registrations: Iterable[Row]) -> Iterator[Row]:
        """The trunks."""
        reached, registered = defaultdict[str, list[bool]](list), defaultdict[str, list[bool]](list)
        for row in devices:
            state = str(row.get("state", "")).upper()
            for trunk in self._of(str(row.get("device", ""))) if state != "UNKNOWN" else ():
                reached[trunk].append(state not in _AWAY)
        for row in registrations:
            for trunk in self._of(f"PJSIP/{_endpoint_of(row)}"):
                registered[trunk].append(row.get("status") == "Registered")
        for trunk in dict.fromkeys((*reached, *registered)):
            parts = (reached.get(trunk), registered.get(trunk))
            yield {"trunk": trunk, "available": float(all(any(part) for part in parts if part is not None))}

    def _of(self, device: str) -> Iterator[str]:
        """The trunk that a device is; the first that matches counts."""
        for trunk, pattern in self._whole:
            if pattern.fullmatch(device):
                yield trunk.name
                return


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
        ("Newchannel", "Newstate", "Hangup"),
        TrunkCalls(reader),
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
