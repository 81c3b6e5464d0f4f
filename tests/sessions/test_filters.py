"""Only the events that are needed come from a real Asterisk: by the mask, and by filters."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.ami import Client, Credentials, Endpoint
from exporter.collectors import COLLECTORS
from exporter.metrics.catalogue import manager_conf, mask, wanted, writes
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls
from tests.proof.truth import still

pytestmark = pytest.mark.lab

SECONDS = 15
# Who may set filters himself needs no lines in manager.conf.
MODEST = [collector for collector in COLLECTORS.values() if "system" not in writes([collector])]
LISTS = ("CoreShowChannels", "QueueStatus", "BridgeList")


class Listener:
    """A session, and what came in it since it was last reset."""

    def __init__(self, client: Client, may_filter: bool) -> None:
        self.client = client
        self.may_filter = may_filter
        self.reset()

    def reset(self) -> None:
        """What came up to now does not count."""
        self._bytes = self.client.bytes_received
        self._events = self.client.session.events.copy()
        self._unwanted = self.client.session.unwanted

    @property
    def bytes(self) -> int:
        """Bytes received."""
        return self.client.bytes_received - self._bytes

    @property
    def events(self) -> Counter[str]:
        """Events received, by name."""
        return self.client.session.events - self._events

    @property
    def unwanted(self) -> int:
        """Events that came for nothing."""
        return self.client.session.unwanted - self._unwanted


@asynccontextmanager
async def listening(
    asterisk: Asterisk, user: str, events: str, names: frozenset[str] | None
) -> AsyncIterator[Listener]:
    """A session of that user, until the block ends."""
    client = await Client.connect(
        Endpoint("127.0.0.1", asterisk.ami_port),
        Credentials(user, f"{user}-secret"),
        mask=events,
        wanted=names,
    )
    try:
        offered = (await client.ask("ListCommands")).response
        yield Listener(client, offered.get("Filter") is not None)
    finally:
        await client.close()


async def quiet(asterisk: Asterisk, *listeners: Listener) -> None:
    """Wait until nothing happens any more, and all have heard what did."""
    await asyncio.to_thread(still, asterisk, 2)
    for listener in listeners:
        for _ in range(2):  # what Asterisk sits on comes with the next byte from us
            await listener.client.ask("Ping")


@asynccontextmanager
async def least(asterisk: Asterisk) -> AsyncIterator[str]:
    """A user with the section that is printed for him, until the block ends."""
    text = manager_conf(MODEST, "least", ["lab"], loopback=True)
    text = text.replace("<the secret of the exporter's configuration>", "least-secret")
    asterisk.write_config("manager.conf", asterisk.config("manager.conf") + "\n" + text)
    asterisk.manager_reload()
    try:
        yield "least"
    finally:
        asterisk.restore_config("manager.conf")
        asterisk.manager_reload()


async def test_the_mask_brings_less_and_the_filter_brings_no_more_than_is_needed(asterisk: Asterisk) -> None:
    """Four sessions hear the same calls: each counts the same events that it wants, in ever fewer bytes."""
    names, classes = wanted(MODEST), mask(MODEST)
    async with (
        least(asterisk) as user,
        listening(asterisk, "admin", "all", None) as everything,
        listening(asterisk, "monitor", classes, names) as masked,
        listening(asterisk, "admin", classes, names) as filtered,
        listening(asterisk, user, classes, names) as configured,
    ):
        every = (everything, masked, filtered, configured)
        assert [each.may_filter for each in every] == [True, False, True, False]
        await filtered.client.intake.filter()
        await quiet(asterisk, *every)
        for each in every:
            each.reset()
        started = time.monotonic()
        with Calls(asterisk, SECONDS) as calls:
            await asyncio.sleep(SECONDS / 2)
            lists = [[await each.client.ask(name) for name in LISTS] for each in (filtered, configured)]
            lists += [[await each.client.ask(name) for name in LISTS] for each in (everything, masked)]
            await asyncio.to_thread(calls.wait)
        await quiet(asterisk, *every)
        seconds = time.monotonic() - started
    for replies in lists:  # a filter keeps back no item of a list
        assert all(reply.items and reply.anomaly is None for reply in replies)
    counts = Counter({name: n for name, n in everything.events.items() if name in names})
    assert min(counts[name] for name in ("Newchannel", "Newstate", "Hangup")) > 20
    assert everything.events.keys() & {"HangupRequest", "SoftHangupRequest"}  # names that go on
    assert masked.events == filtered.events == configured.events == counts
    assert masked.unwanted > 0 == filtered.unwanted == configured.unwanted
    rates = {
        name: each.bytes / seconds
        for name, each in zip(("all", "mask", "filter", "eventfilter"), every, strict=True)
    }
    figures = ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items())
    print(f"Asterisk {asterisk.version}, bytes a second: {figures}")
    assert rates["filter"] < rates["mask"] < rates["all"]
    assert rates["eventfilter"] < rates["mask"]


async def test_a_live_session_is_widened(asterisk: Asterisk) -> None:
    """A class and names that are wanted later come on the same session, and no others."""
    async with listening(asterisk, "admin", "system", frozenset({"Newchannel"})) as listener:
        intake = listener.client.intake
        await intake.filter()
        await quiet(asterisk, listener)
        listener.reset()
        await one_call(asterisk, listener)
        assert listener.events == {}
        await intake.widen(["Hangup"], "call")
        await one_call(asterisk, listener)
        assert listener.events == {"Newchannel": 2, "Hangup": 2}
        assert intake.mask == "system,call"
        assert listener.unwanted == 0


async def one_call(asterisk: Asterisk, listener: Listener) -> None:
    """Two channels come and go, and all that is said of them is heard."""
    asterisk.cli("channel originate Local/101@lab application Wait 1")
    await quiet(asterisk, listener)
