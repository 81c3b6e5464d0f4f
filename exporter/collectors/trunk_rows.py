"""Rows about trunks, made of the rows of tables: which there are, whether they stand, which way calls go."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from exporter.collectors.devices import devices
from exporter.collectors.folds.trunk_calls import INCOMING
from exporter.collectors.registrations import registrations
from exporter.metrics import FirstMatch, Site, Trunk
from exporter.metrics.readers import Condition, LabelReader, Row

# What a channel's name has beside the endpoint's: PJSIP/carrier-0000002a, Local/1@trunk-0000002a;1.
SUFFIX = "-[^-]*"
NONE = "none"
# How a device stands that cannot be reached; all others can, as far as Asterisk knows.
_AWAY = ("UNAVAILABLE", "INVALID")
# What wizards (res_pjsip_config_wizard) put behind an endpoint's name to name its registrations.
_OF_WIZARD = re.compile(r"-reg-\d+")


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
