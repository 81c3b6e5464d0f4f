"""The web config file: what is taken, what is refused and why, and what promtool says of it."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import bcrypt
import pytest

from exporter.config import ConfigError
from exporter.web.security import WebConfig, read
from exporter.web.security.ciphers import CIPHERS, FIXED

from .certificates import Authority

HASH = bcrypt.hashpw(b"sesame", bcrypt.gensalt(4)).decode()
TLS = "cert_file: server.crt, key_file: server.key"
CA = "client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert"
HEADERS = (
    "http_server_config: {headers: {X-Frame-Options: sameorigin, X-Content-Type-Options: nosniff, "
    "Content-Security-Policy: default-src 'self', X-XSS-Protection: '0', "
    "Strict-Transport-Security: max-age=60}}"
)
GOOD = [
    "{}",
    "# nothing yet\n",
    "tls_server_config: {}\nhttp_server_config: {}\n",
    f"tls_server_config: {{{TLS}}}",
    f"tls_server_config: {{{TLS}, {CA}}}",
    f"tls_server_config: {{{TLS}, client_auth_type: NoClientCert}}",
    f"tls_server_config: {{{TLS}, client_ca_file: ca.crt, client_auth_type: VerifyClientCertIfGiven}}",
    f"tls_server_config: {{{TLS}, client_auth_type: RequireAndVerifyClientCert}}",
    f"tls_server_config: {{{TLS}, max_version: TLS12, prefer_server_cipher_suites: false}}",
    f"tls_server_config: {{{TLS}, min_version: TLS13, cipher_suites: [{FIXED[0]}]}}",
    f"tls_server_config: {{{TLS}, cipher_suites: [{', '.join((*CIPHERS, *FIXED))}]}}",
    "http_server_config: {http2: false}",
    HEADERS,
    f"basic_auth_users: {{alice: '{HASH}', 'böb': '{HASH.replace('$2b', '$2y')}', '123': '{HASH}'}}",
    f"basic_auth_users: {{alice: '{HASH}'}}\ntls_server_config: {{{TLS}}}\n{HEADERS}",
]
NEWER = [f"tls_server_config: {{{TLS}, {CA}, client_allowed_sans: [prometheus.example.com]}}"]
BAD = [
    ("tls_server_config: {cert_file: server.crt}", "1:20: tls_server_config: key_file is missing"),
    ("tls_server_config: {key_file: server.key}", "tls_server_config: cert_file is missing"),
    (f"tls_server_config: {{{TLS.replace('server.crt', 'no.crt')}}}", "no such file"),
    (f"tls_server_config: {{{TLS.replace('server.key', 'other.key')}}}", "key values mismatch"),
    (f"tls_server_config: {{{TLS.replace('server.crt', 'ext')}}}", "no certificate"),
    (f"tls_server_config: {{{TLS}, client_ca_file: ca.crt}}", "client_ca_file needs a client_auth_type"),
    (f"tls_server_config: {{{TLS}, {CA.replace('ca.crt', 'ext')}}}", "no authority in"),
    (f"tls_server_config: {{{TLS}, client_auth_type: RequestClientCert}}", "takes no certificate without"),
    (f"tls_server_config: {{{TLS}, client_auth_type: Never}}", "expected 'NoClientCert', "),
    (f"tls_server_config: {{{TLS}, client_allowed_sans: [x]}}", "needs client_auth_type: RequireAndVerify"),
    (f"tls_server_config: {{{TLS}, min_version: TLS11}}", "min_version: TLS11 is broken; TLS12 is the least"),
    (f"tls_server_config: {{{TLS}, max_version: TLS14}}", "max_version: expected TLS12 or TLS13"),
    (f"tls_server_config: {{{TLS}, min_version: TLS13, max_version: TLS12}}", "min_version is above max_ver"),
    (f"tls_server_config: {{{TLS}, cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]}}", "is no cipher that is"),
    (f"tls_server_config: {{{TLS}, cipher_suites: [{FIXED[0]}]}}", "names none of TLS 1.2"),
    (f"tls_server_config: {{{TLS}, curve_preferences: [X25519]}}", "Python cannot choose among several"),
    (f"tls_server_config: {{{TLS}, cert: x}}", "cert: cannot be used: Python reads it from a file alone"),
    (f"tls_server_config: {{{TLS}, cert_fil: x}}", "unknown key 'cert_fil', did you mean 'cert_file'?"),
    ("http_server_config: {http2: true}", "http2: true cannot be used: HTTP/1.1 alone is spoken here"),
    ("http_server_config: {headers: {Server: x}}", "headers.Server: cannot be set (known: Content-Security"),
    ("http_server_config: {headers: {X-Frame-Options: allow}}", "expected deny or sameorigin"),
    ('http_server_config: {headers: {X-XSS-Protection: "1\\r\\nX: y"}}', "must not have control characters"),
    ("basic_auth_users: {alice: sesame}", "basic_auth_users.alice: expected a bcrypt hash"),
    (f"basic_auth_users: {{'a:b': '{HASH}'}}", "a user's name has no :"),
    (f"basic_auth_users: {{alice: '{HASH}', alice: '{HASH}'}}", "duplicate key 'alice'"),
    ("rate_limit: {burst: 1}", "rate_limit: cannot be used: --web.max-requests"),
    ("nonsense: 1", "unknown key 'nonsense'"),
    ("[]", "expected keys with values"),
    ("a: [", "not valid YAML"),
]


@pytest.fixture
def folder(authority: Authority, tmp_path: Path) -> Path:
    """A folder with certificates."""
    return shutil.copytree(authority.folder, tmp_path / "certificates")


def written(folder: Path, text: str) -> Path:
    """A web config file there."""
    file = folder / "web.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("text", GOOD)
def test_what_promtool_takes(folder: Path, text: str) -> None:
    """It is read, files relative to it, and promtool has nothing to say against it."""
    file = written(folder, text)
    config = read(file)
    if config.tls_server_config:
        assert isinstance(config.tls_server_config.context(), ssl.SSLContext)
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed: apt-get install prometheus")
    found = subprocess.run(
        ["promtool", "check", "web-config", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("text", NEWER)
def test_what_a_newer_promtool_takes(folder: Path, text: str) -> None:
    """Keys that Prometheus has had since 2.43."""
    assert read(written(folder, text)).tls_server_config is not None


@pytest.mark.parametrize(("text", "problem"), BAD, ids=[problem[:40] for _, problem in BAD])
def test_what_is_refused(folder: Path, text: str, problem: str) -> None:
    """The place and the reason are said; no password is repeated."""
    with pytest.raises(ConfigError) as caught:
        read(written(folder, text))
    assert problem in str(caught.value)
    assert str(folder / "web.yaml") in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_all_mistakes_at_once(folder: Path) -> None:
    """Each has a line of its own."""
    text = "basic_auth_users: {alice: x}\nnonsense: 1\nhttp_server_config: {http2: true}\n"
    with pytest.raises(ConfigError) as caught:
        read(written(folder, text))
    assert [problem.place.line for problem in caught.value.problems] == [1, 2, 3]


def test_a_key_with_a_password_is_refused(folder: Path) -> None:
    """Nobody is asked to type one."""
    subprocess.run(
        ["openssl", "ec", "-in", "server.key", "-aes128", "-passout", "pass:x", "-out", "locked.key"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    with pytest.raises(ConfigError, match="is encrypted, and nobody is there to type"):
        read(written(folder, "tls_server_config: {cert_file: server.crt, key_file: locked.key}"))


def test_no_file(tmp_path: Path) -> None:
    """It is said which one."""
    with pytest.raises(ConfigError, match=r"none\.yaml: no such file"):
        read(tmp_path / "none.yaml")


def test_hashes_are_not_shown(folder: Path) -> None:
    """Not by whoever prints the configuration."""
    config = read(written(folder, f"basic_auth_users: {{alice: '{HASH}'}}"))
    assert isinstance(config, WebConfig)
    assert HASH not in repr(config)
