"""Labels, values and conditions written in YAML are the readers that they name."""

from __future__ import annotations

import pytest

from exporter.metrics import (
    Age,
    All,
    Choice,
    FirstMatch,
    Flag,
    Is,
    Matches,
    Not,
    Number,
    Part,
    Seconds,
    Since,
    Text,
)
from exporter.metrics.formulas import Code, Difference
from tests.metrics.written import made


@pytest.mark.parametrize(
    ("written", "reader"),
    [
        ("Shop", Text("Shop")),
        ("{text: Shop, default: none, names: {'1': one}, most: 5}", Text("Shop", "none", {"1": "one"}, 5)),
        ("{choice: S, names: {a: b}, other: c, default: d}", Choice("S", {"a": "b"}, "c", "d")),
        ("{part: Channel, pattern: '([^/]+)/'}", Part("Channel", "([^/]+)/")),
        ("{part: Channel, pattern: '(.)', names: {P: p}}", Part("Channel", "(.)", {"P": "p"})),
        (
            "{first_match: Channel, cases: {'PJSIP/a.*': a, '.*': rest}, other: x, cut: '-.*'}",
            FirstMatch("Channel", (("PJSIP/a.*", "a"), (".*", "rest")), "x", "-.*"),
        ),
    ],
)
def test_a_label(written: str, reader: object) -> None:
    """Each form is the reader of that name."""
    entry = f"metrics: [{{counter: x_total, help: X., of: {{event: UserEvent}}, labels: {{one: {written}}}}}]"
    assert made(entry).families[0].labels == {"one": reader}


@pytest.mark.parametrize(
    ("written", "reader"),
    [
        ("Calls", Number("Calls")),
        (
            "{number: Calls, scale: 0.001, offset: 1, zero: false}",
            Number("Calls", scale=0.001, offset=1.0, zero=False),
        ),
        ("{seconds: Duration}", Seconds("Duration")),
        ("{age: Duration}", Age("Duration")),
        ("{since: LastCall, zero: false}", Since("LastCall", zero=False)),
        ("{flag: Paused}", Flag("Paused")),
        (
            "{choice: Status, names: {OK: 1, BAD: 0}, other: -1}",
            Code("Status", {"OK": 1.0, "BAD": 0.0}, -1.0),
        ),
        ("{difference: Stop, less: Start}", Difference("Stop", "Start")),
    ],
)
def test_a_value(written: str, reader: object) -> None:
    """Each form is the reader of that name."""
    entry = (
        f"metrics: [{{histogram: x, help: X., of: {{event: UserEvent}}, buckets: [1, 2], value: {written}}}]"
    )
    assert made(entry).families[0].value == reader


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("{}", None),
        ("{A: b}", Is("A", ("b",))),
        ("{A: [b, c]}", Is("A", ("b", "c"))),
        ("{A: {match: 'b.*'}}", Matches("A", "b.*")),
        ("{A: {no_match: 'b.*'}}", Not(Matches("A", "b.*"))),
        ("{A: {none_of: [b]}, C: d}", All((Not(Is("A", ("b",))), Is("C", ("d",))))),
    ],
)
def test_a_condition(written: str, wanted: object) -> None:
    """Equality, one of several, a regular expression, and the contrary; all of them at once."""
    entry = f"metrics: [{{counter: x_total, help: X., of: {{event: UserEvent, where: {written}}}}}]"
    assert made(entry).families[0].where == wanted
