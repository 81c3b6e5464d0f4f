"""The expressions that Asterisk filters events by."""

from __future__ import annotations

import re

import pytest

from exporter.ami import Action, LocalProtocolError, Session
from exporter.ami.codec import MAX_SENT_LINE
from exporter.ami.filters import addition, expressions

from .build import event

MANY = [f"AnEventOfAModuleNumber{n:03}" for n in range(100)]


def passes(filters: list[str], packet: bytes) -> bool:
    """Whether any filter lets it through, as Asterisk matches."""
    return any(re.search(f.replace("[[:cntrl:]]", r"[\x00-\x1f]"), packet.decode()) for f in filters)


def test_only_the_wanted_names_pass() -> None:
    """A name that goes on is another, and what a caller writes further down is no name."""
    filters = expressions(["Hangup", "Newchannel"])
    assert filters == ["^Event: (Hangup|Newchannel)[[:cntrl:]]"]
    assert passes(filters, event("Hangup"))
    assert not passes(filters, event("HangupRequest"))
    assert not passes(filters, event("SoftHangup"))
    assert not passes(filters, event("VarSet", "Value: x", "Event: Hangup", "X: y"))


@pytest.mark.parametrize("count", [1, 5, *range(30, 40), 100])
def test_many_names_make_several_filters_that_each_fit(count: int) -> None:
    """Over TLS an action of more than 1,024 bytes is lost, and of a line more than 1,022 are cut off."""
    names = MANY[:count]
    filters = expressions(names)
    assert all(passes(filters, event(name)) for name in names)
    assert not passes(filters, event("Newchannel"))
    assert sum(f.count("|") + 1 for f in filters) == count
    for expression in filters:
        data = Session().ask(addition(expression))
        assert len(data) < 1024
        assert max(map(len, data.split(b"\r\n"))) < MAX_SENT_LINE
    assert all(len(expression) > 860 for expression in filters[:-1])


def test_names_stand_once_and_in_order() -> None:
    """The same collectors make the same filters, whatever the order of their declarations."""
    assert expressions(["B", "A", "B"]) == expressions(["A", "B"]) == ["^Event: (A|B)[[:cntrl:]]"]
    assert expressions([]) == []


@pytest.mark.parametrize("name", ["", "A|B", "A B", ".*", "A\r\nAction: Originate", "A;B", "é", "A" * 1000])
def test_what_is_no_name_is_refused(name: str) -> None:
    """It would be an expression of its own, or a comment in manager.conf."""
    with pytest.raises(LocalProtocolError):
        expressions(["Hangup", name])


def test_an_addition_shows_no_values() -> None:
    """Like every action."""
    assert repr(addition("x")) == "<Action Filter Operation Filter>"
    assert isinstance(addition("x"), Action)
