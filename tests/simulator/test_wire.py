"""The simulator against what a real Asterisk wrote: the same headers, in the same order."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from exporter.ami import Message
from exporter.simulator import wire
from exporter.simulator.calls import call
from exporter.simulator.channels import Party
from exporter.simulator.plans import Endpoint, Plan
from exporter.simulator.switch import Switch
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
    "queue-agent-ends.txt": Plan(CALLER, ALONE, "601", queue="support", talk=3.0, ended_by="callee"),
    "queue-missed.txt": Plan(CALLER, ALONE, "602", queue="support", misses=1, talk=3.0),
    "queue-given-up.txt": Plan(CALLER, ALONE, "603", queue="support", misses=1, patience=16.5),
    "queue-timed-out.txt": Plan(CALLER, ALONE, "604", queue="support", misses=1, patience=20.0, limit=16.0),
}
CALLS = tuple(PLANS)
QUEUED = ("queue-agent-ends.txt", "queue-missed.txt", "queue-given-up.txt")
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
        if name and event.name != "Cdr":
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
    most, legs = 0, 0
    for event in simulated(PLANS[name]):
        legs += (event.name == "Newchannel") - (event.name == "Hangup")
        most = max(most, legs)
    assert PLANS[name].legs == most


@pytest.mark.parametrize("name", QUEUED)
def test_a_caller_leaves_a_record_for_each_agent_that_was_called(name: str) -> None:
    """With the same words as the real ones, in their order."""
    told = ("Disposition", "LastApplication", "AMAFlags", "DestinationContext")
    records = [
        [[event.get(header) for header in told] for event in events if event.name == "Cdr"]
        for events in (simulated(PLANS[name]), recorded(name))
    ]
    assert records[0] == records[1] != []


@pytest.mark.parametrize("name", QUEUED)
def test_the_agents_of_a_queue_go_through_the_states_of_real_ones(name: str) -> None:
    """One by one: it rings, it is in use, it is free; each in all its queues."""
    told = ("Status", "Paused")
    states = []
    for events in (simulated(PLANS[name]), recorded(name)):
        of_queue = next(event.get("Queue") for event in events if event.name == "QueueCallerJoin")
        statuses = [e for e in events if e.name == "QueueMemberStatus" and e.get("Queue") == of_queue]
        states.append([[event.get(header) for header in told] for event in statuses])
    assert states[0] == states[1] != []


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
    for name in (*CALLS, "pause.txt"):
        for event in recorded(name):
            real[event.name].add(shape(event))
    assert shapes == real


def test_an_event_of_each_kind_was_recorded() -> None:
    """Nothing is simulated that was not seen."""
    seen = {event.name for name in (*CALLS, "pause.txt", "answers.txt") for event in recorded(name)}
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
    first, last = (wire.Rows(name, ("Name",), [("50%",)], name == "Last") for name in ("First", "Last"))
    data = wire.listing("100%s", "Channels will follow", "End", first, last)
    assert b"Event: First\r\nActionID: 100%s\r\nName: 50%\r\n\r\n" in data
    assert b"Event: Last\r\nName: 50%\r\nActionID: 100%s\r\n\r\n" in data
