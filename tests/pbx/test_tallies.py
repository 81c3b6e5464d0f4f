"""Tallies: sums of events, bounded in number."""

from __future__ import annotations

from exporter.metrics import Choice, Events, Number, Table, Text, counter, histogram
from exporter.pbx.tallies import Tally

EVENTS = Events("Done")
KINDS = {"G": "good", "B": "bad"}


def test_closed_labels_are_there_from_the_start() -> None:
    """Each value of a closed label is 0 before its first event, so that a rate sees the first."""
    tally = Tally(
        counter("done_total", "Done.", EVENTS, {"kind": Choice("Kind", KINDS)}, zeros="closed"), 10, 128
    )
    assert tally.sums == {("good",): 0.0, ("bad",): 0.0, ("other",): 0.0}
    tally.add({"kind": "G"}, 0.0)
    tally.add({"kind": "?"}, 0.0)
    assert tally.sums == {("good",): 1.0, ("bad",): 0.0, ("other",): 1.0}


def test_the_first_come_stay_and_the_rest_is_counted() -> None:
    """A flood of label values meets the bound; what is there goes on counting."""
    tally = Tally(counter("done_total", "Done.", EVENTS, {"who": Text("Who")}), 2, 128)
    for who in ("a", "b", "c", "d", "a"):
        tally.add({"who": who}, 0.0)
    assert tally.sums == {("a",): 2.0, ("b",): 1.0}
    assert tally.refused == 2


def test_what_cannot_be_read_leaves_no_zero() -> None:
    """Absent, unreadable and zero are three things: only zero is a number."""
    tally = Tally(
        counter("seconds_total", "Seconds.", EVENTS, {"who": Text("Who")}, Number("Seconds")), 9, 128
    )
    tally.add({"who": "a", "seconds": "soon"}, 0.0)
    tally.add({"who": "b"}, 0.0)
    tally.add({"who": "c", "seconds": "-1"}, 0.0)
    assert tally.sums == {}
    assert tally.unreadable == 2
    tally.add({"who": "d", "seconds": "0"}, 0.0)
    assert tally.sums == {("d",): 0.0}


def test_a_histogram_counts_by_upper_bounds() -> None:
    """A value on a bound falls below it; one above all counts too; one below 0 would make the sum fall."""
    tally = Tally(
        histogram("wait_seconds", "Wait.", EVENTS, None, Number("Wait"), buckets=(1.0, 5.0)), 9, 128
    )
    assert tally.distributions[()].counts == [0, 0, 0]
    for wait in ("0.5", "1", "-1", "5.0", "6"):
        tally.add({"wait": wait}, 0.0)
    assert tally.distributions[()].counts == [2, 1, 1]
    assert tally.distributions[()].total == 12.5
    assert tally.unreadable == 1


QUEUES = Table("queues", "QueueParams", key=("Queue",))


def test_a_known_thing_starts_at_zero() -> None:
    """So that a rate sees the first event of a queue; also of a histogram."""
    ends = counter(
        "ends_total", "Ends.", EVENTS, {"queue": "Queue", "kind": Choice("Kind", KINDS)}, over=QUEUES
    )
    tally = Tally(ends, 10, 128)
    assert tally.sums == {}
    tally.start({"queue": "sales"})
    tally.add({"queue": "sales", "kind": "G"}, 0.0)
    tally.start({"queue": "sales"})
    assert tally.sums == {("sales", "good"): 1.0, ("sales", "bad"): 0.0, ("sales", "other"): 0.0}
    waits = histogram(
        "wait_seconds", "Wait.", EVENTS, {"queue": "Queue"}, Number("Wait"), buckets=(1.0, 5.0), over=QUEUES
    )
    tally = Tally(waits, 10, 128)
    tally.start({"queue": "sales"})
    assert tally.distributions["sales",].counts == [0, 0, 0]


