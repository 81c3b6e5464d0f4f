"""The writer of pages, held against prometheus_client and promtool."""

from __future__ import annotations

import math
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics import exposition
from exporter.metrics.columns import Columns, Whole
from exporter.metrics.exposition import Block, Writer
from exporter.metrics.families import Family, counter, gauge, histogram, info, states
from exporter.metrics.labels import Choice
from exporter.metrics.lines import number
from exporter.metrics.sampling import Distribution
from exporter.metrics.sources import Facts

from .twin import Twin, block, openmetrics_of

FACTS = Facts("facts")
CHANNELS = gauge("channels", 'Channels, by "technology" and C:\\path\nof a call.', FACTS, {"technology": "T"})
PEAK = gauge("channels_peak", "Most channels.", FACTS, {"zone": "Z", "area": "A"}, windows={"1m": 60.0})
CALLS = counter("calls_total", "Calls.", FACTS, {"zone": "Z", "area": "A"})
UP = gauge("up", "Whether it is logged in.", FACTS)
BUILD = info("build_info", "What it is.", FACTS, {"version": "V", "system": "S"})
STATE = states("trunk_state", "The state of a trunk.", FACTS, {"trunk": "T"}, Choice("S", {"A": "a"}))
RING = histogram("ring_seconds", "Time of ringing.", FACTS, {"zone": "Z"}, buckets=(0.5, 10.0, 2_000_000.0))
TALK = histogram("talk_seconds", "Talking.", FACTS, buckets=(1.0, 60.0), exemplar="Linkedid")
FAMILIES = (CHANNELS, PEAK, CALLS, UP, BUILD, STATE, RING, TALK)


NASTY = (
    '"',
    "\\",
    "\n",
    "\\n",
    'a"b\\c\nd',
    "\x00",
    "\u202eabc",
    "☎️ 📞",
    "%s %d %",
    "{}",
    "",
    " ",
    "é" * 200,
)
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
NUMBERS = st.one_of(
    st.integers(-3, 3000).map(float),
    st.sampled_from([1e6, 999_999.0, 1_000_000.5, 123_456_789.25, 1e16, 1e21, -1e6, -1e7, 0.1, 1e-7]),
    st.floats().map(lambda value: value + 0.0),  # -0.0 is written as 0.0
)
COUNTS = st.integers(0, 5000)
TIMES = st.floats(0.0, 1e11)


def values_of(family: Family) -> st.SearchStrategy[Any]:
    """Samples that a block of the family can have."""
    width = len([name for name in family.label_names if name != "server"])
    labels = st.tuples(*[TEXTS] * width)
    if family.kind == "histogram":
        last = len(family.buckets)
        counts = st.lists(COUNTS, min_size=last + 1, max_size=last + 1)
        exemplars = st.dictionaries(st.integers(0, last), st.tuples(TEXTS, NUMBERS, TIMES))
        return st.dictionaries(labels, st.builds(Distribution, counts, NUMBERS, exemplars), max_size=3)
    return st.dictionaries(labels, st.just(1.0) if family.kind == "info" else NUMBERS, max_size=5)


@st.composite
def pages(draw: st.DrawFn) -> list[Block]:
    """Blocks of several families and servers, in any order."""
    servers = draw(st.lists(TEXTS, max_size=3, unique=True))
    blocks = [block(f, s, draw(values_of(f))) for f in FAMILIES for s in servers]
    return draw(st.permutations(blocks))


WARM = Writer()


@settings(deadline=None, max_examples=150)
@given(pages())
def test_a_page_is_what_prometheus_client_writes(blocks: list[Block]) -> None:
    """Both formats are equal byte by byte, from a new writer and from one that wrote much before."""
    text, openmetrics = generate_latest(Twin(blocks)), openmetrics_of(blocks)
    for writer in (Writer(), WARM):
        assert writer.write(blocks) == text
        assert writer.write(blocks, openmetrics=True) == openmetrics


def test_a_block_without_server_has_no_label_of_it() -> None:
    """What the exporter says of itself names no server."""
    blocks = [block(UP, None, {(): 1.0}), block(CALLS, None, {("z", "a"): 2_000_000.0})]
    page = Writer().write(blocks)
    assert page == generate_latest(Twin(blocks))
    assert b'\nasterisk_calls_total{area="a",zone="z"} 2e+06\n' in page
    assert page.endswith(b"\nasterisk_up 1.0\n")


