"""Which rows the status page shows, and in which order."""

from __future__ import annotations

import pytest
from aiohttp import web

from exporter.web.pages.order import COLUMNS, Order

from .reading import row

ROWS = [
    row("Beta", version="20.1", active_calls=7.0),
    row("alpha", version="", active_calls=None),
    row("dead", "down", error="Connection refused", active_calls=None, up=False),
    row("sick", "failing", failures=(("queues", "no"),), active_calls=30.0),
    row("late", "waiting", active_calls=None),
]


def names(**query: str) -> list[str]:
    """The names of the rows that these parameters show."""
    return [each.name for each in Order.of(query).ordered(ROWS)]


def test_problems_come_first() -> None:
    """Down, failing, not tried yet, up; by name within each, whatever its case."""
    assert names() == ["dead", "sick", "late", "alpha", "Beta"]
    assert names(sort="-problems") == ["alpha", "Beta", "late", "sick", "dead"]


def test_by_a_column() -> None:
    """Numbers from the largest, texts from the first; what is not known comes last either way."""
    assert names(sort="calls") == ["sick", "Beta", "alpha", "dead", "late"]
    assert names(sort="-calls") == ["Beta", "sick", "alpha", "dead", "late"]
    assert names(sort="version")[0] == "Beta"
    assert names(sort="version")[-1] == "alpha"
    for column in COLUMNS:
        assert len(names(sort=column)) == len(ROWS)


def test_filters() -> None:
    """By state, by all that is trouble, and by a text in whatever the row says, whatever its case."""
    assert names(state="up") == ["alpha", "Beta"]
    assert names(state="trouble") == ["dead", "sick"]
    assert names(q="REFUSED") == ["dead"]
    assert names(q=" bet ") == ["Beta"]
    assert names(q="beta", state="down") == []


def test_the_address_says_what_is_not_usual() -> None:
    """A link keeps what was chosen before; without any choice it is the plain page."""
    order = Order.of({"sort": "-calls", "q": "a&b"})
    assert order.link(state="down") == "?sort=-calls&state=down&q=a%26b"
    assert order.link(sort="problems", reverse=False, text="") == "./"


@pytest.mark.parametrize(("query", "known"), [({"sort": "speed"}, "calls"), ({"state": "bad"}, "failing")])
def test_an_unknown_choice_is_refused(query: dict[str, str], known: str) -> None:
    """The error names it, and what is allowed."""
    with pytest.raises(web.HTTPBadRequest) as caught:
        Order.of(query)
    text = str(caught.value.text)
    assert f"Unknown {next(iter(query))}: {next(iter(query.values()))}" in text
    assert known in text
