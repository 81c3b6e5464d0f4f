"""Queues and bridges of the simulator: the lists are what the events say, and the sums add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.ami import Message
from exporter.simulator.actions import answer
from exporter.simulator.company import Size, company
from exporter.simulator.requests import Request
from exporter.simulator.switch import Switch
from exporter.simulator.traffic import Traffic

from .recorded import START, Log, cut, recorded, shape

ANSWERS = recorded("answers.txt")
# What no event tells: how old something is, and what is added up without a word.
UNTOLD = ("event", "actionid", "bridgetechnology", "wait", "position", "privilege", "timestamp")
MEMBER = ("paused", "pausedreason", "status")

Row = dict[str, str]


def asked(switch: Switch, action: str, now: float, **fields: str) -> list[Message]:
    """The items of a list, after a look at how many there should be."""
    request = Request({"action": action, "actionid": "1", **fields})
    _, *items, end = cut(answer(switch, request, now))
    assert end.get("ListItems") == str(len(items))
    return items


def row(fields: Mapping[str, str]) -> Row:
    """What events can tell of an item."""
    return {name: value for name, value in fields.items() if name not in UNTOLD}


class Heard:
    """What a listener makes of the events: bridges, who waits, and how each member is."""

    def __init__(self) -> None:
        self.bridges: dict[str, Row] = {}
        self.callers: dict[tuple[str, str], str] = {}
        self.members: dict[tuple[str, str], Row] = {}
        self.counts: Counter[tuple[str, str]] = Counter()

    def take(self, event: Message) -> None:
        """Follow one event."""
        fields = event.fields
        queue = fields.get("queue", "")
        self.counts[event.name, queue] += 1
        match event.name:
            case "BridgeCreate" | "BridgeEnter" | "BridgeLeave":
                named = {name: value for name, value in fields.items() if name.startswith("bridge")}
                self.bridges[fields["bridgeuniqueid"]] = row(named)
            case "BridgeDestroy":
                assert fields["bridgenumchannels"] == "0"
                del self.bridges[fields["bridgeuniqueid"]]
            case "QueueCallerJoin":
                self.callers[queue, fields["uniqueid"]] = fields["channel"]
            case "QueueCallerLeave":
                del self.callers[queue, fields["uniqueid"]]
                assert int(fields["count"]) == sum(name == queue for name, _ in self.callers)
            case "QueueMemberRemoved":
                del self.members[queue, fields["interface"]]
            case "QueueMemberStatus" | "QueueMemberPause" | "QueueMemberAdded":
                self.members[queue, fields["interface"]] = {name: fields[name] for name in MEMBER}


@given(
    seed=st.integers(0, 2**32),
    limit=st.integers(0, 60),
    steps=st.lists(st.floats(0.01, 200.0), min_size=1, max_size=6),
)
@settings(max_examples=30, deadline=None)
def test_lists_and_sums_are_what_the_events_say(seed: int, limit: int, steps: list[float]) -> None:
    """At any moment: bridges, callers and members; who joined has left or waits; Asterisk's own counts."""
    log, heard, now = Log(), Heard(), START
    traffic = Traffic(START, log, seed=seed, calls_per_second=1.0, size=Size(limit))
    switch = traffic.switch
    for item in asked(switch, "QueueStatus", now):
        if item.name == "QueueMember":
            heard.members[item.fields["queue"], item.fields["location"]] = {
                name: item.fields[name] for name in MEMBER
            }
    for step in steps:
        now += step
        traffic.advance(now)
        for event in log.events:
            heard.take(event)
        log.data.clear()
        assert heard.bridges == {
            item.fields["bridgeuniqueid"]: row(item.fields) for item in asked(switch, "BridgeList", now)
        }
        items = asked(switch, "QueueStatus", now)
        waiting = [item.fields for item in items if item.name == "QueueEntry"]
        assert heard.callers == {(entry["queue"], entry["uniqueid"]): entry["channel"] for entry in waiting}
        assert heard.members == {
            (item.fields["queue"], item.fields["location"]): {name: item.fields[name] for name in MEMBER}
            for item in items
            if item.name == "QueueMember"
        }
        for item in items:
            if item.name == "QueueParams":
                check_sums(heard.counts, item.fields)


