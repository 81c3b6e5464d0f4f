"""Security events: what counts, and that our own do not."""

from __future__ import annotations

from collections import Counter

import pytest

from exporter.collectors.security import COLLECTOR, ERRORS, EVENTS, OURS, Reports
from exporter.metrics.eventclasses import CLASS_OF
from exporter.metrics.readers import ACCOUNT
from tests.collectors.replay import Replay
from tests.collectors.told import Server

NOW = 1000.0
NAME = "security_events_total"


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server with this collector alone, a second after its start."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    server = Server(COLLECTOR)
    server.pbx.tick()
    return server


def told(event: str, **fields: str) -> Counter[tuple[str, str]]:
    """What is counted of an event, for an exporter that is logged in as monitor."""
    fields = {"service": "AMI", "severity": "Error", ACCOUNT: "monitor"} | fields
    rows = [row for _, row in Reports().take(event, fields, NOW) if row["count"]]
    return Counter((str(row["event"]), str(row["service"])) for row in rows)


def test_every_event_of_the_class_is_there() -> None:
    """All that Asterisk declares."""
    assert set(EVENTS) == {event for event, name in CLASS_OF.items() if name == "security"}


async def test_failures_begin_at_zero(server: Server) -> None:
    """For each service, once: a second later and with the first event nothing begins again."""
    expected = {(event, service, "error"): 0 for event in ERRORS for service in ("AMI", "PJSIP", "SIP")}
    assert server.values(NAME) == expected
    server.tell("InvalidPassword", Service="AMI", Severity="Error", AccountID="sales")
    server.pbx.tick()
    assert server.values(NAME) == expected | {("InvalidPassword", "AMI", "error"): 1}


async def test_the_first_event_may_come_before_the_first_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts, and the zeros are there."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    server = Server(COLLECTOR)
    server.tell("FailedACL", Service="PJSIP", Severity="Error", AccountID="caller")
    assert server.value(NAME, "FailedACL", "PJSIP", "error") == 1
    assert server.value(NAME, "FailedACL", "AMI", "error") == 0


async def test_accounts_and_addresses_are_in_no_label(server: Server) -> None:
    """Nor is a service that Asterisk does not have."""
    server.tell(
        "InvalidAccountID",
        Service="Teapot",
        Severity="Error",
        AccountID="secret-name",
        RemoteAddress="IPV4/TCP/203.0.113.9/5038",
    )
    assert server.value(NAME, "InvalidAccountID", "other", "error") == 1
    assert not any("secret" in label or "203" in label for labels in server.values(NAME) for label in labels)


async def test_logins_have_their_own_severity(server: Server) -> None:
    """They are no failures, and are not there before they happen."""
    server.tell("ChallengeSent", Service="PJSIP", Severity="Informational", AccountID="6001")
    assert server.value(NAME, "ChallengeSent", "PJSIP", "informational") == 1
    assert server.value(NAME, "ChallengeSent", "PJSIP", "error") is None


@pytest.mark.parametrize("event", sorted(OURS))
def test_what_our_own_account_does_is_not_counted(event: str) -> None:
    """Over AMI; a phone may bear the same name, and others may log in."""
    assert told(event, accountid="monitor") == {}
    assert told(event, accountid="monitor", service="PJSIP") == {(event, "PJSIP"): 1}
    assert told(event, accountid="sales") == {(event, "AMI"): 1}


@pytest.mark.parametrize("event", ["InvalidPassword", "ChallengeResponseFailed", "FailedACL"])
def test_who_fails_to_log_in_as_us_is_counted(event: str) -> None:
    """It is not us: we hear of it because we are logged in."""
    assert told(event, accountid="monitor") == {(event, "AMI"): 1}


def test_an_event_without_an_account_is_not_ours() -> None:
    """Not even while it is not known who we are."""
    assert told("RequestBadFormat") == {("RequestBadFormat", "AMI"): 1}
    rows = list(Reports().take("RequestBadFormat", {"service": "AMI", "severity": "Error"}, NOW))
    assert sum(float(row["count"]) for _, row in rows) == 1


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_events(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of real text: each wrong login once, and all labels have names."""
    replay = Replay(monkeypatch)
    replay.play(version, "security")
    lines = [line for line in replay.page().splitlines() if line.startswith(f"asterisk_{NAME}{{")]
    for event, service in (
        ("InvalidPassword", "AMI"),
        ("InvalidAccountID", "AMI"),
        ("FailedACL", "AMI"),
        ("ChallengeResponseFailed", "AMI"),
        ("RequestNotAllowed", "AMI"),
        ("RequestBadFormat", "AMI"),
        ("FailedACL", "PJSIP"),
    ):
        labels = f'event="{event}",server="lab",service="{service}",severity="error"'
        assert f"asterisk_{NAME}{{{labels}}} 1.0" in lines
    assert not any('"other"' in line for line in lines)
