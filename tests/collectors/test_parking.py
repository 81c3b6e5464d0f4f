"""Parked calls: lists and events to counts."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.collectors.parking import COLLECTOR
from tests.collectors.told import Server, message

NOW = 1000.0


def parked(name: str, space: str, seconds: str = "0", lot: str = "default") -> Message:
    """What an event or a list says of a parked call."""
    return message(name, Parkinglot=lot, ParkingSpace=space, ParkingDuration=seconds, ParkeeUniqueid="1.1")


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server with two lots, and nobody in them."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    server = Server(COLLECTOR)
    lots = [
        message("Parkinglot", Name="default", StartSpace="701", StopSpace="720"),
        message("Parkinglot", Name="night", StartSpace="801", StopSpace="801"),
    ]
    server.answer("Parkinglots", *lots, now=NOW)
    server.answer("ParkedCalls", now=NOW)
    return server


async def test_every_lot_is_there(server: Server) -> None:
    """With its spaces, and with 0 while nobody waits."""
    assert server.values("parking_lot_spaces") == {("default",): 20.0, ("night",): 1.0}
    assert server.values("parked_calls") == {("default",): 0.0, ("night",): 0.0}
    assert server.value("parked_call_longest_seconds", "night") == 0
    assert server.value("parking_outcomes_total", "night", "timeout") == 0
    assert len(server.values("parking_outcomes_total")) == 8


@pytest.mark.parametrize(
    ("event", "outcome"),
    [("UnParkedCall", "retrieved"), ("ParkedCallTimeOut", "timeout"), ("ParkedCallGiveUp", "gave_up")],
)
async def test_the_end_of_waiting(
    server: Server, monkeypatch: pytest.MonkeyPatch, event: str, outcome: str
) -> None:
    """A call waits, ever longer, until one of these events."""
    server.pbx.take(parked("ParkedCall", "701"))
    server.pbx.take(parked("ParkedCall", "702"))
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW + 8)
    assert server.value("parked_calls", "default") == 2
    assert server.value("parked_call_longest_seconds", "default") == 8
    server.pbx.take(parked(event, "701", "8"))
    assert server.value("parked_calls", "default") == 1
    assert server.value("parking_outcomes_total", "default", outcome) == 1


async def test_one_who_takes_the_place_waits_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The space is still taken, since when it was."""
    server.pbx.take(parked("ParkedCall", "701"))
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW + 5)
    server.pbx.take(parked("ParkedCallSwap", "701", "5"))
    assert server.value("parked_calls", "default") == 1
    assert server.value("parked_call_longest_seconds", "default") == 5
    assert server.value("parking_outcomes_total", "default", "swapped") == 1


async def test_a_list_knows_who_waited_before_the_session(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the time that Asterisk says; a lot that came to be since is shown too."""
    later = [parked("ParkedCall", "701", "30"), parked("ParkedCall", "5", "2", lot="new")]
    server.answer("ParkedCalls", *later, now=NOW)
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW + 1)
    assert server.value("parked_call_longest_seconds", "default") == 31
    assert server.value("parked_calls", "new") == 1
