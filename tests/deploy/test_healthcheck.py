"""The command healthcheck, against a web server of ours in each form that it is served in."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import bcrypt
import pytest

from exporter.cli import main
from exporter.web import Settings, start
from tests.web.security.certificates import Authority
from tests.web.source import Fake


async def asked(settings: Settings, url: str = "127.0.0.1:{port}", listen: str = "127.0.0.1:0") -> int:
    """The exit code of the command while a server runs."""
    server = await start(Fake(), [listen], settings)
    try:
        port = server.addresses[0].rpartition(":")[2]
        return await asyncio.to_thread(main, ["healthcheck", f"--url={url.format(port=port)}"])
    finally:
        await server.stop()


@pytest.mark.parametrize("url", [":{port}", "127.0.0.1:{port}", "http://localhost:{port}/-/healthy"])
async def test_healthy(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """0 and one word, by a URL or by an address as it is served; no proxy is asked."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert await asked(Settings(), url, ":0") == 0
    assert capsys.readouterr() == ("healthy\n", "")


async def test_a_prefix(capsys: pytest.CaptureFixture[str]) -> None:
    """What is not there is not healthy; with the prefix it is."""
    settings = Settings(prefix="/asterisk")
    assert await asked(settings) == 1
    assert capsys.readouterr().err.endswith("/-/healthy: status 404\n")
    assert await asked(settings, "http://127.0.0.1:{port}/asterisk/-/healthy") == 0


async def test_tls_and_users(tmp_path: Path) -> None:
    """A certificate for another name, a password, a client's certificate: whoever asks for them serves."""
    authority = Authority(tmp_path)
    authority.sign("server", "DNS:exporter.example.com")
    tls = "tls_server_config: {cert_file: server.crt, key_file: server.key%s}\n"
    user = f"basic_auth_users: {{u: '{bcrypt.hashpw(b'p', bcrypt.gensalt(4)).decode()}'}}\n"
    required = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt"
    for text in (tls % "", user, tls % "" + user, tls % required):
        (tmp_path / "web.yaml").write_text(text)
        assert await asked(Settings(config_file=tmp_path / "web.yaml")) == 0, text


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    """1 and one line that says why; no traceback."""
    with socket.socket() as sock:  # taken, and nobody listens
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        assert main(["healthcheck", f"--url=127.0.0.1:{port}"]) == 1
    error = capsys.readouterr().err
    assert error == f"unhealthy: http://127.0.0.1:{port}/-/healthy: Connection refused\n"


def test_one_that_hangs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is open behind which nothing moves is unhealthy, in time."""
    monkeypatch.setattr("exporter.commands.healthcheck.TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert main(["healthcheck", f"--url=127.0.0.1:{silent.getsockname()[1]}"]) == 1
    assert "timed out" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["9815", "ftp://127.0.0.1/", "http://", "http://[::1", "http://a:99999/"])
def test_a_bad_url(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """2, as any bad argument, with the reason."""
    with pytest.raises(SystemExit) as ended:
        main(["healthcheck", f"--url={url}"])
    assert ended.value.code == 2
    assert "argument --url" in capsys.readouterr().err
