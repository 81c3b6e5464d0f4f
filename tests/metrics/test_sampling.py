"""Rows to samples."""

from __future__ import annotations

from exporter.metrics import Age, Choice, Is, Number, Table, Text, gauge, info, states
from exporter.metrics.labelsets import Firsts, clean
from exporter.metrics.readers import Row
from exporter.metrics.sampling import sample

TABLE = Table("rows", "Row", key=("Id",))
ROWS: list[Row] = [
    {"queue": "a", "state": "1", "calls": "2", "call": "x"},
    {"queue": "a", "state": "2", "calls": "3", "call": "x"},
    {"queue": "b", "state": "1", "calls": "?", "call": "y"},
]


def test_a_family_without_a_value_counts_rows() -> None:
    """By label set; without labels and rows it is 0, since the table is known to be empty."""
    assert sample(gauge("rows", "Rows.", TABLE, {"queue": "Queue"}), ROWS, 0, 128).values == {
        ("a",): 2,
        ("b",): 1,
    }
    assert sample(gauge("rows", "Rows.", TABLE), [], 0, 128).values == {(): 0}


def test_equal_label_sets() -> None:
    """Counts add up, the largest wins where asked for, else the first stays and the rest is refused."""
    rows: list[Row] = [{"q": "a", "n": "1"}, {"q": "a", "n": "5"}]
    labels = {"q": Text("q")}
    first = sample(gauge("n", "N.", TABLE, labels, Number("n")), rows, 0, 128)
    assert (first.values, first.refused) == ({("a",): 1.0}, 1)
    assert sample(gauge("n", "N.", TABLE, labels, Number("n"), take="sum"), rows, 0, 128).values == {
        ("a",): 6
    }
    assert sample(gauge("n", "N.", TABLE, labels, Number("n"), take="max"), rows, 0, 128).values == {
        ("a",): 5
    }


def test_an_unreadable_value_is_left_out_and_counted() -> None:
    """The other rows are not harmed."""
    samples = sample(
        gauge("calls", "Calls.", TABLE, {"queue": "Queue"}, Number("Calls"), take="sum"), ROWS, 0, 128
    )
    assert samples.values == {("a",): 5}
    assert samples.unreadable == 1


def test_distinct_values() -> None:
    """Two rows of one call are one call."""
    assert sample(gauge("calls", "Calls.", TABLE, distinct="Call"), ROWS, 0, 128).values == {(): 2}


def test_zeros_of_closed_labels() -> None:
    """All that a closed label can say is there."""
    family = gauge(
        "rows", "Rows.", TABLE, {"state": Choice("State", {"1": "one", "3": "three"})}, zeros="closed"
    )
    assert sample(family, ROWS, 0, 128).values == {("one",): 2, ("other",): 1, ("three",): 0}


def test_what_is_not_known_of_every_row_is_absent() -> None:
    """One row without the header, and there is no sample at all: it would be made up."""
    family = gauge("held", "Held.", TABLE, where=Is("Held", ("1",)), complete="Witnessed")
    seen: Row = {"held": "1", "witnessed": "1"}
    assert sample(family, [seen, {"held": ""}], 0, 128).values == {}
    assert sample(family, [seen], 0, 128).values == {(): 1}
    assert sample(family, [], 0, 128).values == {(): 0}


def test_an_age_needs_a_time() -> None:
    """The oldest wins."""
    rows: list[Row] = [{"@at": 10.0, "duration": "5"}, {"@at": 12.0}]
    family = gauge("longest_seconds", "Longest.", TABLE, None, Age("Duration"), take="max")
    assert sample(family, rows, 20.0, 128).values == {(): 15.0}
    assert sample(family, [], 20.0, 128).values == {}


def test_a_row_without_a_label_is_left_out() -> None:
    """A label that is absent is not made up."""
    family = info("info", "Info.", TABLE, {"version": "Version", "name": Text("Name", default="none")})
    assert sample(family, [{"version": "22"}, {}], 0, 128).values == {("22", "none"): 1}