def test_a_page_in_words() -> None:
    """HELP and TYPE stand once, families by name, servers by name, buckets add up."""
    blocks = [
        block(UP, "west", {(): 0.0}),
        block(RING, "west", {("z",): Distribution([1, 2, 0, 3], 7.5)}),
        block(BUILD, "west", {("22", "x"): 1.0}),
        block(CALLS, "west", {("z", "a"): 5.0}),
        block(UP, "east", {(): 1.0}),
    ]
    tail = [
        "# HELP asterisk_ring_seconds Time of ringing.",
        "# TYPE asterisk_ring_seconds histogram",
        'asterisk_ring_seconds_bucket{le="0.5",server="west",zone="z"} 1.0',
        'asterisk_ring_seconds_bucket{le="10.0",server="west",zone="z"} 3.0',
        'asterisk_ring_seconds_bucket{le="2e+06",server="west",zone="z"} 3.0',
        'asterisk_ring_seconds_bucket{le="+Inf",server="west",zone="z"} 6.0',
        'asterisk_ring_seconds_count{server="west",zone="z"} 6.0',
        'asterisk_ring_seconds_sum{server="west",zone="z"} 7.5',
        "# HELP asterisk_up Whether it is logged in.",
        "# TYPE asterisk_up gauge",
        'asterisk_up{server="east"} 1.0',
        'asterisk_up{server="west"} 0.0',
    ]
    head = [
        "# HELP asterisk_build_info What it is.",
        "# TYPE asterisk_build_info gauge",
        'asterisk_build_info{server="west",system="x",version="22"} 1.0',
        "# HELP asterisk_calls_total Calls.",
        "# TYPE asterisk_calls_total counter",
        'asterisk_calls_total{area="a",server="west",zone="z"} 5.0',
    ]
    assert Writer().write(blocks).decode().splitlines() == head + tail
    head[0], head[1] = "# HELP asterisk_build What it is.", "# TYPE asterisk_build info"
    head[3], head[4] = "# HELP asterisk_calls Calls.", "# TYPE asterisk_calls counter"
    assert Writer().write(blocks, openmetrics=True).decode().splitlines() == [*head, *tail, "# EOF"]


def test_an_empty_page() -> None:
    """Without blocks nothing is written but the end that OpenMetrics asks for."""
    assert Writer().write([]) == b""
    assert Writer().write([], openmetrics=True) == b"# EOF\n"


