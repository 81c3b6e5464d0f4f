"""From the facts of one attempt to log in to findings: how far it came, why no further, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.ami import ConnectionFailed, Endpoint
from exporter.diagnosis import cures
from exporter.diagnosis.findings import Finding
from exporter.diagnosis.looks import Heard, looks_like


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known after an attempt to log in.

    Attributes:
        addresses: those of the host; none: its name was not resolved.
        own: our own address on the way there; empty: not known.
        spoke: whether the far end said anything.
        greeting: the AMI version that it greeted with.
        heard: what a port that does not greet as Asterisk does said when it was asked otherwise.
        certificate_days: how long the certificate is still good for.
    """

    endpoint: Endpoint
    username: str
    login: str = "challenge"
    addresses: tuple[str, ...] = ()
    own: str = ""
    spoke: bool = False
    greeting: str | None = None
    heard: Heard = field(default_factory=Heard)
    certificate_days: float | None = None
    failure: ConnectionFailed | None = None

    @property
    def loopback(self) -> bool:
        """Whether what is sent stays on this machine."""
        return all(Endpoint(address).loopback for address in self.addresses)

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of a login, in their order."""
        return ("name", "port", *(("tls",) if self.endpoint.tls else ()), "greeting", "login")

    @property
    def failed_step(self) -> str | None:
        """The step that failed; None if all went well."""
        if self.failure is None:
            return None
        reason = self.failure.reason
        if reason == "dns":
            return "name"
        if reason in ("tls", "greeting"):
            return reason
        if self.greeting is not None or reason in ("auth", "in_use"):
            return "login"
        return "greeting" if reason in ("closed", "protocol") or self.spoke else "port"


def connection(attempt: Attempt) -> list[Finding]:
    """A finding for each step of the login, up to the one that failed."""
    findings: list[Finding] = []
    for step in attempt.steps:
        if step == attempt.failed_step:
            return [*findings, _failed(step, attempt)]
        findings.append(_passed(step, attempt))
    return findings


def _passed(step: str, attempt: Attempt) -> Finding:
    match step:
        case "name":
            return Finding(step, "ok", ", ".join(attempt.addresses))
        case "port":
            return Finding(step, "ok", f"{attempt.endpoint.port} is open")
        case "tls":
            return _certificate(attempt)
        case "greeting":
            return Finding(step, "ok", f"Asterisk Call Manager/{attempt.greeting}")
    how = "by challenge" if attempt.login == "challenge" else "with the secret in plain text"
    text = f"as {attempt.username}, {how}"
    if attempt.endpoint.tls or attempt.loopback:
        return Finding(step, "ok", text)
    return Finding(step, "hint", f"{text}; all that is said crosses the network in clear", *cures.in_clear())


def _certificate(attempt: Attempt) -> Finding:
    tls, days = attempt.endpoint.tls, attempt.certificate_days
    if tls and tls.insecure_skip_verify:
        return Finding("tls", "hint", "any certificate would do", *cures.unverified())
    if days is not None and days < cures.SOON:
        return Finding("tls", "hint", f"the certificate ends in {days:.0f} days", *cures.ends_soon())
    good = "" if days is None else f", which is good for {days:.0f} days"
    return Finding("tls", "ok", f"with a certificate that fits{good}")


def _words(failure: ConnectionFailed, attempt: Attempt) -> str:
    if failure.reason == "auth":
        return f"Asterisk refused the login of {attempt.username}"
    if failure.reason == "greeting" and not attempt.spoke:
        return f"{attempt.endpoint.port} is open and says nothing"
    return str(failure)


def _failed(step: str, attempt: Attempt) -> Finding:
    failure, endpoint = attempt.failure, attempt.endpoint
    assert failure is not None  # noqa: S101  # a step failed
    text = _words(failure, attempt)
    match step:
        case "name":
            cause, cure = cures.name(endpoint.host)
        case "port":
            cause, cure = cures.port(failure.reason, endpoint, attempt.own)
        case "tls":
            cause, cure = cures.tls(text, endpoint, looks_like(attempt.heard))
        case "greeting" if failure.reason == "closed":
            cause, cure = cures.closed_at_once()
        case "greeting":
            cause, cure = cures.greeting(looks_like(attempt.heard))
        case _:
            cause, cure = cures.login(failure.reason, attempt.username, attempt.own)
    return Finding(step, "fail", text, cause, cure)
