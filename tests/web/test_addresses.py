"""Addresses in the spelling of Prometheus, and the sockets of them."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest

from exporter.web import ListenFailed
from exporter.web.addresses import Address, bound, listen, parse


@pytest.mark.parametrize(
    ("text", "host", "port", "loopback"),
    [
        (":9815", "", 9815, False),
        ("127.0.0.1:9815", "127.0.0.1", 9815, True),
        ("127.9.9.9:1", "127.9.9.9", 1, True),
        ("[::1]:9815", "::1", 9815, True),
        ("[::]:0", "::", 0, False),
        ("[2001:db8::5]:65535", "2001:db8::5", 65535, False),
        ("0.0.0.0:80", "0.0.0.0", 80, False),
        ("localhost:9815", "localhost", 9815, True),
        ("pbx-1.example.com:9815", "pbx-1.example.com", 9815, False),
    ],
)
def test_spelling(text: str, host: str, port: int, loopback: bool) -> None:
    """What Prometheus takes is taken, is written the same again, and is known to be open or not."""
    address = parse(text)
    assert address == Address(host, port)
    assert str(address) == text
    assert address.loopback is loopback


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "write HOST:PORT"),
        ("9815", "write HOST:PORT"),
        (":", "write HOST:PORT"),
        ("host:http", "write HOST:PORT"),
        ("::1:9815", "write HOST:PORT"),
        ("[::1]", "write HOST:PORT"),
        ("http://127.0.0.1:9815", "write HOST:PORT"),
        ("127.0.0.1:9815\n", "write HOST:PORT"),
        ("a b:9815", "write HOST:PORT"),
        (":\u0663", "write HOST:PORT"),
        (":65536", "at most 65535"),
        (":-1", "write HOST:PORT"),
        ("[hq]:9815", "not an IPv6 address"),
        ("[127.0.0.1]:9815", "not an IPv6 address"),
        ("vsock://:9815", "vsock is not supported"),
    ],
)
def test_misspelling(text: str, reason: str) -> None:
    """What is wrong is said, with the address in question."""
    with pytest.raises(ValueError, match=reason) as caught:
        parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["127.0.0.1:0", "localhost:0"])
async def test_port_0_is_any_free_port(text: str) -> None:
    """A free port is found, and named; a host name is listened on by IPv4 if it has that."""
    with await listen(parse(text)) as sock:
        real = bound(sock)
        assert real.host == "127.0.0.1"
        assert real.port > 0
        with pytest.raises(ListenFailed, match=f"cannot listen on {real}: the port is in use already"):
            await listen(real)


async def test_no_host_is_every_address() -> None:
    """Without a host, IPv6 and IPv4 are both served from one address."""
    with await listen(parse(":0")) as sock:
        port = bound(sock).port
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        if socket.has_dualstack_ipv6():
            assert bound(sock).host == "::"
            socket.create_connection(("::1", port), timeout=5).close()


async def test_a_system_without_ipv6_is_served_by_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where IPv6 is missing, no host stands for IPv4 alone, and an IPv6 address is refused."""
    create = socket.create_server

    def refuse(where: Any, **options: Any) -> socket.socket:
        if options.get("family") == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "no")
        return create(where, **options)

    monkeypatch.setattr(socket, "create_server", refuse)
    for dual in (True, False):
        monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda dual=dual: dual)
        with await listen(parse(":0")) as sock:
            assert bound(sock).host == "0.0.0.0"
        with pytest.raises(ListenFailed, match="no such address"):
            await listen(parse("[::]:0"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("192.0.2.1:0", "this machine has no such address"),
        (f"{'a' * 70}:0", "not a host name"),
    ],
)
async def test_an_address_that_cannot_be_had(text: str, reason: str) -> None:
    """The reason is said in plain words."""
    with pytest.raises(ListenFailed, match=reason):
        await listen(parse(text))
