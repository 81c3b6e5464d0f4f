"""The simulator against what a real Asterisk wrote: the same headers, in the same order."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from exporter.ami import Message
from exporter.simulator import wire
from exporter.simulator.calls import call
from exporter.simulator.plans import Endpoint, Plan
from exporter.simulator.switch import Party, Switch
from exporter.simulator.timeline import Timeline
from exporter.simulator.traffic import Traffic

from .recorded import START, Log, recorded, shape

CALLER, TRUNK = Endpoint("caller", "lab"), Endpoint("trunk-live", "lab")
ALONE = Party("caller")
PLANS = {
    "answered.txt": Plan(CALLER, Party("caller", "Reception"), "500", TRUNK, talk=3.0, hold=(1.0, 1.0)),
    "busy.txt": Plan(CALLER, ALONE, "502", TRUNK, outcome="busy"),
    "no-answer.txt": Plan(CALLER, ALONE, "503", TRUNK, outcome="no answer", ring=2.0),
    "given-up.txt": Plan(CALLER, ALONE, "503", TRUNK, outcome="give up", rings=False),
    "forwarded.txt": Plan(CALLER, ALONE, "505", TRUNK, forward="500"),
}
CALLS = tuple(PLANS)
# What the same step of two calls has in common.
TOLD = ("ChannelStateDesc", "Priority", "Cause", "Cause-txt", "TechCause", "DialStatus", "Application")


def simulated(plan: Plan) -> list[Message]:
    """The events of one call."""
    log, timeline = Log("hq"), Timeline(START)
    switch = Switch(random.Random(1), lambda: timeline.now, log, "hq")
    timeline.tell(call(switch, plan))
    timeline.advance(START + 3600)
    assert switch.channels == {}
    return log.events


def by_leg(events: list[Message]) -> dict[int, list[tuple[str | None, ...]]]:
    """What happens to each leg of a call: Asterisk keeps that order, while between legs it is chance."""
    legs: dict[str, int] = {}
    told = defaultdict(list)
    for event in events:
        name = event.get("Channel") or event.get("LocalOneChannel")
        if name:
            leg = legs.setdefault(name, len(legs))
            told[leg].append((event.name, *(event.get(header) for header in TOLD)))
    return told


@pytest.mark.parametrize("name", CALLS)
def test_each_leg_of_a_call_goes_as_it_really_went(name: str) -> None:
    """The same events in the same order for each channel, with the same states, causes and applications."""
    assert by_leg(simulated(PLANS[name])) == by_leg(recorded(name))


@pytest.mark.parametrize("name", CALLS)
def test_a_call_takes_the_channels_that_its_plan_says(name: str) -> None:
    """So that a call comes only where there is room for all of it."""
    assert PLANS[name].legs == len(by_leg(simulated(PLANS[name])))


@pytest.fixture(scope="module")
def shapes() -> dict[str, set[tuple[str, ...]]]:
    """How the packets of an hour of calls look, by event."""
    log = Log("hq")
    traffic = Traffic(START, log, seed=3, calls_per_second=1.0, system_name="hq")
    traffic.advance(START + 900)
    found = defaultdict(set)
    for event in log.events:
        found[event.name].add(shape(event))
    return found


def test_every_event_looks_as_it_really_looks(shapes: dict[str, set[tuple[str, ...]]]) -> None:
    """Every shape that was recorded comes, and no other."""
    real = defaultdict(set)
    for name in CALLS:
        for event in recorded(name):
            real[event.name].add(shape(event))
    assert shapes == real


def test_an_event_of_each_kind_was_recorded() -> None:
    """Nothing is simulated that was not seen."""
    seen = {event.name for name in (*CALLS, "answers.txt") for event in recorded(name)}
    assert set(wire.EVENTS) <= seen


def test_without_a_system_name_no_event_has_one() -> None:
    """As with an asterisk.conf that names none; the unique ids are plain then, too."""
    log = Log()
    Traffic(START, log, seed=1, calls_per_second=1.0).advance(START + 60)
    events = log.events
    assert {event.get("SystemName") for event in events} == {None}
    assert all(event.fields["uniqueid"][:4] == "1800" for event in events if "uniqueid" in event.fields)


def test_every_event_says_its_class_second() -> None:
    """What a client tells a true event by."""
    for name, kind in wire.EVENTS.items():
        packet = wire.event(name, START, ["x"] * len(kind.headers))
        assert packet.startswith(f"Event: {name}\r\nPrivilege: {kind.privilege},all\r\n".encode())
        assert kind.mask == wire.CLASSES[kind.privilege] != 0


def test_a_percent_sign_in_an_action_id_is_no_format() -> None:
    """A client may call its actions what it likes."""
    data = wire.listing("100%s", "Channels will follow", "Row", ("Name",), [("50%",)])
    assert b"Event: Row\r\nActionID: 100%s\r\nName: 50%\r\n\r\n" in data
