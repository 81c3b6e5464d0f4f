"""Where to listen: addresses in the spelling of Prometheus, and the sockets of them."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import re
import socket
from dataclasses import dataclass

BACKLOG = 1024

_SPELLING = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^:\[\]/\s]*)):(?P<port>[0-9]{1,5})", re.ASCII)
_REASONS = {
    errno.EADDRINUSE: "the port is in use already",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EACCES: "not allowed: ports below 1024 need the right to bind them",
}


class ListenFailed(OSError):
    """An address on which we cannot listen, and why."""


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port; without a host every address of this machine, IPv6 and IPv4."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse(text: str) -> Address:
    """An address such as :9815, 127.0.0.1:9815, localhost:9815 or [::1]:9815.

    Raises ValueError that says what is wrong. Port 0 is any free port.
    """
    if text.startswith("vsock:"):
        raise ValueError(f"listen address {text!r}: vsock is not supported")
    match = _SPELLING.fullmatch(text)
    if match is None:
        raise ValueError(f"listen address {text!r}: write HOST:PORT, such as :9815 or [::1]:9815")
    if match["six"] is not None:
        try:
            ipaddress.IPv6Address(match["six"])
        except ValueError:
            raise ValueError(f"listen address {text!r}: not an IPv6 address in the brackets") from None
    if int(match["port"]) > 65535:
        raise ValueError(f"listen address {text!r}: a port is at most 65535")
    return Address(match["six"] or match["host"] or "", int(match["port"]))


async def listen(address: Address) -> socket.socket:
    """A socket that listens there; of a name with several addresses on one, IPv4 before IPv6.

    Raises ListenFailed.
    """
    try:
        if address.host in ("", "::"):
            return _everywhere(address)
        found = await asyncio.get_running_loop().getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, *_, where = min(found, key=lambda info: info[0] != socket.AF_INET)
        return socket.create_server(where, family=family, backlog=BACKLOG)
    except socket.gaierror as error:
        raise ListenFailed(f"cannot listen on {address}: {error.strerror}") from error
    except UnicodeError as error:
        raise ListenFailed(f"cannot listen on {address}: not a host name") from error
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror)
        raise ListenFailed(f"cannot listen on {address}: {reason}") from error


def _everywhere(address: Address) -> socket.socket:
    """IPv6 and IPv4 on one socket; IPv4 alone where the system has no IPv6."""
    if socket.has_dualstack_ipv6():
        try:
            return socket.create_server(
                ("::", address.port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=BACKLOG
            )
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL or address.host:
                raise
    elif address.host:
        raise OSError(errno.EADDRNOTAVAIL, "no IPv6")
    return socket.create_server(("0.0.0.0", address.port), backlog=BACKLOG)  # noqa: S104


def bound(sock: socket.socket) -> Address:
    """Where a socket really listens."""
    host, port = sock.getsockname()[:2]
    return Address(host, port)