def check_sums(counts: Counter[tuple[str, str]], queue: Mapping[str, str]) -> None:
    """What a queue has added up, against the events."""
    name = queue["queue"]

    def heard(event: str) -> int:
        return counts[event, name]

    assert heard("QueueCallerJoin") == heard("QueueCallerLeave") + int(queue["calls"])
    assert heard("QueueCallerLeave") == heard("AgentConnect") + heard("QueueCallerAbandon")
    assert int(queue["completed"]) == heard("AgentComplete") <= heard("AgentConnect")
    assert int(queue["abandoned"]) == heard("QueueCallerAbandon")


def test_queues_see_all_that_can_happen() -> None:
    """In an hour: answers, missed calls, callers who give up or wait too long, pauses, both ends of talks."""
    log = Log()
    Traffic(START, log, seed=8, calls_per_second=0.7).advance(START + 3600)
    events = log.events
    names = Counter(event.name for event in events)
    assert names["AgentConnect"] > 100
    assert names["AgentRingNoAnswer"] > 10
    assert {e.fields["reason"] for e in events if e.name == "AgentComplete"} == {"caller", "agent"}
    assert {e.fields["pausedreason"] for e in events if e.name == "QueueMemberPause"} > {"", "lunch"}
    asked_to_end = {e.fields["uniqueid"] for e in events if e.name == "HangupRequest"}
    left = [e.fields["uniqueid"] in asked_to_end for e in events if e.name == "QueueCallerAbandon"]
    assert set(left) == {True, False}
    assert {e.fields["queue"] for e in events if e.name == "AgentConnect"} == {
        queue.name for queue in company(Size()).queues
    }


def test_nobody_is_called_who_pauses_or_is_in_a_call() -> None:
    """Each call goes to an agent whose phone is free, in that queue, at that moment."""
    log = Log()
    Traffic(START, log, seed=9, calls_per_second=1.0).advance(START + 1800)
    free: dict[tuple[str, str], bool] = {}
    called = 0
    for event in log.events:
        fields = event.fields
        if event.name in ("QueueMemberStatus", "QueueMemberPause", "QueueMemberAdded"):
            free[fields["queue"], fields["interface"]] = (fields["status"], fields["paused"]) == ("1", "0")
        if event.name == "AgentCalled":
            assert free.get((fields["queue"], fields["interface"]), True)
            called += 1
    assert called > 100


def test_an_agent_serves_two_queues_and_both_hear_of_it() -> None:
    """The state of its phone and its breaks are told of each; a call counts for the queue it came from."""
    log = Log()
    traffic = Traffic(START, log, seed=2, calls_per_second=0.0)
    queues = traffic.switch.queues
    shared = next(agent for agent in queues.agents if len(agent.places) > 1)
    queues.pause(shared, "lunch")
    traffic.switch.devices.become(shared.interface, "INUSE")
    told = [(event.name, event.get("Queue"), event.get("Status")) for event in log.events]
    assert told == [
        ("QueueMemberPause", "support", "1"),
        ("QueueMemberPause", "sales", "1"),
        ("QueueMemberStatus", "support", "2"),
        ("QueueMemberStatus", "sales", "2"),
        ("DeviceStateChange", None, None),
    ]


def test_the_lists_look_as_real_ones() -> None:
    """The same headers in the same order, ActionID last in those of queues; one queue can be asked for."""
    traffic = Traffic(START, Log(), seed=8, calls_per_second=1.0)
    now = START + 600
    traffic.advance(now)
    for action, name in (("QueueStatus", "q-602"), ("BridgeList", "b-600")):
        packets = cut(answer(traffic.switch, Request({"action": action, "actionid": "x"}), now))
        real = [packet for packet in ANSWERS if packet.get("ActionID") == name]
        assert {shape(packet) for packet in packets} == {shape(packet) for packet in real}
        assert packets[0].get("Message") == real[0].get("Message")
        assert packets[-1].name == real[-1].name
    of = asked(traffic.switch, "QueueStatus", now, queue="billing")
    assert {item.get("Queue") for item in of} == {"billing"}
