"""From the facts of a login that failed to the step, the cause and the cure."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.ami import TLS, ConnectionFailed, Endpoint, LoginRefused
from exporter.diagnosis.attempt import Attempt, connection
from exporter.diagnosis.findings import Finding
from exporter.diagnosis.looks import Heard

CLEAR, OVER_TLS = Endpoint("192.0.2.1"), Endpoint("192.0.2.1", 5039, TLS())
AMI = b"Asterisk Call Manager/5.0.4\r\n"


def last(endpoint: Endpoint = CLEAR, failure: ConnectionFailed | None = None, **facts: Any) -> Finding:
    """The last finding of an attempt."""
    known: dict[str, Any] = {"addresses": ("192.0.2.1",), "own": "192.0.2.9", **facts}
    return connection(Attempt(endpoint, "exporter", failure=failure, **known))[-1]


@pytest.mark.parametrize(
    ("failure", "step", "cause", "cure"),
    [
        (ConnectionFailed("dns", "x"), "name", "misspelt", "getent hosts 192.0.2.1"),
        (
            ConnectionFailed("refused", "x"),
            "port",
            "Nobody listens",
            "enabled = yes\nbindaddr = 0.0.0.0\nport",
        ),
        (ConnectionFailed("unreachable", "x"), "port", "missing route", "reach 192.0.2.1 from 192.0.2.9"),
        (
            ConnectionFailed("timeout", "x"),
            "port",
            "a firewall drops",
            "TCP port 5038 through from 192.0.2.9",
        ),
        (ConnectionFailed("closed", "x"), "greeting", "authlimit", "authlimit = 50"),
    ],
)
def test_before_a_greeting(failure: ConnectionFailed, step: str, cause: str, cure: str) -> None:
    """Each way to fail has its step, its cause and its cure."""
    found = last(failure=failure)
    assert (found.step, found.state) == (step, "fail")
    assert cause in found.cause
    assert cure in found.cure


@pytest.mark.parametrize(
    ("failure", "cause", "cure"),
    [
        (LoginRefused("auth", "x"), "all of these alike", "permit = 192.0.2.9/255.255.255.255"),
        (LoginRefused("in_use", "x"), "may be so only once", "allowmultiplelogin = yes"),
        (ConnectionFailed("timeout", "x"), "it hangs", "core show uptime"),
        (ConnectionFailed("closed", "x"), "it stops", "check again"),
        (ConnectionFailed("protocol", "x"), "it stops", "check again"),
    ],
)
def test_after_a_greeting(failure: ConnectionFailed, cause: str, cure: str) -> None:
    """What fails then is the login."""
    found = last(failure=failure, spoke=True, greeting="5.0.4")
    assert (found.step, found.state) == ("login", "fail")
    assert cause in found.cause
    assert cure in found.cure


def test_a_refused_login_names_what_the_log_says() -> None:
    """Asterisk answers alike to a wrong name, a wrong secret and a wrong address; its log does not."""
    cure = last(failure=LoginRefused("auth", "x"), spoke=True, greeting="5.0.4", own="2001:db8::9").cure
    for words in ("nonexistent user 'exporter'", "failed to pass IP ACL", "failed to authenticate"):
        assert words in cure
    assert "permit = 2001:db8::9/128" in cure


@pytest.mark.parametrize(
    ("heard", "cause", "cure"),
    [
        (Heard(b"SSH-2.0-OpenSSH_9.2\r\n"), "An SSH server", "manager show settings"),
        (Heard(b"HTTP/1.1 400 Bad Request\r\n"), "A web server", "manager show settings"),
        (Heard(b"SIP/2.0 200 OK\r\n"), "A SIP server", "manager show settings"),
        (Heard(b"220 mail ESMTP\r\n"), "Something else than AMI", "manager show settings"),
        (Heard(b"", AMI), "the TLS port of AMI", "tls: {}"),
        (Heard(b"", b""), "a TLS port, and not of AMI", "manager show settings"),
        (Heard(), "Asterisk hangs", "core show uptime"),
    ],
)
def test_a_port_that_is_not_ami(heard: Heard, cause: str, cure: str) -> None:
    """It is told what listens there instead."""
    found = last(failure=ConnectionFailed("greeting", "x"), heard=heard)
    assert (found.step, found.text) == ("greeting", "5038 is open and says nothing")
    assert cause in found.cause
    assert cure in found.cure


@pytest.mark.parametrize(
    ("text", "heard", "cause", "cure"),
    [
        ("no TLS", Heard(AMI), "AMI without TLS", "port: 5039"),
        ("no TLS", Heard(b"SSH-2.0-x"), "An SSH server", "manager show settings"),
        ("no TLS", Heard(), "speaks no TLS", "manager show settings"),
        ("certificate has expired", Heard(b"", AMI), "out of date", "tlscertfile"),
        ("certificate is not valid for 'pbx'", Heard(b"", AMI), "another name", "server_name"),
        ("unable to get local issuer certificate", Heard(b"", AMI), "has signed", "ca_file"),
        ("self-signed certificate", Heard(b"", AMI), "has signed", "ca_file"),
        ("unsupported protocol", Heard(b"", AMI), "do not agree", "openssl s_client"),
    ],
)
def test_tls(text: str, heard: Heard, cause: str, cure: str) -> None:
    """The reason of the certificate, or what listens there instead."""
    found = last(OVER_TLS, ConnectionFailed("tls", text), heard=heard)
    assert (found.step, found.text) == ("tls", text)
    assert cause in found.cause
    assert cure in found.cure


def test_a_refused_tls_port_needs_other_lines() -> None:
    """AMI has a TLS port of its own."""
    found = last(OVER_TLS, ConnectionFailed("refused", "x"))
    assert "tlsenable = yes\ntlsbindaddr = 0.0.0.0:5039\ntlscertfile = " in found.cure


def test_a_login_that_works() -> None:
    """Every step is there; in clear is a hint, unless it stays on the machine."""
    attempt = Attempt(Endpoint("localhost"), "exporter", addresses=("127.0.0.1", "::1"), greeting="5.0.4")
    found = connection(attempt)
    assert [(each.step, each.state) for each in found] == [
        (step, "ok") for step in ("name", "port", "greeting", "login")
    ]
    assert found[2].text == "Asterisk Call Manager/5.0.4"
    clear = last(greeting="5.0.4")
    assert (clear.step, clear.state) == ("login", "hint")
    assert "tlsenable = yes" in clear.cure
    assert last(OVER_TLS, greeting="5.0.4").state == "ok"


@pytest.mark.parametrize(
    ("tls", "days", "state", "text"),
    [
        (TLS(), 300.0, "ok", "good for 300 days"),
        (TLS(), 3.0, "hint", "ends in 3 days"),
        (TLS(insecure_skip_verify=True), None, "hint", "any certificate would do"),
    ],
)
def test_a_certificate(tls: TLS, days: float | None, state: str, text: str) -> None:
    """One that ends soon, or that nobody looks at, is a hint."""
    attempt = Attempt(Endpoint("192.0.2.1", 5039, tls), "exporter", certificate_days=days, greeting="5.0.4")
    found = {each.step: each for each in connection(attempt)}["tls"]
    assert found.state == state
    assert text in found.text
