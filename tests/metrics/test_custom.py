"""Metrics written in YAML are the same objects as those written in Python."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from exporter.collectors import COLLECTORS
from exporter.metrics import (
    Choice,
    Each,
    Events,
    Is,
    Joined,
    Live,
    Matches,
    Not,
    Number,
    Open,
    Poll,
    Seconds,
    Table,
    counter,
    gauge,
    histogram,
    info,
    states,
)
from exporter.metrics.eventclasses import CLASS_OF
from exporter.metrics.families import WAIT
from exporter.metrics.folds import Folded
from tests.metrics.written import made, read

PARKING = """
help: 'Parked calls: how many wait in each lot, for how long, and how their waiting ended.'
polls:
  - action: Parkinglots
  - action: ParkedCalls
tables:
  parking_lots: {event: Parkinglot, key: Parkinglot, rename: {Parkinglot: Name}}
  parked_calls:
    event: ParkedCall
    key: [Parkinglot, ParkingSpace]
    live:
      - {event: ParkedCall, does: create}
      - {event: UnParkedCall, does: remove}
      - {event: ParkedCallTimeOut, does: remove}
      - {event: ParkedCallGiveUp, does: remove}
metrics:
  - gauge: parking_lot_spaces
    of: parking_lots
    labels: {lot: Parkinglot}
    value: {difference: StopSpace, less: StartSpace, offset: 1}
  - gauge: parked_calls
    of: parked_calls
    labels: {lot: Parkinglot}
    over: parking_lots
  - gauge: parked_call_longest_seconds
    of: parked_calls
    labels: {lot: Parkinglot}
    value: {age: ParkingDuration}
    take: max
    over: parking_lots
  - counter: parking_outcomes_total
    of: {event: [UnParkedCall, ParkedCallTimeOut, ParkedCallGiveUp, ParkedCallSwap]}
    labels:
      lot: Parkinglot
      outcome:
        choice: Event
        names:
          UnParkedCall: retrieved
          ParkedCallTimeOut: timeout
          ParkedCallGiveUp: gave_up
          ParkedCallSwap: swapped
        other: swapped
    over: parking_lots
"""

BRIDGES = """
help: 'Bridges: what joins channels to a talk, a conference or a parking lot.'
poll: {action: BridgeList}
tables:
  bridges:
    event: BridgeListItem
    key: BridgeUniqueid
    live:
      - {event: BridgeCreate, does: create}
      - {event: BridgeEnter}
      - {event: BridgeLeave}
      - {event: BridgeDestroy, does: remove}
    compared: [BridgeType]
metrics:
  - gauge: bridges
    of: bridges
    labels: &both
      type: &type {choice: BridgeType, names: {basic: basic, base: base, parking: parking, stasis: stasis}}
      technology:
        choice: BridgeTechnology
        names:
          simple_bridge: simple_bridge
          native_rtp: native_rtp
          softmix: softmix
          holding_bridge: holding_bridge
    zeros: closed
  - gauge: bridge_channels
    of: bridges
    labels: *both
    value: BridgeNumChannels
    take: sum
    zeros: closed
  - counter: bridges_created_total
    of: {event: BridgeCreate}
    labels: {type: *type}
    zeros: closed
