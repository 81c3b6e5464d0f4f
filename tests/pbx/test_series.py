"""What is shown of rows, and its bound."""

from __future__ import annotations

import pytest

from exporter.metrics import Age, Collector, Facts, Family, Fixed, Number, Open, Text, gauge
from exporter.metrics.readers import Row
from exporter.pbx.series import Series
from exporter.pbx.state import Limits, Pbx
from exporter.pbx.view import View
from tests.collectors.replay import up
from tests.pbx.test_state import POLL, SALES, callers, item, listed, queues, stays, values

LABELS = {"id": Text("Id")}
LABELS_OF_CALLERS = {"id": Text("Uniqueid")}


def rows(*names: str, **more: str) -> list[Row]:
    return [{"id": name, **more} for name in names]


def test_nothing_is_worked_out_again_for_the_same_rows() -> None:
    """Unless the value changes while the rows do not."""
    series = Series(gauge("n", "N.", callers, LABELS), 9, 128)
    first = series.read(1, rows("a"), (), 0.0)
    assert series.read(1, rows("a"), (), 5.0) is first
    assert series.read(2, rows("b"), (), 5.0) == {("b",): 1}
    ages = Series(gauge("age", "Age.", callers, LABELS, Age("Wait")), 9, 128)
    row: Row = {"id": "a", "@at": 10.0}
    assert [ages.read(1, [row], (), now)["a",] for now in (10.0, 12.0)] == [0.0, 2.0]


def test_a_refused_label_set_is_counted_once_as_long_as_it_stays() -> None:
    """What comes first is shown for as long as it is there; then another has its place."""
    series = Series(gauge("n", "N.", callers, LABELS), 2, 128)
    assert set(series.read(1, rows("a", "b", "c"), (), 0.0)) == {("a",), ("b",)}
    assert set(series.read(2, rows("c", "d", "b", "a"), (), 0.0)) == {("a",), ("b",)}
    assert series.refused == 2
    assert set(series.read(3, rows("d", "c", "b"), (), 0.0)) == {("b",), ("d",)}
    assert series.refused == 2


def test_equal_rows_and_unreadable_values_are_counted() -> None:
    """A value anew with each reading of the rows, a row that equals another once as long as it does."""
    series = Series(gauge("n", "N.", callers, LABELS, Number("N")), 9, 128)
    for version in (1, 1, 2):
        series.read(version, [*rows("a", "a", n="1"), *rows("b", n="x")], (), 0.0)
    assert (series.refused, series.unreadable) == (1, 2)


OPEN = gauge("inside", "Inside.", Open(stays, "inside"), {"queue": Text("Queue", most=1)})
EACH = gauge("each", "Each.", Open(stays, "inside"), {"queue": Text("Queue")})
FIXED = gauge(
    "fixed", "Fixed.", Fixed(tuple((("id", name), ("n", "1")) for name in "abcd")), LABELS, Number("N")
)


@pytest.mark.parametrize("family", [EACH, FIXED], ids=["open", "fixed"])
async def test_whatever_the_rows_come_from_there_is_a_bound(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a fold holds now and what the configuration gives are bounded like tables."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: 100.0)
    families = (family, gauge("queues", "Queues.", queues))
    pbx = up(Pbx("lab", (Collector("queues", "Test.", families, (POLL,)),), {}, Limits(2)))
    view = View(pbx)
    listed(pbx, SALES)
    for queue in "abcd":
        pbx.take(item("QueueCallerJoin", Queue=queue, Uniqueid=queue))
    for _ in range(3):
        assert len(values(view)[family.name.removeprefix("asterisk_")]) == 2
    assert pbx.refused == {family.name: 2}


async def test_the_first_values_of_what_is_open_stay_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """From scrape to scrape, also when the first one has gone."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: 100.0)
    pbx = up(Pbx("lab", (Collector("queues", "Test.", (OPEN,), (POLL,)),), {}))
    view = View(pbx)
    listed(pbx, SALES)
    pbx.take(item("QueueCallerJoin", Queue="a", Uniqueid=1))
    assert values(view)["inside"] == {("a",): 1}
    pbx.take(item("QueueCallerLeave", Queue="a", Uniqueid=1))
    pbx.take(item("QueueCallerJoin", Queue="b", Uniqueid=2))
    assert values(view)["inside"] == {("other",): 1}
    assert view.values("asterisk_inside") == {("other",): 1}
    assert view.values("asterisk_no_such") == {}


async def test_own_counts_are_of_the_page_that_they_stand_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused or cannot be read is counted before the counts are read; what stays bad counts on."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: 100.0)
    own = tuple(
        gauge(name, "Own.", Facts(name), {"metric": Text("metric")}, Number("count"))
        for name in ("refused", "unreadable")
    )
    waits = gauge("waits", "Waits.", callers, LABELS_OF_CALLERS, Number("Wait"))
    collectors = (Collector("own", "Test.", own), Collector("queues", "Test.", (waits,), (POLL,)))
    pbx = up(Pbx("lab", collectors, {}, Limits(1)))
    view = View(pbx)
    entries = [
        item("QueueEntry", Queue="sales", Uniqueid=name, Wait=wait) for name, wait in ("a1", "b2", "cx")
    ]
    for times in (1, 2, 3):
        listed(pbx, SALES, *entries)
        assert values(view) == {
            "waits": {("a",): 1},
            "refused": {("asterisk_waits",): 1},
            "unreadable": {("asterisk_waits",): times},
        }
        assert values(view)["unreadable"] == {("asterisk_waits",): times}


class Fails(Text):
    """A reader with a bug."""

    def label(self, row: Row) -> str | None:
        if row.get(self.key) == "bad":
            raise RuntimeError("a bug")
        return super().label(row)


def test_a_bug_never_gives_one_row_the_label_of_another() -> None:
    """It goes on to be one until the row is gone."""
    series = Series(gauge("n", "N.", callers, {"id": Fails("Id")}, Number("N")), 9, 128)
    assert series.read(1, rows("a", "b", n="1"), (), 0.0, labelled=1) == {("a",): 1, ("b",): 1}
    for _ in range(2):
        with pytest.raises(RuntimeError):
            series.read(2, rows("a", "bad", n="7"), (), 0.0, labelled=2)
    assert series.read(3, rows("a", "c", n="7"), (), 0.0, labelled=3) == {("a",): 7, ("c",): 7}
