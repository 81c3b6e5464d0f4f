"""What goes on under a new configuration, and what begins anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.ami import Message
from exporter.metrics import (
    Choice,
    Collector,
    Events,
    Family,
    Is,
    Not,
    Number,
    Open,
    Poll,
    Table,
    Text,
    counter,
    gauge,
)
from exporter.pbx.declared import Unchanged, declared
from exporter.pbx.handover import hand_over
from exporter.pbx.state import Limits, Pbx
from exporter.pbx.view import CROWD, View
from tests.collectors.replay import up
from tests.pbx.test_state import POLL, SALES, callers, item, listed, queues, stays, values

ORDER = item("UserEvent", UserEvent="Order", Queue="sales", Seconds=2)
CALLERS = gauge("callers", "Callers.", callers, {"id": "Uniqueid"})


def server(*families: Family, limit: int = 100, poll: Poll = POLL) -> Pbx:
    return Pbx("lab", (Collector("a", "Test.", families, (poll,)),), {}, Limits(limit))


def callers_of(*names: object) -> list[Message]:
    return [item("QueueEntry", Queue="sales", Uniqueid=name, Wait=1) for name in names]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: 100.0)


TEXT = counter("done_total", "Done.", Events("UserEvent"), {"event": Text("UserEvent", most=1)})
CHANGES: dict[str, Family] = {
    "help": replace(TEXT, help="It is done."),
    "source": replace(TEXT, source=Events("UserEvent", "Newexten")),
    "where": replace(TEXT, where=Not(Is("Queue", ("support",)))),
    "value": replace(TEXT, value=Number("Seconds")),
    "choice": replace(TEXT, labels={"event": Choice("UserEvent", {"Order": "Order"})}, zeros="closed"),
    "names": replace(TEXT, labels={"event": Text("UserEvent", names={"Order": "order"})}),
    "header": replace(TEXT, labels={"event": Text("Queue")}),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_metric_that_means_something_else_begins_anew(change: str) -> None:
    """Its source, condition, value or the readers of its labels; how it is explained does not matter."""
    other = counter("other_total", "Other.", Events("UserEvent"))
    old, new = up(server(TEXT, other)), server(CHANGES[change], other)
    for name in ("First", "Order"):
        old.take(item("UserEvent", UserEvent=name, Queue="sales", Seconds=2))
    hand_over(old, new)
    before = values(View(new))
    new.take(ORDER)
    after = values(View(new))
    assert after["other_total"] == {(): 3}
    told, was = after["done_total"], before["done_total"]
    match change:
        case "help":
            assert told == {("First",): 1, ("other",): 2}
        case "choice":
            assert was == {("Order",): 0, ("other",): 0}
            assert told == {("Order",): 1, ("other",): 0}
        case _:
            assert was == {}
            assert list(told.values()) == [2 if change == "value" else 1]


async def test_a_queue_that_is_left_out_now_leaves_no_dead_series() -> None:
    """Tables whose rows are chosen otherwise are other tables: what was counted of them begins anew."""

    def collected(table: Table) -> Pbx:
        return server(
            counter("done_total", "Done.", Events("UserEvent"), {"queue": "Queue"}, over=table),
            poll=Poll("QueueStatus", (table,)),
        )

    old, new = up(collected(queues)), collected(replace(queues, where=Not(Is("Queue", ("sales",)))))
    listed(old, SALES)
    hand_over(old, new)
    listed(new, SALES, item("QueueParams", Queue="support"))
    assert values(View(new))["done_total"] == {("support",): 0}


async def test_what_is_refused_stays_refused_and_is_counted_once() -> None:
    """After a reload the same series are shown, whatever came since; the count goes on."""
    old, new = up(server(CALLERS, limit=2)), server(CALLERS, gauge("more", "More.", queues), limit=2)
    listed(old, SALES, *callers_of("a", "b", "c"))
    view = View(old)
    for _ in range(2):
        assert values(view)["callers"] == {("a",): 1, ("b",): 1}
        listed(old, SALES, *callers_of("c", "b", "a"))
    hand_over(old, new)
    view = View(new, view)
    listed(new, SALES, *callers_of("c", "b", "a"))
    assert values(view)["callers"] == {("a",): 1, ("b",): 1}
    assert new.refused == {"asterisk_callers": 1}
    listed(new, SALES, *callers_of("d", "c", "b"))
    assert set(values(view)["callers"]) == {("b",), ("d",)}
    assert new.refused == {"asterisk_callers": 1}


async def test_first_values_and_seen_zeros_go_on() -> None:
    """Those that were told apart are told apart again; what was there in this session is 0, not gone."""
    few = gauge("few", "Few.", callers, {"id": Text("Uniqueid", most=2)})
    seen = gauge("seen", "Seen.", callers, {"id": "Uniqueid"}, zeros="seen")
    old, new = up(server(few, seen)), server(few, seen, CALLERS)
    listed(old, SALES, *callers_of("a", "b"))
    view = View(old)
    values(view)
    hand_over(old, new)
    view = View(new, view)
    listed(new, SALES, *callers_of("c"))
    after = values(view)
    assert after["few"] == {("other",): 1}
    assert after["seen"] == {("a",): 0, ("b",): 0, ("c",): 1}
    new.drop()
    new.link.booted = False
    assert values(view) == {}
    new.link.booted = True
    listed(new, SALES)
    assert values(view)["seen"] == {}


async def test_a_crowd_stays_one(caplog: pytest.LogCaptureFixture) -> None:
    """Between the two bounds a table that is not shown stays so, and that is not told again."""
    crowd = replace(CALLERS, crowd=callers)
    old, new = up(server(crowd)), server(crowd, gauge("more", "More.", queues))
    view = View(old)
    for count in (CROWD + 1, CROWD):
        listed(old, SALES, *callers_of(*range(count)))
        assert "callers" not in values(view)
    hand_over(old, new)
    view = View(new, view)
    assert "callers" not in values(view)
    assert list(view.crowds.values()) == [CROWD]
    assert len(caplog.records) == 1


async def test_what_is_new_knows_the_rows_that_are_there() -> None:
    """A new peak, a new sum and a new fold need no new list where the rows were handed over."""
    peak = gauge("peak", "Peak.", callers, windows={"1m": 60.0})
    inside = gauge("inside", "Inside.", Open(stays, "inside"), {"queue": "Queue"})
    ends = counter("ends_total", "Ends.", Events("UserEvent"), {"queue": "Queue"}, over=queues)
    by_queue = gauge("by_queue", "Callers.", callers, {"queue": "Queue"}, over=queues)
    old, new = up(server(by_queue)), server(by_queue, peak, inside, ends)
    listed(old, SALES, *callers_of("a", "b"))
    hand_over(old, new)
    assert new.tables[callers].loaded
    assert values(View(new)) == {
        "peak": {("1m",): 2},
        "inside": {("sales",): 2},
        "ends_total": {("sales",): 0},
        "by_queue": {("sales",): 2},
    }


def test_collectors_that_are_declared_as_before_stay_the_same_objects() -> None:
    """So what is worked out of them is shared, by all servers and from one configuration to the next."""

    def made(text: str) -> tuple[Collector, ...]:
        families = (gauge("callers", text, callers),)
        return Collector("a", "Test.", families, (POLL,)), Collector("b", text, (), (POLL,))

    old, same, changed = made("Callers."), made("Callers."), made("Others.")
    kept = Unchanged().kept(same, old)
    assert [one is other for one, other in zip(kept, old, strict=True)] == [True, True]
    assert Unchanged().kept(changed, old) == changed
    assert Unchanged().kept((*same, changed[0]), ()) == (*same, changed[0])
    first = declared(kept, {"a": 5.0})
    assert declared(old, {"a": 5.0}) is first
    assert declared(old, {"a": 6.0}) is not first


async def test_new_bounds_hold_at_once() -> None:
    """Also where the rows stay as they are."""
    calls = gauge("calls", "Calls.", callers, {"id": "Uniqueid"}, Number("Wait"))
    old, new = up(server(calls)), server(calls, limit=1)
    listed(old, SALES, *callers_of("alpha", "bravo"))
    view = View(old)
    assert values(view)["calls"] == {("alpha",): 1, ("bravo",): 1}
    hand_over(old, new)
    assert values(View(new, view))["calls"] == {("alpha",): 1}


async def test_an_answer_that_still_reaches_the_old_state_leaves_the_new_one_alone() -> None:
    """It may be on its way when a configuration is taken over."""
    calls = gauge("calls", "Calls.", callers, {"id": "Uniqueid"}, Number("Wait"))
    old, new = up(server(calls)), server(calls)
    listed(old, SALES, *callers_of("a"))
    view = View(old)
    assert values(view)["calls"] == {("a",): 1}
    hand_over(old, new)
    view = View(new, view)
    listed(old, SALES, item("QueueEntry", Queue="sales", Uniqueid="a", Wait=5))
    assert values(view)["calls"] == {("a",): 1}
    listed(new, SALES, item("QueueEntry", Queue="sales", Uniqueid="a", Wait=2))
    assert values(view)["calls"] == {("a",): 2}
