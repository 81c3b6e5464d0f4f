"""Readers: headers to labels and numbers; absent, unreadable and zero are three things."""

from __future__ import annotations

import pytest

from exporter.metrics import Age, All, Choice, Is, Matches, Not, Number, Part, Seconds, Text
from exporter.metrics.readers import Row, Unreadable


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"calls": "12"}, 12.0),
        ({"calls": " 0.5"}, 0.5),
        ({"calls": "1e3"}, 1000.0),
        ({"calls": "0"}, 0.0),
        ({"calls": 3.0}, 3.0),
        ({"calls": ""}, None),
        ({}, None),
    ],
)
def test_a_number(row: Row, expected: float | None) -> None:
    """An empty header is an absent one, not 0."""
    assert Number("Calls").number(row, 0.0) == expected


@pytest.mark.parametrize(
    "text", ["nan", "inf", "9" * 400, "1e999", "0x1f", "1,5", "12 apples", "١٢", "--", "1_000"]
)
def test_what_is_no_number_is_unreadable(text: str) -> None:
    """Only what is written as a plain number is one."""
    with pytest.raises(Unreadable):
        Number("Calls").number({"calls": text}, 0.0)


def test_a_zero_that_means_none_is_no_sample() -> None:
    """A limit of 0 means that there is no limit."""
    assert Number("Max", zero=False).number({"max": "0"}, 0.0) is None
    assert Number("Max", zero=False, scale=0.001).number({"max": "500"}, 0.0) == 0.5


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00:07", 7.0), ("01:02:03", 3723.0), ("100:00:00", 360000.0), ("65", 65.0)]
)
def test_a_duration(text: str, seconds: float) -> None:
    """Asterisk writes hours, minutes and seconds."""
    assert Seconds("Duration").number({"duration": text}, 0.0) == seconds


@pytest.mark.parametrize("text", ["1:2:3:4", "9" * 5000, "-1:00", "soon", "1:x"])
def test_what_is_no_duration_is_unreadable(text: str) -> None:
    """Anything else is counted and left out."""
    with pytest.raises(Unreadable):
        Seconds("Duration").number({"duration": text}, 0.0)


def test_an_age_grows_while_the_row_does_not() -> None:
    """The list's duration, and the time since it was read; an event's row begins at 0."""
    age = Age("Duration")
    assert age.number({"duration": "00:00:10", "@at": 100.0}, 105.0) == 15.0
    assert age.number({"@at": 100.0}, 105.0) == 5.0
    assert age.number({"@at": 100.0}, 99.0) == 0.0
    assert age.number({}, 99.0) is None


def test_labels() -> None:
    """A text as it stands, a choice of a closed set, a part of a text."""
    assert Text("Queue").label({"queue": "support"}) == "support"
    assert Text("Queue").label({"queue": ""}) is None
    assert Text("Name", default="none").label({}) == "none"
    choice = Choice("State", {"6": "up", "0": "down"})
    assert [choice.label({"state": value}) for value in ("6", "0", "9")] == ["up", "down", "other"]
    assert choice.label({}) is None
    assert choice.choices == ("up", "down", "other")
    part = Part("Channel", "([^/]+)/", {"PJSIP": "PJSIP"})
    assert part.label({"channel": "PJSIP/a-1"}) == "PJSIP"
    assert part.label({"channel": "Evil/a-1"}) == "other"
    assert part.label({"channel": "no slash"}) == "other"
    assert Part("Channel", "([^/]+)/").label({"channel": "Evil/a-1"}) == "Evil"


def test_conditions() -> None:
    """They hold, or not, also where the header is absent."""
    external = Not(Matches("Channel", "(CBAnn|CBRec)/.*"))
    assert external.holds({"channel": "PJSIP/CBAnn/1"})
    assert not external.holds({"channel": "CBAnn/1"})
    assert external.holds({})
    assert All((external, Is("Ending", ("1",)))).holds({"channel": "PJSIP/1", "ending": "1"})
    assert not All((external, Is("Ending", ("1",)))).holds({"channel": "PJSIP/1"})


def test_equal_declarations_are_equal() -> None:
    """What is written in two ways can be compared."""
    assert Choice("A", {"1": "x"}) == Choice("A", {"1": "x"})
    assert Number("A") != Number("A", scale=2.0)
