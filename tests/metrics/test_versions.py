"""What is known to be unchanged is not worked out again, and what has changed is."""

from __future__ import annotations

from exporter.metrics import Number, Table, Text, gauge
from exporter.metrics.columns import LabelValues
from exporter.metrics.exposition import Block, Writer
from exporter.metrics.labelsets import LabelSets
from exporter.metrics.readers import Row
from exporter.metrics.sampling import sample

TABLE = Table("rows", "Row", key=("Id",))
FAMILY = gauge("calls", "Calls.", TABLE, {"queue": Text("Queue")}, Number("Calls"))


def rows(*pairs: tuple[str, str]) -> list[Row]:
    return [{"queue": queue, "calls": calls} for queue, calls in pairs]


def test_lines_of_an_equal_version_are_those_of_the_last_time() -> None:
    """Another version, or none, is written anew."""
    writer = Writer()

    def line(value: float, version: object) -> bytes:
        values: dict[LabelValues, float] = {("a",): value}
        return writer.write([Block(FAMILY, "hq", values, version)]).splitlines()[-1].rpartition(b" ")[2]

    assert [line(1.0, "v1"), line(2.0, "v1"), line(3.0, "v2")] == [b"1.0", b"1.0", b"3.0"]
    assert [line(4.0, None), line(5.0, None), line(6.0, "v2")] == [b"4.0", b"5.0", b"6.0"]


def test_a_block_is_written_when_it_is_added() -> None:
    """What changes while a page is on its way is not on it; two pages may be on their way."""
    writer = Writer()
    values: dict[LabelValues, float] = {("a",): 1.0}
    first, second = writer.page(), writer.page(openmetrics=True)
    first.add(Block(FAMILY, "west", values))
    values["a",] = 2.0
    second.add(Block(FAMILY, "west", values))
    first.add(Block(FAMILY, "east", values))
    assert [line.split()[-1] for line in first.whole().splitlines()[2:]] == [b"2.0", b"1.0"]
    assert second.whole().endswith(b'asterisk_calls{queue="a",server="west"} 2.0\n# EOF\n')


def test_labels_follow_the_rows() -> None:
    """Rows that come, go, change places or say something else have the labels that they say."""
    sets = LabelSets(FAMILY, 128)
    for told in (
        rows(("a", "1"), ("b", "2")),
        rows(("a", "3"), ("b", "4")),
        rows(("b", "5"), ("a", "6"), ("c", "7")),
        rows(("c", "8")),
        [],
        [{"calls": "9"}, *rows(("a", "9"))],
    ):
        fresh = sample(FAMILY, told, 0.0, 128)
        assert sample(FAMILY, told, 0.0, 128, label_sets_of=sets) == fresh
        assert [sets(row) for row in told] == sets.of(told)


def test_one_odd_number_harms_no_other() -> None:
    """A column that cannot be read as a whole is read row by row."""
    samples = sample(FAMILY, rows(("a", "1"), ("b", "many"), ("c", ""), ("d", "4")), 0.0, 128)
    assert (samples.values, samples.unreadable) == ({("a",): 1.0, ("d",): 4.0}, 1)
