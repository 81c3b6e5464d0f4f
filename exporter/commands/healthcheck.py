"""healthcheck: asks a running exporter whether it is healthy, for containers, which have no curl."""

from __future__ import annotations

import argparse
import http.client
import ipaddress
import ssl
import sys
from urllib.parse import SplitResult, urlsplit

from exporter.commands.arguments import DEFAULT_ADDRESS, OK, Command

UNHEALTHY = 1
HEALTHY = (200, 401)  # who asks for a name and a password serves, too
PATH = "/-/healthy"
DEFAULT = f"http://127.0.0.1{DEFAULT_ADDRESS}{PATH}"
TIMEOUT = 5.0  # s
_WANTED = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
_NEAR = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # where all addresses are served


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        type=_url,
        default=DEFAULT,
        metavar="URL",
        help=f"a URL, or an address as --web.listen-address has it (default: {DEFAULT})",
    )


def _run(options: argparse.Namespace) -> int:
    url: SplitResult = options.url
    try:
        status = _status(url)
        problem = "" if status in HEALTHY else f"status {status}"
    except (OSError, http.client.HTTPException) as error:
        problem = getattr(error, "strerror", None) or str(error) or "no answer"
    if problem:
        print(f"unhealthy: {url.geturl()}: {problem}", file=sys.stderr)
        return UNHEALTHY
    print("healthy")
    return OK


def _status(url: SplitResult) -> int:
    """What it answers. Raises OSError or HTTPException."""
    host = url.hostname or ""
    loopback = host == "localhost" or _ip(host).is_loopback
    if url.scheme == "http":
        try:
            return _answer(http.client.HTTPConnection(host, url.port, timeout=TIMEOUT), url)
        except (ConnectionResetError, http.client.BadStatusLine):  # it may speak TLS
            if not loopback:
                raise
    context = ssl.create_default_context()
    if loopback:  # a certificate is for the name that others use
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        return _answer(http.client.HTTPSConnection(host, url.port, timeout=TIMEOUT, context=context), url)
    except (http.client.RemoteDisconnected, ssl.SSLError) as error:
        # After its part of the handshake: it wants a certificate.
        if getattr(error, "reason", _WANTED) == _WANTED:
            return 401
        raise


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(host)
    except ValueError:  # a name, of whatever address
        return ipaddress.IPv6Address("::")


def _answer(connection: http.client.HTTPConnection, url: SplitResult) -> int:
    try:
        connection.request("GET", url.path or "/")
        return connection.getresponse().status
    finally:
        connection.close()


def _url(text: str) -> SplitResult:
    try:
        if "://" not in text:
            from exporter.web.addresses import parse  # a URL needs no web server

            address = parse(text)
            near = type(address)(_NEAR.get(address.host, address.host), address.port)
            return urlsplit(f"http://{near}{PATH}")
        url = urlsplit(text)
        if url.scheme in ("http", "https") and url.hostname and url.port != 0:  # a bad port raises
            return url
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    raise argparse.ArgumentTypeError(f"{text!r}: write it as in {DEFAULT}")


COMMAND = Command(
    "healthcheck",
    "Ask a running exporter whether it is healthy: exit code 0 if so, else 1.\n"
    "On loopback TLS is found out, and the certificate is not checked.",
    _run,
    _add,
    f"--url={DEFAULT}",
    config=False,
)
