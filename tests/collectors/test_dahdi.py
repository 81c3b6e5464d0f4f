"""Cards: their alarms and ISDN spans, after text as Asterisk's source writes it."""

from __future__ import annotations

import pytest

from exporter.collectors.dahdi import COLLECTOR
from tests.collectors.asked import Recorded
from tests.collectors.told import Server

ALL = ("none", "red", "yellow", "blue", "recovering", "loopback", "not_open", "other")


@pytest.fixture(params=["16", "22"])
async def recorded(request: pytest.FixtureRequest) -> Recorded:
    """The text of either version."""
    return Recorded(request.param, "dahdi")


async def test_channels_by_alarm(recorded: Recorded) -> None:
    """Each alarm has a count, also where it is 0."""
    server = Server(COLLECTOR)
    recorded.tell(server)
    expected = dict.fromkeys([(alarm,) for alarm in ALL], 0.0) | {("none",): 2.0, ("red",): 2.0}
    assert server.values("dahdi_channels") == expected


async def test_spans(recorded: Recorded) -> None:
    """A span has an alarm or not, and an ISDN span is up if one of its D channels is."""
    server = Server(COLLECTOR)
    recorded.tell(server)
    assert server.values("dahdi_span_alarm") == {("1",): 0, ("2",): 1, ("3",): 0}
    assert server.values("pri_span_up") == {("1",): 1, ("2",): 0}


async def test_alarms_come_and_go(recorded: Recorded) -> None:
    """Events raise and clear them at once, and what began is counted."""
    server = Server(COLLECTOR)
    recorded.tell(server)
    for event in recorded.events[:2]:
        server.pbx.take(event)
    assert server.value("dahdi_channels", "yellow") == 1
    assert server.value("dahdi_span_alarm", "1") == 1
    for event in recorded.events[2:]:
        server.pbx.take(event)
    assert server.value("dahdi_channels", "yellow") == 0
    assert server.value("dahdi_channels", "none") == 3
    assert server.values("dahdi_span_alarm") == {("1",): 1, ("2",): 0, ("3",): 0}
    assert server.values("dahdi_alarms_total") == {("channel",): 1, ("span",): 1}


async def test_without_isdn_the_rest_is_told(recorded: Recorded) -> None:
    """An Asterisk that was built without libpri has no PRIShowSpans, an older one no DAHDIShowStatus."""
    server = Server(COLLECTOR)
    recorded.tell(server, refused=("PRIShowSpans", "DAHDIShowStatus"))
    assert server.value("dahdi_channels", "red") == 2
    assert server.values("pri_span_up") == server.values("dahdi_span_alarm") == {}
    assert server.pbx.facts("collectors")[0]["supported"] == 1
    recorded.tell(server, refused=("DAHDIShowChannels",))
    assert server.pbx.facts("collectors")[0]["supported"] == 0
