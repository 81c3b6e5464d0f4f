"""The state of a server: folds, joined rows, crowds, and what a new configuration takes over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from exporter.ami import ConnectionFailed, Message
from exporter.collectors.cdr import COLLECTOR as CDR
from exporter.metrics import (
    Choice,
    Collector,
    Exceeds,
    Fold,
    Folded,
    Is,
    Joined,
    Live,
    Machine,
    Not,
    Number,
    Open,
    Part,
    Poll,
    Seed,
    Table,
    Text,
    counter,
    gauge,
)
from exporter.metrics.catalogue import manager_conf
from exporter.metrics.collector import mistakes
from exporter.metrics.folds import Told
from exporter.metrics.readers import Row
from exporter.pbx.handover import hand_over
from exporter.pbx.polls import Answer
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from tests.collectors.replay import up

queues = Table("queues", "QueueParams", key=("Queue",))
callers = Table(
    "callers",
    "QueueEntry",
    key=("Queue", "Uniqueid"),
    live=(Live("QueueCallerJoin", "create"), Live("QueueCallerLeave", "remove")),
)


class Stays(Machine):
    """Who joined and has not left."""

    def __init__(self) -> None:
        self.inside: dict[str, str] = {}

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:  # noqa: ARG002
        if event == "QueueCallerJoin":
            self.inside[fields["uniqueid"]] = fields["queue"]
        elif queue := self.inside.pop(fields["uniqueid"], None):
            yield "left", {"queue": queue}

    def listed(self, table: str, rows: Iterable[Row], now: float) -> Iterable[Told]:  # noqa: ARG002
        assert table == "callers"
        self.inside |= {str(row["uniqueid"]): str(row["queue"]) for row in rows}
        return ()

    def rows(self, what: str) -> Iterable[Row]:
        assert what == "inside"
        return [{"queue": queue} for queue in self.inside.values()]

    def forget(self) -> None:
        self.inside.clear()


stays = Fold(
    "stays",
    ("QueueCallerJoin", "QueueCallerLeave"),
    ("Queue", "Uniqueid"),
    Stays,
    (Seed(callers, ("Queue",)),),
)
POLL = Poll("QueueStatus", (queues, callers))
FAMILIES = (
    counter("left_total", "Left.", Folded(stays, "left"), {"queue": "Queue"}, over=queues),
    gauge("inside", "Inside.", Open(stays, "inside"), {"queue": "Queue"}),
    gauge("callers", "Callers.", callers, {"queue": "Queue"}, over=queues),
    gauge(
        "late",
        "Late.",
        Joined(callers, queues),
        {"queue": "Queue"},
        Exceeds(Number("Wait"), Number("ServiceLevel")),
        take="sum",
    ),
    gauge("wait_seconds", "Wait.", callers, {"id": "Uniqueid"}, Number("Wait"), crowd=callers),
)
COLLECTOR = Collector("queues", "Test.", FAMILIES, (POLL,), ("agent",))


def item(event: str, **headers: object) -> Message:
    return Message("\r\n".join([f"Event: {event}", *(f"{k}: {v}" for k, v in headers.items())]).encode())


def listed(pbx: Pbx, *items: Message) -> None:
    state = pbx.polls["QueueStatus"]
    state.succeeded(0.001, 100.0)
    pbx.swap(state, [Answer(item("Success"), list(items))])


def values(view: View) -> dict[str, dict[tuple[str, ...], float]]:
    return {block.family.name.removeprefix("asterisk_"): dict(block.values) for block in view.blocks()}  # type: ignore[arg-type]


@pytest.fixture
async def pbx(monkeypatch: pytest.MonkeyPatch) -> Pbx:
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: 100.0)
    return up(Pbx("lab", (COLLECTOR,), {}))


SALES = item("QueueParams", Queue="sales", ServiceLevel=20)


async def test_folds_and_joined_rows(pbx: Pbx) -> None:
    """A list seeds a fold, events go through it, its rows are counted; rows know the queue they wait in."""
    view = View(pbx)
    assert values(view) == {"left_total": {}}
    listed(pbx, SALES, item("QueueEntry", Queue="sales", Uniqueid="1", Wait=30))
    pbx.take(item("QueueCallerJoin", Queue="sales", Uniqueid="2"))
    assert values(view) == {
        "left_total": {("sales",): 0},
        "inside": {("sales",): 2},
        "callers": {("sales",): 2},
        "late": {("sales",): 1},
        "wait_seconds": {("1",): 30},
    }
    pbx.take(item("QueueCallerLeave", Queue="sales", Uniqueid="1"))
    pbx.take(item("QueueCallerLeave", Queue="sales", Uniqueid="1"))
    assert values(view)["left_total"] == {("sales",): 1}
    assert values(view)["late"] == {}
    pbx.drop()
    listed(pbx, SALES)
    assert values(view)["inside"] == {}
    assert values(view)["callers"] == {("sales",): 0}


async def test_rows_are_counted_only_while_the_session_stands(pbx: Pbx) -> None:
    """From the moment that the line is lost, and not only once that was dealt with."""
    listed(pbx, item("QueueParams", Queue="a", ServiceLevel=10))
    assert pbx.facts("tables") == [{"table": "queues", "count": 1.0}, {"table": "callers", "count": 0.0}]
    assert pbx.link.client
    pbx.link.client.closed.set_result(ConnectionFailed("closed", "gone"))
    assert pbx.facts("tables") == []


async def test_a_crowd_is_not_shown_one_by_one(pbx: Pbx, caplog: pytest.LogCaptureFixture) -> None:
    """Above 500 rows the series of each are left out, below 450 they are back; a log line for each change."""

    def entries(count: int) -> list[Message]:
        return [item("QueueEntry", Queue="sales", Uniqueid=n, Wait=1) for n in range(count)]

    view = View(pbx)
    shown = []
    for count in (500, 501, 500, 450, 449, 500):
        listed(pbx, SALES, *entries(count))
        found = values(view)
        shown.append("wait_seconds" in found)
        assert found["callers"] == {("sales",): count}
    assert shown == [True, False, False, False, True, True]
    assert len([record for record in caplog.records if "rows" in str(record.__dict__.get("fields"))]) == 1


async def test_a_new_configuration_takes_over(pbx: Pbx) -> None:
    """Sums, rows, what is open and the connection go on; a family of other labels begins anew."""
    listed(pbx, SALES, item("QueueEntry", Queue="sales", Uniqueid="1", Wait=30))
    pbx.take(item("QueueCallerLeave", Queue="sales", Uniqueid="1"))
    pbx.take(item("QueueCallerJoin", Queue="sales", Uniqueid="2"))
    changed = counter("more_total", "More.", Folded(stays, "left"), {"queue": "Queue"}, over=queues)
    new = Pbx(
        "lab", (Collector("queues", "Test.", (*FAMILIES, changed), (POLL,), ("agent",)),), {"queues": 5}
    )
    hand_over(pbx, new)
    assert new.polls["QueueStatus"].interval == 5
    new.take(item("QueueCallerLeave", Queue="sales", Uniqueid="2"))
    after = values(View(new))
    assert after["left_total"] == {("sales",): 2}
    assert after["more_total"] == {("sales",): 1}
    assert after["inside"] == {}
    assert after["callers"] == {("sales",): 0}
    relabelled = counter("left_total", "Left.", Folded(stays, "left"), {"q": "Queue"})
    other = Pbx("lab", (Collector("queues", "Test.", (relabelled,), (POLL,), ("agent",)),), {})
    hand_over(new, other)
    assert values(View(other))["left_total"] == {}


# -- polls that stand in for others ------------------------------------------------------------------

endpoints = Table(
    "endpoints",
    "EndpointList",
    key=("Name",),
    reads={"Name": Text("ObjectName"), "State": Choice("DeviceState", {"Not in use": "idle"})},
)
SHOW = Poll("PJSIPShowEndpoints", (endpoints,))
devices = replace(
    endpoints,
    event="DeviceStateChange",
    reads={"Name": Part("Device", "PJSIP/(.*)"), "State": Choice("State", {"NOT_INUSE": "idle"})},
    where=Not(Is("Name", ("other",))),
)
DEVICES = Poll("DeviceStateList", (devices,), instead_of=SHOW)
SUBSCRIPTIONS = Poll("PJSIPShowSubscriptionsInbound", (Table("subscriptions"),), optional=True)
ENDPOINTS = Collector(
    "endpoints",
    "Test.",
    (gauge("endpoints", "Endpoints.", endpoints, {"name": "Name", "state": "State"}),),
    (SHOW, DEVICES, SUBSCRIPTIONS),
)


@pytest.mark.parametrize("deep", [True, False])
async def test_a_poll_that_stands_in_for_another(deep: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the right to one list is missing, another fills the same table in its own words."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: 100.0)
    pbx = up(Pbx("lab", (ENDPOINTS,), {}))
    show, others, more = (pbx.polls[poll.question] for poll in (SHOW, DEVICES, SUBSCRIPTIONS))
    show.supported, others.supported, more.supported = deep, True, False
    assert [show.asked, others.asked, more.asked] == [deep, not deep, False]
    asked = show if deep else others
    asked.succeeded(0.001, 100.0)
    items = [
        item("EndpointList", ObjectName="6001", DeviceState="Not in use"),
        item("DeviceStateChange", Device="PJSIP/6001", State="NOT_INUSE"),
        item("DeviceStateChange", Device="Local/1", State="INUSE"),
    ]
    pbx.swap(asked, [Answer(item("Success"), items)])
    assert values(View(pbx)) == {"endpoints": {("6001", "idle"): 1}}
    (row,) = pbx.facts("collectors")
    assert (row["supported"], row["success"]) == (1, 1)
    assert pbx.health.failing(pbx.link) == {}


async def test_what_only_an_event_has_told_ends_with_the_session() -> None:
    """Of a collector without polls, too, nothing is said while the PBX is down."""
    pbx = up(Pbx("lab", (CDR,), {}))
    assert pbx.facts("collectors") == []
    assert pbx.link.client
    pbx.link.client.session.events["Cdr"] += 1
    assert pbx.facts("collectors") == [{"collector": "cdr", "supported": 1.0}]
    pbx.link.failed(ConnectionFailed("closed", "gone"), 100.0)
    assert pbx.facts("collectors") == []


def test_rights_of_a_poll_that_stands_in() -> None:
    """The least rights are those of the stand-in; what more rights would bring is told."""
    assert list(mistakes(ENDPOINTS)) == []
    assert ENDPOINTS.writes == {"DeviceStateList": ("call", "reporting")}
    assert list(ENDPOINTS.writes_more) == ["PJSIPShowEndpoints", "PJSIPShowSubscriptionsInbound"]
    text = manager_conf([ENDPOINTS], "exporter", ["hq"], loopback=True)
    assert "\nwrite = reporting\n" in text
    more = "PJSIPShowEndpoints (endpoints), PJSIPShowSubscriptionsInbound (endpoints)"
    assert f"; not granted: system (also to run code on the PBX): {more}\n" in text
