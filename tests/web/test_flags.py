"""The flags that say how it serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.cli import main, parser
from exporter.commands.arguments import settings
from exporter.config.shard import Shard
from exporter.web import Settings


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ("", Settings()),
        ("--web.config.file=web.yaml", Settings(config_file=Path("web.yaml"))),
        ("--web.enable-lifecycle", Settings(lifecycle=True)),
        ("--web.external-url=https://example.com/asterisk/", Settings(prefix="/asterisk")),
        ("--web.external-url=https://example.com/asterisk/ --web.route-prefix=/", Settings()),
        ("--web.route-prefix=voice/asterisk", Settings(prefix="/voice/asterisk")),
        ("--web.pages=off", Settings(pages=False)),
        ("--web.max-requests=3", Settings(max_requests=3)),
    ],
)
@pytest.mark.parametrize("command", ["", "demo "])
def test_flags(command: str, arguments: str, meant: Settings) -> None:
    """Each has its meaning, for the program and for its demo."""
    assert settings(parser().parse_args(f"{command}{arguments}".split())) == meant


def test_a_shard() -> None:
    """Without one all servers are watched."""
    assert parser().parse_args([]).shard == Shard()
    assert parser().parse_args(["--shard=2/3"]).shard == Shard(2, 3)


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("--shard=4/3", "write NUMBER/COUNT, as in 1/3"),
        ("--web.external-url=example.com", "write it as in https://example.com/asterisk/"),
        ("--web.route-prefix=a?b", "write a plain path, as in /asterisk"),
        ("--web.pages=no", "choose from 'on', 'off'"),
        ("--web.max-requests=-1", "0 or more"),
    ],
)
def test_bad_flags(argument: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The program ends with 2 and says what it wants."""
    with pytest.raises(SystemExit) as ended:
        main([argument])
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


def test_a_bad_web_config_is_told_at_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The program does not start, and says where the mistake is."""
    (tmp_path / "web.yaml").write_text("http_server_config: {http2: true}\n")
    (tmp_path / "config.yaml").write_text("servers: {hq: {host: 127.0.0.1, username: u, secret: s}}\n")
    files = [f"--config.file={tmp_path}/config.yaml", f"--web.config.file={tmp_path}/web.yaml"]
    assert main([*files, "--web.listen-address=127.0.0.1:0"]) == 2
    assert f"{tmp_path}/web.yaml:1:21: http_server_config: http2: true cannot" in capsys.readouterr().err
