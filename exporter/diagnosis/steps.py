"""Takes the steps to one server, one after the other, and collects what was seen. No step waits over 10 s."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from exporter.ami import (
    ActionFailed,
    AMIError,
    Client,
    ConnectionFailed,
    Credentials,
    Endpoint,
    Message,
    Timing,
    in_thread,
)
from exporter.config import Config, Server
from exporter.diagnosis import answers, cures, hearing, rights
from exporter.diagnosis.asking import ask_all
from exporter.diagnosis.attempt import Attempt, connection
from exporter.diagnosis.findings import Diagnosis, Finding
from exporter.diagnosis.hearing import Overheard
from exporter.diagnosis.knock import knock
from exporter.diagnosis.rights import Needs, Offer
from exporter.pbx.state import Pbx

TIMING = Timing(connect=10.0, greeting=5.0, login=10.0, action=7.0, ping=3.0)
LISTEN = 3.0  # s for events, from the login on
BOOT = 10.0  # s until we say that it still boots
BOOT_LOOK = 2.0  # s between two looks at what is offered
_FIRST = 100  # bytes in which a greeting stands whole
SETTLE = 1.0  # s after which an event is late

Progress = Callable[[str], None]


async def diagnose(config: Config, server: Server, progress: Progress = lambda _: None) -> Diagnosis:
    """Try everything with a server, as far as it goes.

    Args:
        progress: is told the name of each step as it begins.
    """
    result = Diagnosis(server.name, str(server.endpoint()), server.username)
    session = _Session(config, server, progress)
    try:
        credentials = await in_thread(server.credentials)
    except ConnectionFailed as error:
        result.findings.append(Finding("secret", "fail", str(error), *cures.secret()))
        return result
    attempt = await session.login(credentials)
    result.findings += connection(attempt)
    if session.client is None:
        return result
    try:
        await session.look(session.client, result.findings)
    except AMIError as error:
        cause = "Asterisk ended the session, or does not answer any more."
        result.findings.append(Finding("session", "fail", str(error), cause, "check again in a minute"))
    finally:
        await session.client.close()
    return result


@dataclass
class _Session:
    config: Config
    server: Server
    progress: Progress
    client: Client | None = None
    heard_names: set[str] = field(default_factory=set)
    heard_classes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        server = self.server
        collectors = self.config.declarations(server.name)
        intervals = {name: self.config.settings(server.name, name).interval for name in server.collectors}
        self.needs = Needs(collectors, server.named | self.config.custom.keys(), server.username)
        self.pbx = Pbx(server.name, collectors, intervals, named=server.named)

    # -- the way there -------------------------------------------------------------------------

    async def login(self, credentials: Credentials) -> Attempt:
        """Log in; what was seen on the way."""
        server, endpoint = self.server, self.server.endpoint()
        attempt = Attempt(endpoint, server.username, server.login)
        self.progress("name")
        try:
            addresses = await _addresses(endpoint)
            attempt = replace(attempt, addresses=addresses, own=_own_address(addresses[0]))
        except ConnectionFailed as error:
            return replace(attempt, failure=error)
        self.progress("login")
        said = bytearray()

        def hear(data: bytes, sent: bool) -> None:
            if not sent and len(said) < _FIRST:
                said.extend(data)

        try:
            self.client = client = await Client.connect(
                endpoint,
                credentials,
                mask=",".join(self.needs.reads),
                wanted=None,
                on_event=self._hear,
                tap=hear,
                timing=TIMING,
            )
        except ConnectionFailed as error:
            attempt = replace(attempt, spoke=bool(said), greeting=_greeting(bytes(said)), failure=error)
            if attempt.failed_step in ("tls", "greeting"):
                self.progress("what listens there")
                attempt = replace(attempt, heard=await knock(endpoint))
            return attempt
        expiry = client.certificate_expiry
        days = (expiry - time.time()) / 86_400 if expiry is not None else None
        return replace(attempt, spoke=True, greeting=client.session.greeting, certificate_days=days)

    def _hear(self, event: Message) -> None:
        self.heard_names.add(event.name)
        self.heard_classes.update((event.get("Privilege") or "").split(","))

    # -- what it brings ------------------------------------------------------------------------

    async def look(self, client: Client, findings: list[Finding]) -> None:
        """Add all that can be seen by a session that stands. Raises AMIError if it ends."""
        needs, began = self.needs, time.monotonic()
        self.progress("rights")
        before = await client.ask("ListCommands")
        self.progress("booted")
        event, reply = await self._boot(client, before.response)
        offer = Offer(reply or before.response)
        uptime = event.get("Uptime") if event else None
        findings.append(rights.rights(needs, offer))
        findings.append(hearing.boot(event is not None, reply is not None, needs, uptime))
        channels = await self._channels(client, offer)
        asked = await ask_all(client, self.pbx, offer, self.progress)
        self.progress("events")
        heard = await self._listen(client, offer, channels, began)
        findings += hearing.events(needs, heard)
        findings.append(hearing.filters(needs, offer, heard))
        for each in needs.collectors:
            answered = [answers.of(poll, asked[poll.question]) for poll in each.polls]
            classes = answers.Classes(heard.classes, hearing.withheld(needs, heard))
            findings.append(answers.collector(each, answered, needs, offer.held, classes))

    async def _boot(self, client: Client, offered: Message) -> tuple[Message | None, Message | None]:
        """FullyBooted, if it comes; and what is offered, once that grows no more."""
        deadline = time.monotonic() + BOOT
        while time.monotonic() < deadline:
            await asyncio.wait(
                (client.booted, client.closed), timeout=BOOT_LOOK, return_when="FIRST_COMPLETED"
            )
            reply = await client.ask("ListCommands")
            if client.booted.done():
                return client.booted.result(), reply.response
            if reply.response.headers[2:] == offered.headers[2:]:
                return None, reply.response
            offered = reply.response
        return None, None

    async def _channels(self, client: Client, offer: Offer) -> set[str] | None:
        """The channels that there are, by unique id; None if that cannot be known."""
        if "CoreShowChannels" not in offer:
            return None
        try:
            reply = await client.ask("CoreShowChannels")
        except ActionFailed as error:
            if error.reason == "closed":
                raise
            return None
        return {item.get("Uniqueid") or "" for item in reply.items}

    async def _listen(self, client: Client, offer: Offer, before: set[str] | None, began: float) -> Overheard:
        await asyncio.sleep(began + LISTEN - time.monotonic())
        after = await self._channels(client, offer)
        changed = None not in (before, after) and before != after
        if changed and "call" not in self.heard_classes:
            await asyncio.sleep(SETTLE)
        await client.ask("Ping")  # what Asterisk sits on comes with the next byte from us
        names, classes = frozenset(self.heard_names), frozenset(self.heard_classes)
        return Overheard(names, classes, time.monotonic() - began, changed)


async def _addresses(endpoint: Endpoint) -> tuple[str, ...]:
    """The addresses of the host. Raises ConnectionFailed("dns")."""
    try:
        async with asyncio.timeout(TIMING.connect):
            found = await in_thread(
                lambda: socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
            )
    except (OSError, UnicodeError) as error:  # a time-out is an OSError too
        text = getattr(error, "strerror", None) or str(error) or f"no answer in {TIMING.connect:g} s"
        raise ConnectionFailed("dns", f"cannot resolve {endpoint.host!r}: {text}") from error
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _own_address(address: str) -> str:
    """The address from which this machine would speak to that one; empty if it has no way there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 9))  # of UDP: nothing is sent
        return str(sock.getsockname()[0])
    return ""


def _greeting(said: bytes) -> str | None:
    """The AMI version in what was said first."""
    first, _, version = said.partition(b"\n")[0].strip().partition(b" Call Manager/")
    return version.decode("ascii", "replace") if version and first else None