def test_a_label_is_clean() -> None:
    """Control characters are made visible, length is cut at a character, what is not Unicode is replaced."""
    assert clean("süd", 128) == "süd"
    assert clean("a\r\nb\x00\u2028", 128) == "a\\x0d\\x0ab\\x00\\x2028"
    assert clean("ü" * 100, 11) == "ü" * 5
    assert clean("x\ud800", 128).encode("utf-8", "strict") == b"x\\xd800"


QUEUES = Table("queues", "QueueParams", key=("Queue",))
MEMBERS = Table("members", "QueueMember", key=("Queue", "Name"))
BUSY = Choice("State", {"1": "idle", "2": "busy"})


def test_counts_over_a_table() -> None:
    """For each row of it every label set is there: closed labels take all values, the others are read."""
    family = gauge("members", "Members.", MEMBERS, {"queue": "Queue", "state": BUSY}, over=QUEUES)
    queues: list[Row] = [{"queue": "a"}, {"queue": "empty"}, {"name": "no queue"}]
    assert sample(family, ROWS[:2], 0, 128, queues).values == {
        ("a", "idle"): 1,
        ("a", "busy"): 1,
        ("a", "other"): 0,
        ("empty", "idle"): 0,
        ("empty", "busy"): 0,
        ("empty", "other"): 0,
    }


def test_states() -> None:
    """One series for each state, 1 for the one it is in; of two rows of one thing the first counts."""
    family = states("state", "State.", MEMBERS, {"name": "Name"}, BUSY)
    samples = sample(family, [{"name": "a", "state": "2"}, {"name": "a", "state": "1"}], 0, 128)
    assert samples.values == {("a", "idle"): 0, ("a", "busy"): 1, ("a", "other"): 0}
    assert samples.refused == 1
    assert [name for name, value in samples.values.items() if value] == [("a", "busy")]


def test_only_the_first_values_are_told_apart() -> None:
    """Also of a table, and the same ones from scrape to scrape."""
    family = gauge("rooms", "Rooms.", TABLE, {"room": Text("Room", most=2)})
    firsts = Firsts(family)
    rows: list[Row] = [{"room": name} for name in "abcd"]
    assert sample(family, rows, 0, 128, (), firsts).values == {("a",): 1, ("b",): 1, ("other",): 2}
    assert sample(family, rows[1:], 0, 128, (), firsts).values == {("b",): 1, ("other",): 2}


def test_zeros_over_a_table_do_not_stand_in_the_way() -> None:
    """A value that is read takes the place of the zero."""
    family = gauge("calls", "Calls.", MEMBERS, {"queue": "Queue"}, Number("Calls"), over=QUEUES)
    samples = sample(family, [{"queue": "a", "calls": "3"}], 0, 128, [{"queue": "a"}, {"queue": "b"}])
    assert samples.values == {("a",): 3, ("b",): 0}
    assert samples.refused == 0


def test_a_hundred_million_zeros_are_not_walked_through() -> None:
    """Those beyond the limit are refused and counted, and what rows say is there all the same."""
    many = {str(n): str(n) for n in range(99)}
    labels = {name: Choice(name, many) for name in ("a", "b", "c", "d")}
    rows: list[Row] = [dict.fromkeys("abcd", "98")]
    closed = sample(gauge("n", "N.", TABLE, labels, zeros="closed"), rows, 0, 128, limit=10)
    assert (len(closed.values), closed.refused) == (11, 100**4 - 10)
    family = gauge("n", "N.", MEMBERS, labels | {"queue": Text("Queue")}, over=QUEUES)
    over = sample(family, [], 0, 128, [{"queue": "a"}, {"queue": "b"}], limit=10)
    assert {labels[-1] for labels in over.values} == {"a"}
    assert (len(over.values), over.refused) == (10, 2 * 100**4 - 10)


def test_other_takes_no_place_among_the_first() -> None:
    """Nor do label sets that are known already, whatever their order."""
    family = gauge("rooms", "Rooms.", TABLE, {"room": Text("Room", most=2)})
    firsts = Firsts(family, [("other",), ("a",), ("a",), ("b",)])
    assert [firsts((room,)) for room in ("other", "b", "a", "c")] == [("other",), ("b",), ("a",), ("other",)]
