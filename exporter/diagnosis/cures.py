"""Why there is no session, and what mends it: for each way to fail a cause, and lines that say what to do."""

from __future__ import annotations

from exporter.ami import Endpoint
from exporter.diagnosis.looks import Looks

SOON = 14  # days
RELOAD = "then: asterisk -rx 'manager reload'"

_NOT_AMI: dict[Looks, str] = {
    "ssh": "An SSH server listens there.",
    "http": "A web server listens there, perhaps that of Asterisk.",
    "sip": "A SIP server listens there.",
    "tls": "That is a TLS port, and not of AMI: HTTPS, or SIP over TLS.",
    "other": "Something else than AMI listens there.",
}
_FIND_PORT = "the PBX tells which port AMI has: asterisk -rx 'manager show settings'"
_ANSWERS = "see whether it answers on the PBX: asterisk -rx 'core show uptime'"
_AUTHORITY = "tls: {ca_file: <the authority's certificate>}"
_NEW_CERTIFICATE = f"make a new certificate for tlscertfile in manager.conf, {RELOAD}"


def _cure(cause: str, *lines: str) -> tuple[str, str]:
    return cause, "\n".join(lines)


def name(host: str) -> tuple[str, str]:
    """The host has no address."""
    return _cure(
        "The name is misspelt, or this machine's name server does not know it or does not answer.",
        f"see what this machine knows: getent hosts {host}",
        "or write the address into `host`",
    )


def secret() -> tuple[str, str]:
    """The secret cannot be read."""
    return _cure(
        "The file with the secret was changed since the configuration was read.", "look at secret_file"
    )


def port(reason: str, endpoint: Endpoint, own: str) -> tuple[str, str]:
    """The port cannot be had."""
    us = f" from {own}" if own else ""
    if reason == "refused":
        return _refused(endpoint)
    if reason == "unreachable":
        return _cure(
            "No way leads there: a wrong address, a missing route, or a firewall that says no.",
            f"ask: may this machine reach {endpoint.host}{us} at all? Does it answer a ping?",
        )
    return _cure(
        "Nobody answered: a firewall drops what is sent, or there is no such machine.",
        f"ask: does each firewall on the way, and on the PBX, let TCP port {endpoint.port} through{us}?",
    )


def _refused(endpoint: Endpoint) -> tuple[str, str]:
    bind = "127.0.0.1" if endpoint.loopback else "0.0.0.0"  # noqa: S104  # what Asterisk is to be told
    lines = [f"bindaddr = {bind}", f"port = {endpoint.port}"]
    if endpoint.tls:
        lines = ["tlsenable = yes", f"tlsbindaddr = {bind}:{endpoint.port}", "tlscertfile = <its file>"]
    return _cure(
        "Nobody listens there: AMI is off, has another port or only an address of the PBX that is not this "
        "one, or Asterisk does not run.",
        "in [general] of manager.conf:",
        "enabled = yes",
        *lines,
        RELOAD,
        _FIND_PORT,
    )


def tls(text: str, endpoint: Endpoint, looks: Looks) -> tuple[str, str]:
    """TLS does not stand."""
    if looks == "ami":
        return _cure(
            "That is the port of AMI without TLS.",
            "give the port that tlsbindaddr in manager.conf names, 5039 unless it names another:",
            "port: 5039",
            "or take `tls` out of the configuration",
        )
    if looks not in ("ami over tls", "tls"):
        return _cure(_NOT_AMI.get(looks, "What listens there speaks no TLS."), _FIND_PORT)
    if "expired" in text or "not yet valid" in text:
        return _cure("The certificate is out of date, or a clock is wrong.", _NEW_CERTIFICATE)
    if "not valid for" in text:
        return _cure(
            "The certificate is for another name.",
            "write the name that stands in it:",
            "tls: {server_name: <the name in the certificate>}",
        )
    if "issuer" in text or "self-signed" in text or "self signed" in text:
        return _cure(
            "Nobody whom ca_file, or without it this machine, knows has signed the certificate.",
            "name the authority that signed it; a certificate that signed itself is its own:",
            _AUTHORITY,
        )
    return _cure(
        "The two sides do not agree on how to speak TLS.",
        f"see what it says: openssl s_client -connect {endpoint}",
    )


def unverified() -> tuple[str, str]:
    """Any certificate is taken."""
    return _cure("insecure_skip_verify is on: whoever sits on the way can read along.", _AUTHORITY)


def ends_soon() -> tuple[str, str]:
    """The certificate has not long to live."""
    return _cure("Nobody has renewed it yet.", _NEW_CERTIFICATE)


def in_clear() -> tuple[str, str]:
    """Nothing hides what is said."""
    return _cure(
        "Without `tls`, whoever listens on the way hears who calls whom, and can guess the secret.",
        "in [general] of manager.conf:",
        "tlsenable = yes",
        "tlsbindaddr = 0.0.0.0:5039",
        "tlscertfile = <its file>",
        RELOAD,
        "in the configuration:",
        "tls: {}",
    )


def closed_at_once() -> tuple[str, str]:
    """The port opens and closes."""
    return _cure(
        "Too many sessions have not logged in (authlimit), or what listens there wants nothing from us.",
        "see who they are: asterisk -rx 'manager show connected'",
        "in [general] of manager.conf:",
        "authlimit = 50",
        RELOAD,
    )


def greeting(looks: Looks) -> tuple[str, str]:
    """The port is open, and its greeting is missing or not Asterisk's."""
    if looks == "ami over tls":
        return _cure("That is the TLS port of AMI.", "tls: {}", "or give the port without TLS:", "port: 5038")
    if looks in ("silent", "ami"):
        return _cure("That is no AMI port, or Asterisk hangs and greets nobody.", _ANSWERS, _FIND_PORT)
    return _cure(_NOT_AMI[looks], _FIND_PORT)


def login(reason: str, username: str, own: str) -> tuple[str, str]:
    """Asterisk greeted, and the login failed."""
    if reason == "auth":
        permit = f"{own or '<our address>'}/{'128' if ':' in own else '255.255.255.255'}"
        return _cure(
            "Wrong name, wrong secret, or an address that permit, deny or acl refuses; Asterisk answers all "
            "of these alike.",
            "its log tells which (/var/log/asterisk/messages or full, notices on in logger.conf):",
            f"tried to authenticate with nonexistent user '{username}': there is no section [{username}]",
            f"failed to pass IP ACL as '{username}', after the address it sees: write permit = {permit}",
            f"only failed to authenticate as '{username}': write secret = <the secret of the configuration>",
            f"into the section [{username}] of manager.conf, {RELOAD}",
        )
    if reason == "in_use":
        return _cure(
            "Somebody is logged in as this user, perhaps the exporter itself, and it may be so only once.",
            f"in [general], or in the section [{username}], of manager.conf:",
            "allowmultiplelogin = yes",
            RELOAD,
        )
    if reason == "timeout":
        return _cure("Asterisk greeted, and answers nothing: it hangs, or is busy beyond measure.", _ANSWERS)
    return _cure(
        "Asterisk ended the session: it stops, or is about to start anew.", "check again in a minute"
    )
