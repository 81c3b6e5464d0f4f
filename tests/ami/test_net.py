"""The network at its worst: addresses that fail, resets, silence, one byte at a time."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from exporter.ami import Client, ConnectionFailed, Credentials, Endpoint, Timing
from exporter.ami.endpoint import open_socket

from .build import GREETING, packet, pieces
from .scripted import BOOTED, QUICK, Peer, Scripted

CREDENTIALS = Credentials("exporter", "s3cret")


async def fail(endpoint: Endpoint, timing: Timing = QUICK) -> ConnectionFailed:
    """Why no connection could be had."""
    with pytest.raises(ConnectionFailed) as failed:
        await Client.connect(endpoint, CREDENTIALS, timing=timing)
    return failed.value


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on loopback that refuses: bound, and not listened on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


async def test_a_refused_connection_says_so(closed_port: int) -> None:
    """The reason and the address are named."""
    error = await fail(Endpoint("127.0.0.1", closed_port))
    assert error.reason == "refused"
    assert f"127.0.0.1 port {closed_port}" in str(error)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "x" * 70 + ".invalid", ".invalid"])
async def test_a_name_that_does_not_resolve_says_so(host: str) -> None:
    """Unknown and impossible names are one reason."""
    assert (await fail(Endpoint(host))).reason == "dns"


async def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline of connecting holds for the name too."""

    async def hang(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", hang)
    assert (await fail(Endpoint("pbx.example"), Timing(connect=0.1))).reason == "dns"


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[int, tuple[Any, ...]]) -> None:
    """Let every name have these addresses."""

    async def answer(*_: object, **__: object) -> list[tuple[Any, ...]]:
        return [(family, socket.SOCK_STREAM, 6, "", address) for family, address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer)


async def test_ipv6_first_and_ipv4_working_is_working(
    monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    """Every address is tried: one that refuses, one of a family that this machine lacks, one that works."""
    async with Scripted(Peer.login) as server:
        good = (socket.AF_INET, ("127.0.0.1", server.endpoint.port))
        refuses = (socket.AF_INET6, ("::1", closed_port, 0, 0))
        resolve(monkeypatch, refuses, (12345, ("?",)), good)
        sock = await open_socket(Endpoint("pbx.example"), 2.0)
        assert sock.getpeername()[1] == server.endpoint.port
        sock.close()


async def test_the_reason_is_the_one_that_tells_most(
    monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    """That IPv4 refuses says more than that there is no way over IPv6."""
    refuses = (socket.AF_INET, ("127.0.0.1", closed_port))
    for addresses in ([refuses, (12345, ("?",))], [(12345, ("?",)), refuses]):
        resolve(monkeypatch, *addresses)
        assert (await fail(Endpoint("pbx.example"))).reason == "refused"
    resolve(monkeypatch)
    assert (await fail(Endpoint("pbx.example"))).reason == "dns"


async def test_a_firewall_that_swallows_everything_is_a_time_out() -> None:
    """A port whose queue is full drops what comes, as a firewall does."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
            waiting.append(sock)
        started = time.monotonic()
        error = await fail(Endpoint(*full.getsockname()), Timing(connect=0.2))
        assert error.reason == "timeout"
        assert time.monotonic() - started < 1.0
        for sock in waiting:
            sock.close()


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "greeting"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "greeting"),
        (b"x" * 99999, "greeting"),
    ],
)
async def test_a_port_that_is_not_ami_is_told_at_once(greeting: bytes, reason: str) -> None:
    """Another protocol's greeting is shown in the error."""

    async def script(peer: Peer) -> None:
        await peer.say(greeting)
        await peer.gone()

    async with Scripted(script) as server:
        error = await fail(server.endpoint)
        assert error.reason == reason
        assert greeting[:8].decode() in str(error)


@pytest.mark.parametrize("said", [b"", b"Asterisk Call Man"])
async def test_a_port_that_says_nothing_is_given_up(said: bytes) -> None:
    """An Asterisk that hangs accepts and does not greet."""

    async def script(peer: Peer) -> None:
        await peer.say(said)
        await peer.gone()

    async with Scripted(script) as server:
        error = await fail(server.endpoint, Timing(greeting=0.1))
        assert error.reason == "greeting"
        assert "said nothing in 0.1 s" in str(error)


async def test_a_close_before_the_greeting_names_its_likely_cause() -> None:
    """Asterisk closes silently when too many sessions have not logged in."""

    async def script(_: Peer) -> None:
        return

    async with Scripted(script) as server:
        error = await fail(server.endpoint)
        assert error.reason == "closed"
        assert "authlimit" in str(error)


async def test_everything_one_byte_at_a_time_is_the_same() -> None:
    """A login and a list survive the slowest line."""

    async def slowly(peer: Peer, data: bytes) -> None:
        for byte in pieces(data, 1):
            await peer.say(byte)
            await asyncio.sleep(0)

    async def script(peer: Peer) -> None:
        await slowly(peer, GREETING)
        for name, *lines in (
            ("Challenge", "Challenge: 816492"),
            ("Login", "Message: Authentication accepted"),
        ):
            action = await peer.heard(name)
            await slowly(peer, packet("Response: Success", f"ActionID: {action['ActionID']}", *lines))
        await slowly(peer, BOOTED)
        action = await peer.heard("CoreShowChannels")
        own = f"ActionID: {action['ActionID']}"
        await slowly(peer, packet("Response: Success", own, "EventList: start"))
        await slowly(peer, packet("Event: CoreShowChannel", own, "Uniqueid: 1"))
        await slowly(
            peer, packet("Event: CoreShowChannelsComplete", own, "EventList: Complete", "ListItems: 1")
        )
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(timing=Timing())
        await client.booted
        assert len((await client.ask("CoreShowChannels")).items) == 1
        assert client.session.anomalies == {}
        await client.close()


async def test_a_slow_line_is_a_line() -> None:
    """Latency below the deadlines changes nothing but the time."""

    async def script(peer: Peer) -> None:
        await asyncio.sleep(0.1)
        await peer.say(GREETING)
        for name, line in (("Challenge", "Challenge: 8"), ("Login", "Message: x"), ("Ping", "Ping: Pong")):
            action = await peer.heard(name)
            await asyncio.sleep(0.1)
            await peer.say(packet("Response: Success", f"ActionID: {action['ActionID']}", line))
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect()
        assert (await client.ask("Ping")).response.get("Ping") == "Pong"
        await client.close()


async def test_keepalive_and_the_kernels_own_deadline_are_set() -> None:
    """Asterisk never notices a dead peer, nor would we on a quiet line."""
    async with Scripted(Peer.login) as server:
        sock = await open_socket(server.endpoint, 2.0)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
        idle, every, times = (
            sock.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + every * times <= 30
        sock.close()


@pytest.mark.parametrize(
    ("host", "shown", "loopback"),
    [
        ("127.0.0.1", "127.0.0.1:5038", True),
        ("::1", "[::1]:5038", True),
        ("localhost", "localhost:5038", True),
        ("127.evil.example", "127.evil.example:5038", False),
        ("192.0.2.1", "192.0.2.1:5038", False),
    ],
)
def test_an_endpoint_knows_whether_it_stays_on_this_machine(host: str, shown: str, loopback: bool) -> None:
    """A login in clear text is fine on loopback only."""
    assert (str(Endpoint(host)), Endpoint(host).loopback) == (shown, loopback)
