"""Where an Asterisk listens, and how a socket to it is opened."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporter.ami.errors import ConnectionFailed, FailureReason
from exporter.ami.threads import in_thread

USER_TIMEOUT_MS = 20_000  # the kernel gives up on data that nobody acknowledges

_REASONS: dict[int, FailureReason] = {
    errno.ECONNREFUSED: "refused",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTUNREACH: "unreachable",
    errno.EADDRNOTAVAIL: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.EACCES: "unreachable",
    errno.EPERM: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


@dataclass(frozen=True, slots=True)
class TLS:
    """How the certificate of Asterisk is checked; the client certificate is for a TLS proxy only."""

    ca_file: Path | None = None
    server_name: str | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    insecure_skip_verify: bool = False

    def context(self) -> ssl.SSLContext:
        """An SSL context. Raises ConnectionFailed("tls") if a file of it cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.cert_file:
                # The password is for no key: without one OpenSSL would ask the terminal and wait.
                context.load_cert_chain(self.cert_file, self.key_file, password="")
        except (OSError, ssl.SSLError) as error:
            files = ", ".join(str(f) for f in (self.ca_file, self.cert_file, self.key_file) if f)
            raise ConnectionFailed("tls", f"cannot use {files}: {error}") from error
        # The certificates that Asterisk's own ast_tls_cert makes lack what Python 3.13 insists on.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if self.insecure_skip_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Host and port of an Asterisk; with `tls` its TLS port."""

    host: str
    port: int = 5038
    tls: TLS | None = None

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether what is sent there stays on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


async def open_socket(endpoint: Endpoint, timeout: float) -> socket.socket:
    """A connected socket: every address of the host is tried in turn, IPv6 and IPv4 alike.

    Raises ConnectionFailed with the reason that tells most.
    """
    try:
        async with asyncio.timeout(timeout):
            infos = await in_thread(
                lambda: socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
            )
    except (socket.gaierror, UnicodeError) as error:
        raise ConnectionFailed("dns", f"cannot resolve {endpoint.host!r}: {error}") from error
    except TimeoutError as error:
        raise ConnectionFailed("dns", f"no answer for {endpoint.host!r} in {timeout:g} s") from error
    failure = ConnectionFailed("dns", f"{endpoint.host!r} has no address")
    for family, kind, protocol, _, address in infos:
        shown = f"{address[0]!s} port {endpoint.port}"
        try:
            async with asyncio.timeout(timeout / len(infos)):
                return await _connect(socket.socket(family, kind, protocol), address)
        except TimeoutError:
            why = ConnectionFailed("timeout", f"no answer from {shown}: a firewall?")
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, "unreachable")
            why = ConnectionFailed(reason, f"{shown}: {_words(error)}")
        if failure.reason in ("dns", "unreachable"):  # what another address said tells more
            failure = why
    raise failure


def _words(error: OSError) -> str:
    # asyncio's own text says "Connect call failed" of everything.
    return os.strerror(error.errno) if error.errno else str(error)


async def _connect(sock: socket.socket, address: Any) -> socket.socket:
    try:
        _prepare(sock)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def open_connection(endpoint: Endpoint, protocol: asyncio.Protocol, timeout: float) -> None:
    """Connect, do the TLS handshake if the endpoint has TLS, and hand the transport to the protocol.

    Raises ConnectionFailed.
    """
    loop = asyncio.get_running_loop()
    tls = endpoint.tls
    context = await in_thread(tls.context) if tls else None
    sock = await open_socket(endpoint, timeout)
    try:
        if tls and context:
            await loop.create_connection(
                lambda: protocol,
                sock=sock,
                ssl=context,
                server_hostname=tls.server_name or endpoint.host,
                ssl_handshake_timeout=timeout,
                ssl_shutdown_timeout=1.0,
            )
        else:
            await loop.create_connection(lambda: protocol, sock=sock)
    except (OSError, ValueError) as error:  # ssl.SSLError is the one, a bad server name the other
        sock.close()
        text = getattr(error, "verify_message", "") or str(error)
        if "WRONG_VERSION_NUMBER" in text:
            text = "the port does not speak TLS (AMI has a TLS port of its own, 5039)"
        reason: FailureReason = "tls" if tls else "closed"
        raise ConnectionFailed(reason, f"{endpoint}: {text}") from error
    except BaseException:
        sock.close()
        raise


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Asterisk never notices a dead peer, nor would we on a quiet line.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 2)):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
