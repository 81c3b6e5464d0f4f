"""Outbound registrations: whether we are registered where we want to be, and how often that changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.metrics import Choice, Collector, Events, Is, Live, Number, Poll, Table, counter, gauge, states
from exporter.metrics.readers import AT, CLOCK, OneHeader, Row

# Rejected for now and rejected for good are the same word in AMI.
STATES = {
    "Unregistered": "unregistered",
    "Registered": "registered",
    "Rejected": "rejected",
    "Stopping": "stopping",
    "Stopped": "stopped",
}
# What the three channel drivers say of a registration when it changes.
CHANGES = {
    **STATES,
    "Request Sent": "request_sent",
    "Auth. Sent": "auth_sent",
    "No Authentication": "no_authentication",
    "Timeout": "timeout",
    "Failed": "failed",
}
TECHNOLOGIES = {name: name for name in ("PJSIP", "SIP", "IAX2")}


@dataclass(frozen=True)
class Ahead(OneHeader):
    """A moment that lies so many seconds after the row was read, as Unix time of the PBX; 0: it is not told."""

    ages: bool = field(default=False, init=False, repr=False)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers it reads."""
        return (self.header, AT, CLOCK)

    def number(self, row: Row, now: float) -> float | None:
        """The moment."""
        seconds, clock = Number(self.header, zero=False).number(row, now), row.get(CLOCK)
        return None if seconds is None or clock is None else float(clock) + seconds


registrations = Table(
    "pjsip_registrations",
    "OutboundRegistrationDetail",
    # The names that Registry has; who registers twice with the same two is one.
    key=("ClientUri", "ServerUri"),
    live=(
        Live(
            "Registry",
            rename={"ClientUri": "Username", "ServerUri": "Domain"},
            where=Is("ChannelType", ("PJSIP",)),
        ),
    ),
    compared=("Status",),
)

COLLECTOR = Collector(
    name="registrations",
    help=__doc__,
    reads=("system",),
    interval=60.0,
    polls=(Poll("PJSIPShowRegistrationsOutbound", fills=(registrations,)),),
    families=(
        states(
            "pjsip_registration_state",
            "The state that an outbound registration is in; from PJSIPShowRegistrationsOutbound, field Status, live "
            "by Registry.",
            registrations,
            {"registration": "ObjectName"},
            Choice("Status", STATES),
        ),
        gauge(
            "pjsip_registration_next_refresh_timestamp_seconds",
            "When Asterisk registers anew, as Unix time; from PJSIPShowRegistrationsOutbound, field NextReg. Absent "
            "where it tells 0, as 16 and 22 do.",
            registrations,
            {"registration": "ObjectName"},
            Ahead("NextReg"),
        ),
        counter(
            "registration_changes_total",
            "Outcomes of outbound registrations, of tries that changed nothing too; from Registry, fields ChannelType "
            "and Status.",
            Events("Registry"),
            {"technology": Choice("ChannelType", TECHNOLOGIES), "status": Choice("Status", CHANGES)},
            zeros="closed",
        ),
    ),
)
