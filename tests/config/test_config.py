"""A good configuration: what it gives, and what it never shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.ami import ConnectionFailed
from exporter.collectors import COLLECTORS
from exporter.config import Config, ConfigError, from_environment, load
from exporter.config.document import parse
from exporter.config.schema import ServerSection
from exporter.metrics import Site

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "config.example.yaml"
SECRET = "cat-walks-by-9b2f"

GOOD = f"""
defaults:
  {{username: exporter, labels: {{site: a, floor: '1'}}, queue_groups: {{all: ['.*']}}}}
servers:
  hq: {{host: pbx.example.com, secret: {SECRET}, tls: {{}}, labels: {{site: b}}}}
  branch:
    host: '2001:db8::1'
    secret_file: secret.txt
    login: plain
    collectors: [channels]
    show_callers: true
    queue_groups: {{shop: ['sales-.*', '8001'], desk: ['8002']}}
collectors:
  channels: {{interval: 1m30s}}
"""


def sections(data: dict[str, Any]) -> list[object]:
    """The server `hq` as pydantic holds it and dumps it."""
    section = ServerSection.model_validate({key: data["servers"]["hq"][key] for key in ("host", "secret")})
    return [section, str(section), section.model_dump(), section.model_dump_json()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good configuration and its secret file."""
    (tmp_path / "secret.txt").write_text(SECRET + "\n")
    (tmp_path / "secret.txt").chmod(0o600)
    file = tmp_path / "config.yaml"
    file.write_text(GOOD)
    file.chmod(0o600)
    return file


def test_servers_and_their_settings(file: Path) -> None:
    """Own keys win over defaults, ports follow TLS, collectors are resolved, intervals are theirs."""
    config = load(file)
    hq, branch = config.servers["hq"], config.servers["branch"]
    assert (hq.port, branch.port) == (5039, 5038)
    assert dict(hq.labels) == {"site": "b", "floor": "1"}
    assert branch.collectors == ("ami", "channels")
    assert hq.collectors == tuple(name for name, collector in COLLECTORS.items() if collector.default)
    assert config.settings("hq", "channels").interval == 90.0
    assert config.settings("hq", "core").interval == 5.0
    assert str(branch.endpoint()) == "[2001:db8::1]:5038"
    assert branch.credentials().method == "plain"
    assert (hq.show_callers, dict(hq.queue_groups)) == (False, {"all": (".*",)})
    assert branch.show_callers
    assert list(branch.queue_groups.items()) == [("shop", ("sales-.*", "8001")), ("desk", ("8002",))]


def test_a_secret_file_is_read_anew(file: Path) -> None:
    """So that a secret can be rotated; one that is gone is told as such."""
    branch = load(file).servers["branch"]
    assert branch.credentials().secret == SECRET
    (file.parent / "secret.txt").write_text("another")
    assert branch.credentials().secret == "another"
    (file.parent / "secret.txt").unlink()
    with pytest.raises(ConnectionFailed, match="secret_file"):
        branch.credentials()


def test_the_secret_is_never_shown(file: Path) -> None:
    """Not in repr or str of anything, not in errors, not in warnings."""
    config = load(file)
    file.write_text(GOOD.replace("login: plain", "login: plane") + "nonsense: 1\n")
    with pytest.raises(ConfigError) as error:
        load(file)
    shown = [repr(config), str(config), repr(config.servers["hq"]), repr(config.servers["hq"].credentials())]
    shown += [str(error.value), repr(error.value), *map(str, config.warnings)]
    shown += [repr(report) for report in sections(yaml.safe_load(GOOD))]
    assert len(error.value.problems) == 2
    assert all(SECRET not in text for text in shown)


def test_a_configuration_cannot_be_made_up(file: Path) -> None:
    """Whoever holds one holds a valid one."""
    config = load(file)
    with pytest.raises(TypeError):
        Config(config.servers, config.limits, (), {}, Site(), {}, object())


def test_warnings(file: Path) -> None:
    """A secret that others can read, and a login in clear text beyond this machine."""
    file.chmod(0o644)
    warned = [str(warning) for warning in load(file).warnings]
    assert any("servers.hq.secret: stands in a file that others can read" in text for text in warned)
    assert any("servers.branch.host: " in text and "clear text" in text for text in warned)
    assert not any("servers.hq.host" in text for text in warned)
    (file.parent / "secret.txt").chmod(0o644)
    assert any("branch.secret_file: others can read" in str(warning) for warning in load(file).warnings)
    (file.parent / "secret.txt").chmod(0o600)
    file.write_text(GOOD.replace(SECRET, "'${AMI_TEST_SECRET}'"))
    assert all(
        "others can read" not in str(warning) for warning in load(file, {"AMI_TEST_SECRET": "x"}).warnings
    )


def test_variables_are_expanded_only_when_asked(file: Path) -> None:
    """``${NAME}`` is a text of its own otherwise."""
    file.write_text("servers: {hq: {host: pbx.example.com, username: u, secret: '${AMI_TEST_SECRET}'}}")
    assert load(file).servers["hq"].credentials().secret == "${AMI_TEST_SECRET}"
    assert load(file, {"AMI_TEST_SECRET": "x1"}).servers["hq"].credentials().secret == "x1"
    with pytest.raises(ConfigError, match="AMI_TEST_SECRET"):
        load(file, {})


