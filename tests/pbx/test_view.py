"""A page that takes its time shows the tables of one moment."""

from __future__ import annotations

import pytest

from exporter.ami import ConnectionFailed
from exporter.metrics import Collector, Facts, Number, Open, gauge
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from tests.collectors.replay import up
from tests.pbx.test_state import POLL, SALES, callers, item, listed, queues, stays

FAMILIES = (
    gauge("callers", "Callers.", callers, {"queue": "Queue"}),
    gauge("queues", "Queues.", queues),
    gauge("each", "Each.", callers, {"id": "Uniqueid"}),
    gauge("inside", "Inside.", Open(stays, "inside")),
)


@pytest.fixture
async def view(monkeypatch: pytest.MonkeyPatch) -> View:
    """A server with a queue and one caller."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: 100.0)
    pbx = up(Pbx("lab", (Collector("queues", "Test.", FAMILIES, (POLL,)),), {}))
    listed(pbx, SALES)
    pbx.take(item("QueueCallerJoin", Queue="sales", Uniqueid="1"))
    return View(pbx)


async def test_all_blocks_are_of_one_moment(view: View) -> None:
    """Events and even the end of the session, while a page is written, change nothing on it."""
    blocks = view.blocks()
    assert next(blocks).values == {("sales",): 1.0}
    view.pbx.take(item("QueueCallerJoin", Queue="sales", Uniqueid="2"))
    assert next(blocks).values == {(): 1.0}
    view.pbx.drop()
    assert next(blocks).values == {("1",): 1.0}
    assert next(blocks).values == {(): 1.0}


async def test_a_version_changes_with_the_values(view: View) -> None:
    """And stays as long as they do."""

    def version() -> object:
        return next(view.blocks()).version

    before = version()
    assert version() is before is not None
    view.pbx.take(item("QueueCallerJoin", Queue="sales", Uniqueid="2"))
    assert version() is not before


async def test_a_look_at_one_figure_costs_the_next_event_nothing(view: View) -> None:
    """Only a page, which may take long, keeps the rows as they are."""
    (live,) = (table for table in view.pbx.tables.values() if table.table == callers)
    rows = live.rows
    assert view.values("asterisk_each") == {("1",): 1.0}
    view.pbx.take(item("QueueCallerJoin", Queue="sales", Uniqueid="2"))
    assert live.rows is rows
    assert len(view.values("asterisk_each")) == 2


async def test_only_what_is_named_is_read(view: View) -> None:
    """Families that nobody asked for are not worked out."""
    assert [block.family.name for block in view.blocks({"asterisk_queues"})] == ["asterisk_queues"]
    assert list(view.pbx.series) == ["asterisk_queues"]


async def test_a_page_says_up_of_what_it_shows(view: View) -> None:
    """Whether the session stands is of the moment of the tables, also when two pages are on their way."""
    up_too = Collector("link", "Test.", (gauge("up", "Up.", Facts("connection"), value=Number("Up")),))
    view = View(up(Pbx("lab", (*view.pbx.collectors, up_too), {})))
    listed(view.pbx, SALES)
    one = view.blocks()
    first = [next(one)]
    view.pbx.link.failed(ConnectionFailed("closed", "gone"), 100.0)
    other = {block.family.name: dict(block.values) for block in view.blocks()}
    assert other == {"asterisk_up": {(): 0.0}}
    names = {block.family.name: dict(block.values) for block in [*first, *one]}
    assert names["asterisk_queues"] == {(): 1.0}
    assert names["asterisk_up"] == {(): 1.0}
