"""Names and addresses: what cannot be reached, and what is tried instead."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from exporter.ami import Endpoint, Timing
from exporter.ami.endpoint import open_socket

from .scripted import Peer, Scripted, fail


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

    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(60))
    assert (await fail(Endpoint("pbx.example"), Timing(connect=0.1))).reason == "dns"
    released.set()


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[int, tuple[Any, ...]]) -> None:
    """Let every name have these addresses."""

    def answer(*_: object, **__: object) -> list[tuple[Any, ...]]:
        return [(family, socket.SOCK_STREAM, 6, "", address) for family, address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


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
