"""Numbers that stand in no header."""

from __future__ import annotations

import pytest

from exporter.metrics.formulas import Code, Difference
from exporter.metrics.readers import Unreadable


def test_a_code_is_the_number_of_a_word() -> None:
    """Another word has the number of the others, or none; an absent header has none at all."""
    code = Code("State", {"INUSE": 1.0, "IDLE": 0.0})
    assert code.number({"state": "INUSE"}, 0) == 1
    assert code.number({"state": "GONE"}, 0) is None
    assert Code("State", {"INUSE": 1.0}, other=-1.0).number({"state": "GONE"}, 0) == -1
    assert Code("State", {"INUSE": 1.0}, other=-1.0).number({}, 0) is None
    assert code.headers == ("State",)


def test_a_difference_needs_both_headers() -> None:
    """One absent is no number, one that is none is a mistake of Asterisk's."""
    spaces = Difference("StopSpace", less="StartSpace", offset=1.0)
    assert spaces.headers == ("StopSpace", "StartSpace")
    assert spaces.number({"stopspace": "720", "startspace": "701"}, 0) == 20
    assert spaces.number({"stopspace": "720"}, 0) is None
    with pytest.raises(Unreadable, match="StartSpace"):
        spaces.number({"stopspace": "720", "startspace": "many"}, 0)