@settings(deadline=None, max_examples=80)
@given(st.text(st.one_of(st.characters(categories=["Cs"]), st.characters()), min_size=1, max_size=8))
def test_half_characters_do_no_harm(text: str) -> None:
    """A label value that UTF-8 cannot write leaves a page that parsers read, with every sample."""
    blocks = [block(CHANNELS, text, {(text,): 3.0})]
    for openmetrics, parse in ((False, parse_text), (True, parse_openmetrics)):
        page = Writer().write(blocks, openmetrics).decode("utf-8")
        (family,) = parse(page)
        (sample,) = family.samples
        assert sample.value == 3.0
        assert sample.labels["technology"] == text.encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (5, "5.0"),
        (0.1, "0.1"),
        (999_999.0, "999999.0"),
        (1e6, "1e+06"),
        (1_234_567.0, "1.234567e+06"),
        (1_700_000_000.125, "1.700000000125e+09"),
        (1e16, "1e+16"),
        (-2e6, "-2000000.0"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    """Numbers are spelled as Go and prometheus_client spell them."""
    assert number(value) == text
    page = Writer().write([block(UP, None, {(): value})])
    assert page.endswith(f"\nasterisk_up {text}\n".encode())


def test_a_value_that_changes_is_written_anew() -> None:
    """Only what stands before a value is remembered, never the value."""
    writer = Writer()
    for value in (1.0, 2.5, 1e7, math.nan, 1.0):
        blocks = [block(CHANNELS, "hq", {("PJSIP",): value})]
        assert writer.write(blocks) == generate_latest(Twin(blocks))


def test_vanished_series_are_forgotten() -> None:
    """A series that is not on the next page leaves neither a line nor memory."""
    writer = Writer()
    writer.write([block(CHANNELS, "hq", {(f"t{n}",): 1.0 for n in range(1000)})])
    assert writer.kept == 1000
    blocks = [block(CHANNELS, "hq", {("t1",): 1.0, ("new",): 2.0})]
    assert writer.write(blocks) == generate_latest(Twin(blocks))
    assert writer.kept == 2
    assert writer.write([block(CHANNELS, "hq", {})]).count(b"\n") == 2
    assert writer.kept == 0


def test_series_that_come_back_are_counted_again() -> None:
    """Also the very same ones, after a page without any."""
    writer, there = Writer(), block(CHANNELS, "hq", {(f"t{n}",): 1.0 for n in range(10)})
    for now in (there, block(CHANNELS, "hq", {}), there):
        assert writer.write([now]) == generate_latest(Twin([now]))
    assert writer.kept == 10


def test_what_cannot_be_written_is_an_error_each_time() -> None:
    """The text of before is never shown in its place."""
    writer, values = Writer(), dict[tuple[str, ...], float]({("t1",): 1.0})
    writer.write([Block(CHANNELS, "hq", values, object())])
    broken = Block(CHANNELS, "hq", {**values, ("too", "many"): 3.0}, object())
    for _ in range(2):
        with pytest.raises(ValueError, match="1 labels"):
            writer.write([broken])


def test_vanished_servers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory follows the servers that are written, not those that ever were."""
    monkeypatch.setattr(exposition, "PERIOD", 200)
    writer, most = Writer(), 0
    for round_ in range(100):
        writer.write([block(CHANNELS, f"server-{round_}", {(f"t{n}",): 1.0 for n in range(10)})])
        writer.write([block(CHANNELS, "always", {(f"t{n}",): 1.0 for n in range(10)})])
        most = max(most, writer.kept)
    assert most <= 220
    assert sum(map(len, writer._lines.values())) == writer.kept


def test_servers_that_are_written_in_turn_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of one server each do not make each other cold."""
    monkeypatch.setattr(exposition, "PERIOD", 700)
    writer = Writer()
    blocks = [block(CHANNELS, f"s{n}", {(f"t{n}",): 1.0 for n in range(10)}) for n in range(50)]
    for _ in range(20):
        for one in blocks:
            writer.write([one])
    assert writer.kept == 500


def test_a_family_that_changed_is_written_in_its_new_shape() -> None:
    """A reload can give a family of the same name other buckets or labels."""
    writer = Writer()
    for buckets in ((1.0, 2.0), (3.0,)):
        family = histogram("ring_seconds", "Time of ringing.", FACTS, buckets=buckets)
        blocks = [block(family, "hq", {(): Distribution([1] * (len(buckets) + 1), 4.5)})]
        assert writer.write(blocks) == generate_latest(Twin(blocks))
    for labels in ({"a": "A"}, {"b": "B"}):
        blocks = [block(gauge("things", "Things.", FACTS, labels), "hq", {("x",): 1.0})]
        assert writer.write(blocks) == generate_latest(Twin(blocks))
    assert writer.kept == 2


def test_a_label_set_of_the_wrong_size_is_refused() -> None:
    """Labels and names that do not pair are a mistake of ours, not a wrong line, nor is one after it."""
    writer, good = Writer(), [block(CALLS, "hq", {("one", "two"): 1.0})]
    page = writer.write(good)
    with pytest.raises(ValueError, match="2 labels"):
        writer.write([block(CALLS, "hq", {("only",): 1.0})])
    assert writer.write(good) == page


def test_columns_are_written_like_mappings() -> None:
    """Texts of whole numbers as they came, others with an exponent where Go writes one."""
    for texts in (["0", "1", "999999"], ["1000000", "3"], ["-7", "0.5"], ["", "1"]):
        numbers = Whole.of([*texts]) or [float(text or "nan") for text in texts]
        labels = [(f"t{n}",) for n in range(len(texts))]
        blocks = [block(CHANNELS, "hq", Columns(labels, numbers))]
        assert Writer().write(blocks) == generate_latest(Twin(blocks))


@pytest.mark.parametrize("text", ["007", "1.0", "1_0", " 1", "1 ", "+1", "1e3", "٣", "1\n2", "1000000", ""])
def test_other_texts_are_looked_at_one_by_one(text: str) -> None:
    """They would not be written as Go writes a number, or are none."""
    assert Whole.of(["1", text]) is None


@pytest.mark.system
def test_promtool_finds_nothing() -> None:
    """Debian's promtool reads the text format without a complaint."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing (Debian package prometheus)")
    states_of = {("carrier", state): float(state == "b") for state in "abc"}
    blocks = [
        *(block(UP, server, {(): 1.0}) for server in ("hq", 'say "hi"\\\n', "☎ \u202e")),
        *(block(RING, server, {("z",): Distribution([1, 2, 0, 3], 7.5)}) for server in ("hq", "west")),
        block(BUILD, "hq", {("22.10", "x"): 1.0}),
        block(STATE, "hq", states_of),
        block(CALLS, "hq", {("z", "a"): 2.5e9, ("z", "b"): math.inf}),
        block(PEAK, "hq", {("z", "a", "1m"): math.nan}),
        block(CHANNELS, "hq", {("PJSIP",): 3.0}),
    ]
    page = Writer().write(blocks)
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
