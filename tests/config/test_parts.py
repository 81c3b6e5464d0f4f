"""What is made of a configuration: a text without secrets, a part of its servers, and news of its files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from exporter.config import Config, load
from exporter.config.changes import Changes
from exporter.config.dump import SECRET, dump
from exporter.config.model import CHECKED
from exporter.config.shard import Shard

ROOT = Path(__file__).parent.parent.parent
MORE = """
servers:
  hq:
    host: 192.0.2.1
    username: exporter
    secret: very-secret
    tls: {server_name: pbx.example.com}
    collectors: [queues, core]
    collector_options: {queues: {members: true, interval: 1m30s}}
    labels: {site: hq, stadt: Köln}
    show_callers: true
    queue_groups: {shop: ['sales-.*', '8001'], rest: ['.*']}
  file: {host: '2001:db8::1', username: u, secret_file: file.secret}
  others: {match: ['pbx-[0-9]+', 10.0.0.0/8], username: u, secret_file: file.secret, port: 5040}
trunks: [{name: carrier, match: 'PJSIP/c[0-9]+', capacity: 30}]
contexts: {inbound: ['from-.*'], outbound: [to-trunk]}
custom:
  parked:
    poll: {action: ParkedCalls}
    tables: {parked: {event: ParkedCall, key: ParkeeUniqueid}}
    metrics: [{gauge: parked_calls_of_mine, help: Calls parked now., of: parked, labels: {lot: Parkinglot}}]
limits: {label_length: 64}
"""


def written(folder: Path, text: str) -> Config:
    """The configuration that says that."""
    for name, content in (("config.yaml", text), ("file.secret", "even-more-secret")):
        (folder / name).write_text(content)
        (folder / name).chmod(0o600)
    return load(folder / "config.yaml")


def without_secrets(config: Config) -> Config:
    """The same, but for secrets, and for warnings, which tell lines."""
    hidden = {
        name: replace(server, secret=server.secret and SecretStr(SECRET))
        for name, server in config.servers.items()
    }
    return replace(config, servers=hidden, warnings=(), checked=CHECKED)


@pytest.mark.parametrize("text", [MORE, (ROOT / "config.example.yaml").read_text()], ids=["more", "example"])
def test_a_dump_says_the_same(tmp_path: Path, text: str) -> None:
    """Read again it is the same configuration, but for the secrets, which are not in it."""
    config = written(tmp_path, text)
    dumped = dump(config)
    assert "very-secret" not in dumped
    assert "change-me" not in dumped
    again = without_secrets(written(tmp_path, dumped))
    wanted = without_secrets(config)
    assert again.servers == wanted.servers
    assert again.matched == wanted.matched
    assert (again.common, again.site, again.limits) == (wanted.common, wanted.site, wanted.limits)
    assert {name: entry.data for name, entry in again.custom.items()} == {
        name: entry.data for name, entry in wanted.custom.items()
    }


def servers(count: int) -> str:
    lines = (f"  pbx-{number}: {{host: 127.0.0.1, username: u, secret: s}}" for number in range(count))
    return "\n".join(["servers:", *lines])


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shards_have_each_server_once(tmp_path: Path, count: int) -> None:
    """Together all of them, none twice, and none has much more than its part."""
    config = written(tmp_path, servers(200))
    parts = [Shard(number, count).of(config).servers for number in range(1, count + 1)]
    assert sorted(name for part in parts for name in part) == sorted(config.servers)
    assert all(len(part) > 100 / count for part in parts)
    assert all(list(part) == [name for name in config.servers if name in part] for part in parts)


def test_shards_stay() -> None:
    """A name's part is the same for ever, on every machine; tests/web/test_scaling.py asks Prometheus too."""
    names = ("hq", "branch", "berlin-1", "köln")
    parts = {name: number for name in names for number in range(8) if Shard(number + 1, 8).has(name)}
    assert parts == {"hq": 7, "branch": 7, "berlin-1": 1, "köln": 2}


@pytest.mark.parametrize(
    "text", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1.0/3", "1/99999", "١/٣"]
)
def test_no_shard(text: str) -> None:
    """It is a number of a count."""
    with pytest.raises(ValueError, match="write NUMBER/COUNT, as in 1/3"):
        Shard.parse(text)
    assert Shard.parse("3/3") == Shard(3, 3)


def test_changes_are_seen(tmp_path: Path) -> None:
    """Of the file, of files that it names, of new and of removed ones; each once, when it is at rest."""
    (tmp_path / "conf.d").mkdir()
    part, other, main = (tmp_path / name for name in ("conf.d/a.yaml", "conf.d/b.yaml", "config.yaml"))
    part.write_text(servers(1))
    main.write_text("server_files: [conf.d/*.yaml]\n")
    changes = Changes(main)
    assert looks(changes, 3) == [False, False, False]
    part.write_text(servers(2))
    assert looks(changes, 1) == [False]
    part.write_text(servers(3))  # it is still being written
    assert looks(changes, 3) == [False, True, False]
    other.write_text("servers: {}\n")
    assert looks(changes, 3) == [False, True, False]
    part.unlink()
    assert looks(changes, 3) == [False, True, False]
    main.write_text("server_files: [")
    assert looks(changes, 3) == [False, True, False]
    other.write_text("servers: {x: {}}\n")  # which the file named when it was good
    assert looks(changes, 3) == [False, True, False]


def looks(changes: Changes, times: int) -> list[bool]:
    """What so many looks say."""
    return [changes.any() for _ in range(times)]


def test_a_file_that_is_put_in_the_place_of_another(tmp_path: Path) -> None:
    """Also one of the same size and time, by way of a link, as Kubernetes does it."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(servers(1))
        os.utime(tmp_path / name / "config.yaml", (1, 1))
    (tmp_path / "now").symlink_to("one")
    changes = Changes(tmp_path / "now/config.yaml")
    assert not any(looks(changes, 2))
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").rename(tmp_path / "now")
    assert looks(changes, 2) == [False, True]