"""


@pytest.mark.parametrize(("name", "text"), [("parking", PARKING), ("bridges", BRIDGES)])
def test_a_built_in_collector_written_in_yaml_is_equal(name: str, text: str) -> None:
    """Its polls, tables, families and rights are the same objects; only the helps are copied here."""
    builtin = COLLECTORS[name]
    entry: dict[str, Any] = yaml.safe_load(text)
    for metric, family in zip(entry["metrics"], builtin.families, strict=True):
        metric["help"] = family.help
    others = {other: collector for other, collector in COLLECTORS.items() if other != name}
    collector, mistakes = read(name, yaml.safe_dump(entry, sort_keys=False), others)
    assert mistakes == []
    assert collector.polls == builtin.polls
    assert collector.families == builtin.families
    assert collector == builtin


def test_every_kind_of_metric() -> None:
    """Gauge, counter, histogram, info and states, of tables, joined tables and events."""
    collector = made(
        """
        poll: {action: QueueStatus}
        tables:
          lines: {event: QueueParams, key: Queue}
          people:
            event: QueueMember
            key: [Queue, Location]
            where: {Queue: {no_match: 'test-.*'}}
            live:
              - {event: QueueMemberStatus, does: create, rename: {Location: Interface}, sets: {Seen: '1'}}
              - {event: QueueMemberRemoved, does: remove, where: {Queue: sales}}
            compared: [Status]
            kept: [Seen]
        metrics:
          - {gauge: people, help: People., of: {table: people, joined: lines, where: {Paused: '0'}},
             labels: {queue: Queue}, value: Penalty, take: sum, over: lines, crowd: people}
          - {gauge: people_peak, help: Most., of: people, windows: [1m, 5m]}
          - {counter: taken_total, help: Taken., of: lines, labels: {queue: Queue}, value: Completed}
          - {histogram: hold_seconds, help: Hold., of: {event: [AgentConnect]}, value: {seconds: HoldTime},
             buckets: wait, exemplar: Linkedid}
          - {info: line_info, help: Line., of: lines, labels: {queue: Queue, strategy: Strategy}}
          - {states: person_state, help: State., of: people, labels: {member: Location},
             state: {choice: Status, names: {'1': free}}}
        """
    )
    lines = Table("lines", "QueueParams", key=("Queue",))
    people = Table(
        "people",
        "QueueMember",
        key=("Queue", "Location"),
        where=Not(Matches("Queue", "test-.*")),
        live=(
            Live("QueueMemberStatus", "create", {"Location": "Interface"}, {"Seen": "1"}),
            Live("QueueMemberRemoved", "remove", where=Is("Queue", ("sales",))),
        ),
        compared=("Status",),
        kept=("Seen",),
    )
    assert collector.polls == (Poll("QueueStatus", (lines, people)),)
    assert collector.reads == ("agent",)
    assert collector.families == (
        gauge(
            "people",
            "People.",
            Joined(people, lines),
            {"queue": "Queue"},
            Number("Penalty"),
            take="sum",
            where=Is("Paused", ("0",)),
            over=lines,
            crowd=people,
        ),
        gauge("people_peak", "Most.", people, windows={"1m": 60.0, "5m": 300.0}),
        counter("taken_total", "Taken.", lines, {"queue": "Queue"}, Number("Completed")),
        histogram(
            "hold_seconds",
            "Hold.",
            Events("AgentConnect"),
            value=Seconds("HoldTime"),
            buckets=WAIT,
            exemplar="Linkedid",
        ),
        info("line_info", "Line.", lines, {"queue": "Queue", "strategy": "Strategy"}),
        states("person_state", "State.", people, {"member": "Location"}, Choice("Status", {"1": "free"})),
    )


def test_questions_for_each() -> None:
    """Of names, and of the rows of a table; rows of the answer itself, and of lines."""
    collector = made(
        r"""
        polls:
          - {action: mailboxcount, for_each: {Mailbox: ['6001@default', '6002@default']}, fills: boxes}
          - {action: ConfbridgeListRooms}
          - {action: ConfbridgeList, for_each: {Conference: rooms.Conference}, every: 2m}
          - {command: core show threads}
        tables:
          boxes: {key: Mailbox}
          rooms: {event: ConfbridgeListRooms, key: Conference}
          talkers: {event: ConfbridgeList, key: [Conference, Channel]}
          total: {lines: '^(?P<count>\d+) threads'}
        metrics:
          - {gauge: talkers, help: Talkers., of: talkers, labels: {room: Conference}}
          - {gauge: threads, help: Threads., of: total, value: count}
        """
    )
    rooms = Table("rooms", "ConfbridgeListRooms", key=("Conference",))
    talkers = Table("talkers", "ConfbridgeList", key=("Conference", "Channel"))
    names = ("6001@default", "6002@default")
    total = Table("total", lines=r"^(?P<count>\d+) threads")
    assert collector.polls == (
        Poll("MailboxCount", (Table("boxes", key=("Mailbox",)),), each=Each("Mailbox", names)),
        Poll("ConfbridgeListRooms", (rooms,)),
        Poll(
            "ConfbridgeList", (talkers,), each=Each("Conference", of=rooms, header="Conference"), every=120.0
        ),
        Poll("Command", (total,), (("Command", "core show threads"),)),
    )


def test_a_built_in_fold_comes_with_what_it_needs() -> None:
    """The polls that fill its seeds, for these tables alone, and the read classes of its events."""
    queues = COLLECTORS["queues"]
    fold = next(fold for fold in queues.folds if fold.name == "queue_waits")
    collector = made(
        """
        metrics:
          - {histogram: patience_seconds, help: Patience., value: Seconds, buckets: [1, 10], over: queues,
             of: {fold: queue_waits, rows: wait, where: {Outcome: abandoned}}}
          - {gauge: dialing, help: Dialing., of: {fold: dials, rows: dials}}
        """
    )
    family = collector.families[0]
    assert family.source == Folded(fold, "wait")
    assert {table.name for table in collector.tables} >= {"queues", "queue_callers"}
    assert "queue_members" not in {table.name for table in collector.tables}
    assert set(fold.events) <= collector.events
    assert set(queues.reads) <= set(collector.reads)
    assert isinstance(collector.families[1].source, Open)


def test_a_built_in_table_is_used_by_name() -> None:
    """Its question is the built-in one, so that it is asked once."""
    poll = COLLECTORS["channels"].polls[0]
    collector = made(
        "metrics: [{gauge: by_account, help: By., of: channels, labels: {account: AccountCode}}]"
    )
    assert collector.polls == (poll,)
    assert collector.reads == ("call",)


def test_the_read_classes_of_built_in_events_are_those_of_the_collectors() -> None:
    """The table of well-known events says of no event what its collector does not say."""
    for collector in COLLECTORS.values():
        for event in collector.events:
            assert CLASS_OF[event] in collector.reads, (collector.name, event)
