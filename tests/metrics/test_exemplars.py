"""Exemplars: examples of what fell into a bucket, named in OpenMetrics and nowhere else."""

from __future__ import annotations

import re

import pytest
from prometheus_client import Metric, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter.metrics.exposition import Block, Writer
from exporter.metrics.families import counter, gauge, histogram, info, states
from exporter.metrics.labels import Choice
from exporter.metrics.sampling import Distribution
from exporter.metrics.sources import Facts

from .twin import Twin, block, openmetrics_of

FACTS = Facts("facts")
WAIT = histogram("wait_seconds", "Waiting.", FACTS, {"queue": "Q"}, buckets=(1.0, 5.0), exemplar="Linkedid")
NOW = 1_700_000_000.25


def waits(*names: str) -> Distribution:
    """Waits of 0.5, 3.5, 6.5 s and so on, each of a call that has a name if it is not empty."""
    made = Distribution([0, 0, 0])
    for index, name in enumerate(names):
        made.add(0.5 + 3 * index, WAIT.buckets, name, NOW + index)
    return made


def exemplars(page: str, label: str) -> list[str]:
    """The names in the exemplars of a page, as an OpenMetrics parser finds them."""
    return [
        sample.exemplar.labels[label]
        for family in parsed(page)
        for sample in family.samples
        if sample.exemplar is not None
    ]


def parsed(page: str) -> list[Metric]:
    """The families of a page in OpenMetrics."""
    return list(text_string_to_metric_families(page))  # type: ignore[no-untyped-call]


def test_a_bucket_names_its_last_example() -> None:
    """In OpenMetrics a bucket's line ends in name, value and time; the count and the sum have none."""
    blocks = [block(WAIT, "hq", {("sales",): waits("a-1", "", "b-2", "c-3"), ("empty",): waits()})]
    page = Writer().write(blocks, openmetrics=True)
    assert page == openmetrics_of(blocks)
    name, labels = "asterisk_wait_seconds", 'queue="sales",server="hq"'
    assert page.decode().splitlines()[2:7] == [
        f'{name}_bucket{{le="1.0",{labels}}} 1.0 # {{linkedid="a-1"}} 0.5 1700000000.25',
        f'{name}_bucket{{le="5.0",{labels}}} 2.0',
        f'{name}_bucket{{le="+Inf",{labels}}} 4.0 # {{linkedid="c-3"}} 9.5 1700000003.25',
        f"{name}_count{{{labels}}} 4.0",
        f"{name}_sum{{{labels}}} 20.0",
    ]


def test_the_old_format_has_none() -> None:
    """Text 0.0.4 has no room for them, whether the writer wrote OpenMetrics before or not."""
    blocks = [block(WAIT, "hq", {("sales",): waits("a-1", "b-2", "c-3")})]
    writer = Writer()
    for _ in range(2):
        page = writer.write(blocks)
        assert page == generate_latest(Twin(blocks))
        assert b"linkedid" not in page
        assert writer.write(blocks, openmetrics=True).count(b"linkedid") == 3


def test_an_exemplar_follows_its_bucket() -> None:
    """A newer example takes the place of an older one: nothing of an exemplar is remembered."""
    writer, distribution = Writer(), waits("old")
    blocks = [block(WAIT, "hq", {("sales",): distribution})]
    assert exemplars(writer.write(blocks, openmetrics=True).decode(), "linkedid") == ["old"]
    distribution.add(0.25, WAIT.buckets, "new", NOW + 60)
    page = writer.write(blocks, openmetrics=True)
    assert page == openmetrics_of(blocks)
    assert exemplars(page.decode(), "linkedid") == ["new"]


@pytest.mark.parametrize("sign", ["x", "é", "📞", '"', "\\"])
def test_what_is_too_long_is_left_out(sign: str) -> None:
    """Label and name have 128 characters together, as they are before escaping; the bucket stays."""
    room = 128 - len("linkedid")
    for length, written in ((room, True), (room + 1, False)):
        blocks = [block(WAIT, "hq", {("sales",): waits(sign * length)})]
        page = Writer().write(blocks, openmetrics=True)
        assert page == openmetrics_of(blocks)
        assert exemplars(page.decode(), "linkedid") == [sign * length] * written
        assert b'le="1.0",queue="sales",server="hq"} 1.0' in page


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ("Linkedid", "linkedid"),
        ("DestLinkedid", "destlinkedid"),
        ("ChanVariable(call-id)", "chanvariable_call_id_"),
        ("X-Größe", "x_gr__e"),
        ("3CX", "_3cx"),
    ],
)
def test_the_label_is_the_header(header: str, label: str) -> None:
    """In lower case, with underscores for what a label's name cannot have."""
    family = histogram("wait_seconds", "Waiting.", FACTS, buckets=(1.0, 5.0), exemplar=header)
    page = Writer().write([block(family, "hq", {(): waits("a-1")})], openmetrics=True)
    assert exemplars(page.decode(), label) == ["a-1"]


def every_kind() -> list[Block]:
    """Blocks of a family of each kind, some of two servers."""
    calls = counter("calls_total", "Calls.", FACTS, {"side": "S"})
    build = info("build_info", "What it is.", FACTS, {"version": "V"})
    trunk = states(
        "trunk_state", "Its state.", FACTS, {"trunk": "T"}, Choice("S", {"A": "idle", "B": "busy"})
    )
    peak = gauge("peak", "Most.", FACTS, {"side": "S"}, windows={"1m": 60.0})
    up = gauge("up", "Whether it is logged in.", FACTS)
    queues = {("sales",): waits("a-1", "b-2", 'say "hi" \\ ☎'), ("support",): waits("", "d-4")}
    return [
        block(calls, "hq", {("in",): 2.5e9, ("out",): 0.0}),
        block(build, "hq", {("22.10",): 1.0}),
        block(trunk, "hq", {("carrier", "idle"): 0.0, ("carrier", "busy"): 1.0}),
        block(peak, "hq", {("in", "1m"): 3.5}),
        *(block(up, server, {(): 1.0}) for server in ("hq", "west")),
        *(block(WAIT, server, queues) for server in ("hq", "west")),
    ]


def test_a_page_of_every_kind() -> None:
    """The OpenMetrics parser finds every family with its type, every sample, and no time of creation."""
    blocks = every_kind()
    page = Writer().write(blocks, openmetrics=True)
    assert page == openmetrics_of(blocks)
    families = parsed(page.decode())
    assert {family.name: family.type for family in families} == {
        "asterisk_calls": "counter",
        "asterisk_build": "info",
        "asterisk_trunk_state": "gauge",
        "asterisk_peak": "gauge",
        "asterisk_up": "gauge",
        "asterisk_wait_seconds": "histogram",
    }
    samples = [sample for family in families for sample in family.samples]
    assert len(samples) == len(re.findall("(?m)^[^#]", page.decode())) == 2 + 1 + 2 + 1 + 2 + 4 * 5
    assert not [sample.name for sample in samples if sample.name.endswith("_created")]
    assert exemplars(page.decode(), "linkedid") == ["a-1", "b-2", 'say "hi" \\ ☎', "d-4"] * 2
