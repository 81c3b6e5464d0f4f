"""TLS with clients: versions, clients' certificates, and certificates that change."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from exporter.web import Server, Settings, server
from tests.web.source import Fake

from .certificates import Authority
from .conftest import Serve

TLS = "cert_file: server.crt, key_file: server.key"
MUTUAL = f"{TLS}, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert"


@pytest.fixture
def authority(authority: Authority, tmp_path: Path) -> Authority:
    """The same, in the folder of the web config file, for one test."""
    shutil.copytree(authority.folder, tmp_path, dirs_exist_ok=True)
    mine = Authority.__new__(Authority)
    mine.folder = tmp_path
    return mine


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds."""
    for _ in range(1000):
        if await condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not in time")


def told(caplog: pytest.LogCaptureFixture, reason: str) -> Callable[[], Awaitable[bool]]:
    """Whether the log says that the web config was not taken, and why."""

    async def look() -> bool:
        return re.search(f"web config not taken: the one before stays: .*({reason})", caplog.text) is not None

    return look


async def asked(running: Server, context: ssl.SSLContext, path: str = "/-/healthy") -> int:
    """The status of a path, asked over TLS."""
    connector = aiohttp.TCPConnector(ssl=context)
    async with (
        aiohttp.ClientSession(connector=connector) as client,
        client.get(f"https://{running.addresses[0]}{path}") as response,
    ):
        return response.status


async def serial(running: Server, authority: Authority) -> str:
    """The number of the certificate that the server shows now."""
    host, port = running.addresses[0].split(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=authority.client(), server_hostname=host)
    certificate = writer.get_extra_info("peercert")
    writer.close()
    await writer.wait_closed()
    return str(certificate["serialNumber"])


async def test_tls_is_spoken(serve: Serve, authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    """Who trusts the authority is answered; plain HTTP and old versions are not."""
    caplog.set_level(logging.INFO)
    running = await serve(f"tls_server_config: {{{TLS}}}")
    assert f"listening on https://{running.addresses[0]}" in caplog.messages
    assert await asked(running, authority.client()) == 200
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientError):
            await client.get(f"http://{running.addresses[0]}/-/healthy")
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await client.get(f"https://{running.addresses[0]}/-/healthy")
    old = authority.client()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match=r"TLSVersion\.TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(aiohttp.ClientConnectorError):
        await asked(running, old)


@pytest.mark.parametrize(
    ("more", "spoken"),
    [
        ("", ("TLSv1.3", "TLSv1.2")),
        (", min_version: TLS13", ("TLSv1.3",)),
        (", max_version: TLS12", ("TLSv1.2",)),
        (", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]", ("TLSv1.3", "TLSv1.2")),
    ],
)
async def test_versions_and_ciphers(
    serve: Serve, authority: Authority, more: str, spoken: tuple[str, ...]
) -> None:
    """What the file names is spoken, and nothing else."""
    running = await serve(f"tls_server_config: {{{TLS}{more}}}")
    host, port = running.addresses[0].split(":")
    heard = []
    for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        context = authority.client()
        context.minimum_version = context.maximum_version = version
        try:
            _, writer = await asyncio.open_connection(host, int(port), ssl=context, server_hostname=host)
        except (ssl.SSLError, ConnectionError):
            continue
        name, heard_version, _ = writer.get_extra_info("cipher")
        heard.append(heard_version if version is ssl.TLSVersion.TLSv1_3 else "TLSv1.2")
        if "cipher_suites" in more and version is ssl.TLSVersion.TLSv1_2:
            assert name == "ECDHE-ECDSA-AES256-GCM-SHA384"
        writer.close()
        await writer.wait_closed()
    assert tuple(heard) == spoken


@pytest.mark.parametrize(
    ("more", "client", "status"),
    [
        ("", "prometheus", 200),
        ("", "other", 200),
        ("", "", None),
        (", client_allowed_sans: [prometheus.example.com]", "prometheus", 200),
        (", client_allowed_sans: ['2001:db8::1']", "prometheus", 200),
        (", client_allowed_sans: ['spiffe://example/p', x]", "prometheus", 200),
        (", client_allowed_sans: [prometheus.example.com]", "other", 403),
        (", client_allowed_sans: [example.com]", "prometheus", 403),
        (", client_allowed_sans: [prometheus.example.com]", "", None),
    ],
)
async def test_clients_show_a_certificate(
    serve: Serve, authority: Authority, more: str, client: str, status: int | None
) -> None:
    """One that the authority signed, with a name that is allowed if any are; else there is no answer."""
    running = await serve(f"tls_server_config: {{{MUTUAL}{more}}}")
    if status:
        assert await asked(running, authority.client(client)) == status
        return
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await asked(running, authority.client(client))


@pytest.mark.parametrize(
    ("auth", "said"), [("", True), (", client_auth_type: RequireAndVerifyClientCert", False)]
)
async def test_who_can_read_is_said(
    source: Fake, authority: Authority, caplog: pytest.LogCaptureFixture, auth: str, said: bool
) -> None:
    """TLS alone lets everybody read, and the log says so; a certificate that is asked for is a lock."""
    file = authority.folder / "web.yaml"
    file.write_text(f"tls_server_config: {{{TLS}{auth}}}")
    running = await server.start(source, ["0.0.0.0:0"], Settings(config_file=file))
    await running.stop()
    assert ("without authentication" in caplog.text) is said


async def test_certificates_are_renewed(
    serve: Serve, authority: Authority, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """New ones are shown as soon as they lie there, bad ones change nothing, and no client is turned away."""
    monkeypatch.setattr(server, "LOOK", 0.05)
    caplog.set_level(logging.INFO)
    running = await serve(f"tls_server_config: {{{TLS}}}")
    before = await serial(running, authority)
    host, port = running.addresses[0].split(":")
    reader, writer = await asyncio.open_connection(
        host, int(port), ssl=authority.client(), server_hostname=host
    )

    (authority.folder / "server.key").write_text("half a")
    await until(told(caplog, "key values mismatch|no certificate"))
    assert await serial(running, authority) == before

    authority.sign("server")

    async def renewed() -> bool:
        return await serial(running, authority) != before

    await until(renewed)
    writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")  # on the connection of before
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    writer.close()
    await writer.wait_closed()


async def test_the_file_is_read_again(
    serve: Serve, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS, users and headers hold from then on, on the same port."""
    monkeypatch.setattr(server, "LOOK", 0.05)
    running = await serve("http_server_config: {headers: {X-Frame-Options: sameorigin}}")
    address = f"http://{running.addresses[0]}/-/healthy"
    async with aiohttp.ClientSession() as client, client.get(address) as response:
        assert response.headers["X-Frame-Options"] == "sameorigin"
    (authority.folder / "web.yaml").write_text(f"tls_server_config: {{{TLS}}}")

    async def secure() -> bool:
        try:
            return await asked(running, authority.client()) == 200
        except aiohttp.ClientConnectorError:
            return False

    await until(secure)


async def test_an_empty_file_takes_no_lock_away(
    serve: Serve, authority: Authority, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An editor or a full disk may leave one: what held before holds on, until somebody restarts."""
    monkeypatch.setattr(server, "LOOK", 0.05)
    running = await serve(f"tls_server_config: {{{MUTUAL}}}")
    (authority.folder / "web.yaml").write_text("")
    await until(told(caplog, "says nothing any more"))
    assert await asked(running, authority.client("prometheus")) == 200
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await asked(running, authority.client())
