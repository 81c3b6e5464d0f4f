"""The section `custom` of a configuration: what it gives to which server."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.collectors import COLLECTORS
from exporter.config import Config, ConfigError, json_schema, load
from exporter.metrics.catalogue import mask, wanted
from exporter.metrics.collector import mistakes, twice
from exporter.metrics.folds import Folded
from exporter.pbx.state import Pbx

SERVERS = """
defaults: {host: 127.0.0.1, username: u, secret: s}
servers:
  all: {}
  some: {collectors: [channels, orders]}
  few: {collectors: [channels]}
  other: {collector_options: {queues: {exclude: ['test-.*']}}}
"""
CUSTOM = """
custom:
  orders:
    metrics:
      - {counter: orders_total, help: Orders., of: {event: UserEvent, where: {UserEvent: OrderPlaced}}}
  tones:
    interval: 5s
    read: [cc]
    poll: {action: CoreSettings}
    tables: {limits: {}}
    metrics:
      - {counter: tones_total, help: Tones., of: {event: [DTMFEnd, CCWonder]}}
      - {gauge: most_calls, help: Most., of: limits, value: CoreMaxCalls}
  waits:
    metrics:
      - histogram: patience_seconds
        help: How long callers wait who give up.
        of: {fold: queue_waits, rows: wait, where: {Outcome: abandoned}}
        labels: {queue: Queue}
        value: Seconds
        buckets: wait
        over: queues
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A good configuration."""
    file = tmp_path / "config.yaml"
    file.write_text(SERVERS + CUSTOM)
    return load(file)


def test_a_server_runs_those_that_its_list_names(config: Config) -> None:
    """Without a list it runs all; they come after the built-in ones."""
    servers = config.servers
    assert servers["all"].collectors[-3:] == ("orders", "tones", "waits")
    assert servers["some"].collectors == ("ami", "channels", "orders")
    assert servers["few"].collectors == ("ami", "channels")
    assert [each.name for each in config.declarations("some")] == ["ami", "channels", "orders"]
    assert config.settings("all", "tones").interval == 5.0
    assert config.settings("all", "orders").interval == 30.0


def test_their_events_are_asked_for(config: Config) -> None:
    """By the classes that bring them, those of `read` too."""
    (_, tones, _) = config.declarations("all")[-3:]
    assert tones.reads == ("dtmf", "cc")
    assert wanted([tones]) >= {"DTMFEnd", "CCWonder"}
    assert "user" in mask(config.declarations("some")).split(",")
    assert "user" not in mask(config.declarations("few")).split(",")


@pytest.mark.parametrize("server", ["all", "other"])
def test_a_fold_is_the_one_that_the_server_has(config: Config, server: str) -> None:
    """Options of the built-in collector hold for it, so that there is one fold and one table."""
    here = {each.name: each for each in config.declarations(server)}
    source = here["waits"].families[0].source
    assert isinstance(source, Folded)
    assert source.fold in here["queues"].folds
    assert set(here["waits"].tables) <= set(here["queues"].tables)
    assert here["waits"] is {each.name: each for each in config.declarations(server)}["waits"]
    plain = next(fold for fold in COLLECTORS["queues"].folds if fold.name == "queue_waits")
    assert (source.fold == plain) == (server == "all")


def test_what_options_took_away_is_as_without_them(tmp_path: Path) -> None:
    """A fold that a server's queues do without still serves a custom metric."""
    file = tmp_path / "config.yaml"
    file.write_text(
        "servers: {hq: {host: 127.0.0.1, username: u, secret: s, collectors: [queues, breaks]}}\n"
        "collectors: {queues: {members: false}}\n"
        "custom:\n"
        "  breaks:\n"
        "    metrics:\n"
        "      - {counter: break_seconds_total, help: Breaks., of: {fold: queue_pauses, rows: pause}}\n"
    )
    *_, breaks = load(file).declarations("hq")
    assert [family.name for family in breaks.families] == ["asterisk_break_seconds_total"]


