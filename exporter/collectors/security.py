"""What Asterisk reports of who logs in, calls or asks, and of whom it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exporter.metrics import Choice, Collector, Fold, Folded, Machine, Number, counter
from exporter.metrics.folds import Told
from exporter.metrics.readers import ACCOUNT, Row

# enum ast_security_event_type; each event has always the same severity.
INFORMATIONAL = ("SuccessfulAuth", "ChallengeSent")
ERRORS = (
    "FailedACL",
    "InvalidAccountID",
    "SessionLimit",
    "MemoryLimit",
    "LoadAverageLimit",
    "RequestNotSupported",
    "RequestNotAllowed",
    "AuthMethodNotAllowed",
    "RequestBadFormat",
    "UnexpectedAddress",
    "ChallengeResponseFailed",
    "InvalidPassword",
    "InvalidTransport",
)
EVENTS = (*INFORMATIONAL, *ERRORS)
HEADERS = ("Service", "Severity", "AccountID", ACCOUNT)
# Whoever reports: manager, chan_pjsip and chan_sip.
SERVICES = ("AMI", "PJSIP", "SIP")
SEVERITIES = {"Informational": "informational", "Error": "error"}

# What a session that is logged in brings about. A login that fails is somebody else's, whatever account
# it names: we hear of events only while we are logged in.
OURS = frozenset({"SuccessfulAuth", "RequestNotSupported", "RequestNotAllowed", "RequestBadFormat"})


class Reports(Machine):
    """Tells events that are not our own; those of errors begin at 0."""

    def __init__(self) -> None:
        self._begun = False

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:
        """An event came."""
        yield from self._begin()
        own = fields.get("service") == "AMI" and fields.get("accountid") == fields.get(ACCOUNT, "")
        if not (own and event in OURS):
            yield "report", _row(event, fields.get("service", ""), fields.get("severity", ""), 1.0)

    def tick(self, now: float) -> Iterable[Told]:
        """About a second is over."""
        return self._begin()

    def _begin(self) -> Iterable[Told]:
        if not self._begun:
            self._begun = True
            for event in ERRORS:
                for service in SERVICES:
                    yield "report", _row(event, service, "Error", 0.0)


def _row(event: str, service: str, severity: str, count: float) -> Row:
    return {"event": event, "service": service, "severity": severity, "count": count}


COLLECTOR = Collector(
    name="security",
    help=__doc__,
    reads=("security",),
    families=(
        counter(
            "security_events_total",
            "Security events by name, service (AMI, PJSIP, SIP) and severity (informational, error); from the "
            "events of that name, fields Service and Severity. What the exporter's own account does while it is "
            "logged in, and its logins, are not counted; wrong passwords for it are. PJSIP sends a ChallengeSent "
            "with each first request that needs a password.",
            Folded(Fold("security_reports", EVENTS, HEADERS, Reports), "report"),
            {
                "event": Choice("Event", {name: name for name in EVENTS}),
                "service": Choice("Service", {name: name for name in SERVICES}),
                "severity": Choice("Severity", SEVERITIES),
            },
            Number("Count"),
        ),
    ),
)
