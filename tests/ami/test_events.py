"""Events as they come: told in order, whatever the listener does, in any number."""

from __future__ import annotations

import asyncio
import time

import pytest

from exporter.ami import Message, Pong, Timing

from .build import event
from .scripted import Peer, Scripted, until


async def test_the_ping_tells_the_round_trip_and_the_clock() -> None:
    """It goes out on its own, and an old Asterisk without a stamp is fine."""
    pongs: list[Pong] = []

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.answer("Ping", "Ping: Pong", f"Timestamp: {time.time() + 100:.6f}")
        await peer.answer("Ping", "Ping: Pong")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(timing=Timing(ping_every=(0.02, 0.03)), on_pong=pongs.append)
        await until(lambda: len(pongs) == 2)
        await client.close()
    assert 0 < pongs[0].round_trip < 1
    assert pongs[0].clock_offset == pytest.approx(100, abs=1)
    assert pongs[1].clock_offset is None
    assert Pong.measured(1.5, 0.0, "9").clock_offset is None


async def test_a_ping_can_be_had_at_once() -> None:
    """Who has just logged in need not wait for the clock of the PBX."""
    pongs: list[Pong] = []

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.answer("Ping", "Ping: Pong", f"Timestamp: {time.time() - 100:.6f}")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(on_pong=pongs.append)
        await client.ping()
        assert pongs[0].clock_offset == pytest.approx(-100, abs=1)
        await client.close()


async def test_an_event_that_asterisk_sits_on_comes_with_the_next_ping() -> None:
    """Releases with a lost wake-up hold an event until our next byte: the Ping's period bounds the delay."""
    heard: list[Message] = []

    async def script(peer: Peer) -> None:
        await peer.login(then=b"")
        await peer.answer("Ping", "Ping: Pong", then=event("Hangup"))
        await peer.goodbye()

    async with Scripted(script) as server:
        timing = Timing(ping_every=(0.05, 0.1))
        client = await server.connect(timing=timing, wanted=["Hangup"], on_event=heard.append)
        await until(lambda: heard, 1.0)
        await client.close()


async def test_a_listener_that_fails_costs_neither_the_session_nor_the_next_event() -> None:
    """A fault in a handler is reported to the loop, and everything goes on."""
    told: list[str] = []
    reported: list[str] = []

    def listen(item: Message) -> None:
        told.append(item.name)
        raise KeyError("a bug")

    def pong(_: Pong) -> None:
        raise ValueError("another")

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.say(event("Newchannel"), event("Hangup"))
        for _ in range(2):
            await peer.answer("Ping", "Ping: Pong")
        await peer.answer("CoreStatus")
        await peer.goodbye()

    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    async with Scripted(script) as server:
        timing = Timing(ping_every=(0.02, 0.03))
        client = await server.connect(
            wanted=["Newchannel", "Hangup"], on_event=listen, on_pong=pong, timing=timing
        )
        await until(lambda: len(reported) == 5)
        await client.ask("CoreStatus")
        await client.close()
    assert told == ["FullyBooted", "Newchannel", "Hangup"]
    assert reported[1].startswith("A listener failed on <Event 'Newchannel'")


async def test_a_listener_never_waits_behind_a_burst() -> None:
    """A burst of events is read to its end while the loop stays alive: reading never pauses."""
    count = 20_000
    burst = b"".join(
        event("VarSet" if n % 5 else "Newstate", f"Channel: PJSIP/a-{n}", "Context: lab" * 10)
        for n in range(count)
    )
    heard, lags = 0, []

    def listen(_: Message) -> None:
        nonlocal heard
        heard += 1

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.say(burst)
        await peer.answer("Ping", "Ping: Pong")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(wanted=["Newstate"], on_event=listen)
        while heard < count // 5:
            started = time.monotonic()
            await asyncio.sleep(0.001)
            lags.append(time.monotonic() - started)
        await client.ask("Ping", 5.0)
        assert heard == count // 5 + 1
        assert client.session.unwanted == count - count // 5
        assert max(lags) < 1.0
        assert not client.closed.done()
        await client.close()