def test_the_section_is_for_the_main_file_alone(tmp_path: Path) -> None:
    """Files with servers may name custom collectors, and not declare them."""
    (tmp_path / "more.yaml").write_text(
        "servers: {more: {host: 127.0.0.1, username: u, secret: s, collectors: [orders]}}\n"
    )
    file = tmp_path / "config.yaml"
    file.write_text("server_files: [more.yaml]\n" + CUSTOM)
    assert load(file).servers["more"].collectors == ("ami", "orders")
    (tmp_path / "more.yaml").write_text("servers: {}\ncustom: {}\n")
    with pytest.raises(ConfigError, match="unknown key 'custom'"):
        load(file)


def test_the_schema_knows_the_short_forms() -> None:
    """A header alone is a label, a value, a key; a table alone is a source."""
    definitions = json_schema()["$defs"]
    metric = definitions["MetricSection"]["properties"]
    (label,) = metric["labels"]["patternProperties"].values()
    for found in (metric["value"], metric["of"], label):
        assert {"type": "string", "minLength": 1} in found["anyOf"]
    assert {"type": "string", "minLength": 1} in definitions["TableSection"]["properties"]["key"]["anyOf"]
    assert {"required": ["counter", "help", "of"]} in definitions["MetricSection"]["oneOf"]
    assert "MailboxCount" in definitions["PollSection"]["properties"]["action"]["enum"]
    for name in ("CustomSection", "PollSection", "Label", "Value", "Comparison"):
        keys = definitions[name]["properties"]
        assert all("description" in key for key in keys.values()), name


RICH = yaml.safe_load(CUSTOM)["custom"] | {
    "rich": yaml.safe_load(
        """
        polls:
          - {action: QueueStatus, fills: [people]}
          - {action: MailboxCount, for_each: {Mailbox: people.Location}, every: 1m}
          - {command: core show threads}
        tables:
          people:
            {event: QueueMember, key: [Queue, Location], where: {Queue: {no_match: 'x.*'}},
             compared: [Status],
             live: [{event: QueueMemberStatus, does: create, rename: {Location: Interface}}]}
          boxes: {key: Mailbox}
          threads: {lines: '(?P<count>[0-9]+) threads'}
        metrics:
          - {gauge: people, help: P., of: {table: people, joined: boxes}, labels: {q: Queue}, over: people}
          - {gauge: peak, help: P., of: people, windows: [1m]}
          - {gauge: threads, help: T., of: threads, value: {number: count, scale: 2}}
          - {states: person, help: P., of: people, state: {choice: Status, names: {'1': free}}}
          - {info: box_info, help: B., of: boxes, labels: {box: {part: Mailbox, pattern: '(.*)@'}}}
          - {gauge: dialing, help: D., of: {fold: dials, rows: dials}}
        """
    )
}


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value in the data."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


others = st.none() | st.sampled_from(
    [
        *(
            "people",
            "boxes",
            "threads",
            "nobody",
            "channels",
            "bridges",
            "Queue",
            "boxes.Mailbox",
            "people.Queue",
        ),
        *(
            "UserEvent",
            "VarSet",
            "Command",
            "ParkedCalls",
            "CoreStatus",
            "(?P<a>.)",
            "(",
            "x_total",
            "x",
            "short",
        ),
        *(
            {},
            [],
            1,
            -0.5,
            True,
            ["1"],
            {"text": "Queue"},
            {"event": "UserEvent"},
            {"A": "b"},
            {"A": {"match": "b"}},
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(changes=st.lists(st.tuples(st.sampled_from(list(places(RICH))), others), min_size=1, max_size=3))
def test_any_change_is_good_or_a_configuration_error(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    """Never another exception, whatever stands where something else should, or is missing."""
    data: dict[str, Any] = yaml.safe_load(SERVERS) | {"custom": copy.deepcopy(RICH)}
    for path, other in changes:
        with contextlib.suppress(KeyError, IndexError, TypeError):  # an earlier change took it away
            inner = data["custom"]
            for key in path[:-1]:
                inner = inner[key]
            if other is None:
                del inner[path[-1]]
            else:
                inner[path[-1]] = copy.deepcopy(other)
    file = tmp_path_factory.getbasetemp() / "changed.yaml"
    file.write_text(json.dumps(data))
    try:
        config = load(file)
    except ConfigError:
        return
    collectors = config.declarations("all")
    assert [mistake for each in collectors if each.name in RICH for mistake in mistakes(each)] == []
    assert list(twice(collectors)) == []
    assert Pbx("all", collectors, {}).tables