def test_only_the_first_values_are_told_apart() -> None:
    """What dialplans and people invent is bounded; the rest is `other`, and nothing is lost."""
    tally = Tally(counter("done_total", "Done.", EVENTS, {"who": Text("Who", most=2)}), 10, 128)
    for who in ("a", "b", "c", "d", "a"):
        tally.add({"who": who}, 0.0)
    assert tally.sums == {("a",): 2.0, ("b",): 1.0, ("other",): 2.0}
    assert tally.refused == 0


def test_an_example_for_each_bucket() -> None:
    """The last one, with its value and its time; a row without the header is none."""
    waits = histogram(
        "wait_seconds", "Wait.", EVENTS, {}, Number("Wait"), buckets=(1.0, 5.0), exemplar="Call"
    )
    tally = Tally(waits, 10, 128)
    for wait, call in (("0.5", "x"), ("3", "y"), ("4", "z"), ("9", "")):
        tally.add({"wait": wait, "call": call}, 7.0)
    assert tally.distributions[()].exemplars == {0: ("x", 0.5, 7.0), 1: ("z", 4.0, 7.0)}
    assert tally.distributions[()].counts == [1, 2, 1]


def test_what_takes_over_goes_on() -> None:
    """Sums and first values change hands."""
    family = counter("done_total", "Done.", EVENTS, {"who": Text("Who", most=1)})
    before, after = Tally(family, 10, 128), Tally(family, 10, 128)
    before.add({"who": "a"}, 0.0)
    after.take_over(before)
    after.add({"who": "a"}, 0.0)
    after.add({"who": "b"}, 0.0)
    assert after.sums == {("a",): 2.0, ("other",): 1.0}


def test_what_takes_over_tells_apart_as_many_as_it_may() -> None:
    """By its own bound, not by that of the earlier declaration; those that were first stay first."""

    def tally(most: int) -> Tally:
        return Tally(counter("done_total", "Done.", EVENTS, {"who": Text("Who", most=most)}), 10, 128)

    before, more, fewer = tally(1), tally(2), tally(1)
    for who in ("a", "b"):
        before.add({"who": who}, 0.0)
    more.take_over(before)
    for who in ("b", "c"):
        more.add({"who": who}, 0.0)
    assert more.sums == {("a",): 1.0, ("other",): 2.0, ("b",): 1.0}
    fewer.take_over(more)
    for who in ("a", "b"):
        fewer.add({"who": who}, 0.0)
    assert fewer.sums == {("a",): 2.0, ("other",): 3.0, ("b",): 1.0}


def test_a_zero_that_finds_no_room_is_counted_once() -> None:
    """However often its row is listed, and also after a reload; with a higher bound it finds room."""
    family = counter("ends_total", "Ends.", EVENTS, {"queue": "Queue"}, over=QUEUES)
    tally, after, larger = Tally(family, 2, 128), Tally(family, 2, 128), Tally(family, 9, 128)

    def listed(tally: Tally) -> None:
        for queue in ("a", "b", "c"):
            tally.start({"queue": queue})

    listed(tally)
    listed(tally)
    after.take_over(tally)
    listed(after)
    assert after.sums == {("a",): 0.0, ("b",): 0.0}
    assert after.refused == 1
    larger.take_over(after)
    listed(larger)
    assert larger.sums == {("a",): 0.0, ("b",): 0.0, ("c",): 0.0}


def test_a_hundred_million_zeros_are_not_walked_through() -> None:
    """Closed labels whose values multiply meet the bound at once; the rest is refused."""
    labels = {name: Choice(name, {str(n): str(n) for n in range(99)}) for name in ("a", "b", "c", "d")}
    closed = Tally(counter("done_total", "Done.", EVENTS, labels, zeros="closed"), 10, 128)
    assert (len(closed.sums), closed.refused) == (10, 100**4 - 10)
    over = Tally(counter("done_total", "Done.", EVENTS, labels | {"q": Text("Q")}, over=QUEUES), 10, 128)
    over.start({"q": "sales"})
    assert (len(over.sums), over.refused) == (10, 100**4 - 10)
