"""Entries with `match`: which hosts they mean, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config import ConfigError, load
from exporter.config.matching import matches

PATTERNS = ("pbx-[0-9]+\\.example\\.com", "10.20.0.0/16", "192.0.2.7", "2001:db8::/32", ".*\\.lab")


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("pbx-7.example.com", True),
        ("a.b.lab", True),
        ("10.20.255.1", True),
        ("192.0.2.7", True),
        ("2001:db8::1", True),
        ("pbx-7.example.com.evil.example", False),
        ("xpbx-7.example.com", False),
        ("pbx-7xexample.com", False),
        ("PBX-7.example.com", False),
        ("pbx-7.example.com.", False),
        ("pbx-7.example.com:22", False),
        ("x/y.lab", False),
        ("x y.lab", False),
        ("x\n.lab", False),
        (".lab", False),
        ("10.21.0.1", False),
        ("010.20.0.1", False),
        ("10.20.1", False),
        ("192.0.2.8", False),
        ("192x0x2x7", False),
        ("2001:DB8::1", False),
        ("2001:db8:0::1", False),
        ("[2001:db8::1]", False),
        ("::ffff:10.20.0.1", False),
        ("", False),
        ("a" * 300 + ".lab", False),
    ],
)
def test_hosts(host: str, meant: bool) -> None:
    """Whole names and addresses in networks, each in one spelling only."""
    assert matches(host, PATTERNS) is meant


def test_an_entry(tmp_path: Path) -> None:
    """It is no server; a host that it knows is opened with its keys and those of defaults."""
    file = tmp_path / "config.yaml"
    file.write_text(
        "defaults: {port: 5040, labels: {a: b}}\n"
        "servers:\n"
        "  one: {match: [pbx-1], username: first, secret: s, collectors: [core]}\n"
        "  all: {match: ['pbx-.*'], username: second, secret: s, collector_options: {core: {interval: 7}}}\n"
    )
    config = load(file)
    assert config.servers == {}
    assert config.opened("other") is None
    first, second = config.opened("pbx-1"), config.opened("pbx-2")
    assert first is not None
    assert second is not None
    (server,) = first.servers.values()
    assert (server.name, server.host, server.port, server.username) == ("pbx-1", "pbx-1", 5040, "first")
    assert [each.name for each in first.declarations("pbx-1")] == ["ami", "core"]
    assert second.settings("pbx-2", "core").interval == 7
    assert first.settings("pbx-1", "core").interval != 7
    third = config.opened("pbx-3")
    assert third is not None
    assert second.declarations("pbx-2")[0] is third.declarations("pbx-3")[0]  # thousands share what they are


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("servers: {a: {match: [x], host: y, username: u, secret: s}}", "there is a host as well"),
        ("servers: {a: {match: ['('], username: u, secret: s}}", "is not a regular expression"),
        ("servers: {a: {match: [x], username: u, secret: s, login: plain}}", "must not be told the secret"),
        ("servers: {a: {match: [], username: u, secret: s}}", "servers.a.match: name at least one"),
        ("servers: {a: {match: [x], secret: s}}", "servers.a.username: missing"),
        ("defaults: {match: [x]}\nservers: {a: {host: h, username: u, secret: s}}", "with a server alone"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, problem: str) -> None:
    """Each is told with its place."""
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.yaml")
    assert problem in str(caught.value)
    assert len(caught.value.problems) == 1