def test_a_variable_can_be_a_number(file: Path) -> None:
    """Digits are one where a number is wanted, and stay text where a text is."""
    file.write_text(
        "servers: {hq: {host: 127.0.0.1, port: '${PORT}', username: u, secret: '${SECRET}'}}\n"
        "limits: {label_length: '${LENGTH}'}\n"
    )
    variables = {"PORT": "5999", "SECRET": "31337", "LENGTH": "64"}
    config = load(file, variables)
    assert (config.servers["hq"].port, config.limits.label_length) == (5999, 64)
    assert config.servers["hq"].credentials().secret == "31337"
    for port, words in (("9" * 5000, "must be 65535 or less"), ("many", "expected a whole number, not text")):
        with pytest.raises(ConfigError) as error:
            load(file, variables | {"PORT": port})
        assert str(error.value) == f"{file}:1:39: servers.hq.port: {words}"


def test_the_environment_serves_for_one_pbx(tmp_path: Path) -> None:
    """Defaults for host, port and name; errors name the variable."""
    config = from_environment({"AMI_USERNAME": "u", "AMI_SECRET": "s"})
    (server,) = config.servers.values()
    assert (server.name, server.host, server.port) == ("127.0.0.1", "127.0.0.1", 5038)
    (tmp_path / "s").write_text("from a file\n")
    variables = {
        "AMI_HOST": "pbx.example.com",
        "AMI_PORT": "5999",
        "AMI_USERNAME": "u",
        "AMI_SECRET_FILE": str(tmp_path / "s"),
        "AMI_SERVER_NAME": "hq",
    }
    (server,) = from_environment(variables).servers.values()
    assert (server.name, server.port, server.credentials().secret) == ("hq", 5999, "from a file")
    for change, words in (
        ({"AMI_PORT": "9" * 5000}, "AMI_PORT: servers.hq.port: must be 65535 or less"),
        ({"AMI_USERNAME": "\udcff"}, "AMI_USERNAME: not UTF-8"),
        ({"AMI_PORT": "no"}, "AMI_PORT: servers.hq.port: expected a whole number"),
        ({"AMI_USERNAME": ""}, "AMI_USERNAME: servers.hq.username: missing"),
        ({"AMI_SECRET": "x"}, "AMI_SECRET_FILE: servers.hq.secret_file: there is a secret as well"),
        ({"AMI_SECRET_FILE": "/nowhere/s"}, "AMI_SECRET_FILE: servers.hq.secret_file: cannot read"),
    ):
        with pytest.raises(ConfigError) as error:
            from_environment(variables | change)
        assert words in str(error.value)


OWN_WORDS = (
    "hq",
    "branch",
    "site",
    "sales",
    "8001",
    "orders",
    "UserEvent",
    "shop",
)  # keys that are free to choose


def keys_of_the_example() -> list[tuple[int, str]]:
    """Line and text of each key in config.example.yaml."""
    document = parse(EXAMPLE.read_bytes(), "x", None)
    return sorted(
        {
            (marks.key.line or 0, path[-1])
            for path, marks in document.marks.items()
            if path and isinstance(path[-1], str) and path[-1] not in OWN_WORDS
        }
    )


def test_the_example_is_good() -> None:
    """It loads as it stands."""
    assert list(load(EXAMPLE).servers) == ["hq", "branch"]


@pytest.mark.parametrize(("line", "key"), keys_of_the_example())
def test_each_misspelt_key_of_the_example_is_found_in_its_line(line: int, key: str, tmp_path: Path) -> None:
    """One letter wrong, one error more, in that line."""
    lines = EXAMPLE.read_text().splitlines()
    lines[line - 1] = lines[line - 1].replace(f"{key}:", f"{key}x:", 1)
    (tmp_path / "c.yaml").write_text("\n".join(lines))
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "c.yaml")
    assert any(problem.place.line == line for problem in error.value.problems), str(error.value)


def scalars_of_the_example() -> list[tuple[int, int, int, int]]:
    """Where each scalar value of config.example.yaml begins and ends, its line and column; conditions
    and events of custom metrics may be lists."""

    def scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
        if isinstance(node, yaml.ScalarNode):
            yield node
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value not in ("where", "event"):
                    yield from scalars(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from scalars(item)

    root = yaml.compose(EXAMPLE.read_text())
    assert root is not None
    found = [(node.start_mark, node.end_mark) for node in scalars(root)]
    return [(start.index, end.index, start.line + 1, start.column + 1) for start, end in found]


@pytest.mark.parametrize(("begin", "end", "line", "column"), scalars_of_the_example())
def test_each_list_where_a_single_value_should_be_is_found(
    begin: int, end: int, line: int, column: int, tmp_path: Path
) -> None:
    """One error, at the list."""
    text = EXAMPLE.read_text()
    (tmp_path / "c.yaml").write_text(f"{text[:begin]}[1]{text[end:]}")
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "c.yaml")
    places = [(problem.place.line, problem.place.column) for problem in error.value.problems]
    assert places == [(line, column)]


data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["servers", "hq", "host", "limits", "defaults", "tls"]) | st.text(), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_good_or_a_configuration_error(content: bytes) -> None:
    """Never another exception."""
    _load_or_error(content)


@settings(max_examples=150, deadline=None)
@given(data)
def test_any_data_is_good_or_a_configuration_error(content: object) -> None:
    """Whatever stands where something else should."""
    _load_or_error(yaml.safe_dump(content, allow_unicode=True).encode("utf-8", "replace"))


def _load_or_error(content: bytes) -> None:
    file = Path(f"/tmp/fuzzed-{os.getpid()}.yaml")  # noqa: S108
    file.write_bytes(content)
    said = "good"
    try:
        load(file)
    except ConfigError as error:
        said = str(error)
    finally:
        file.unlink()
    assert said
