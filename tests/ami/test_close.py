"""Closing: at any time, twice, with nobody there, and what becomes of those who wait."""

from __future__ import annotations

import asyncio
import time

import pytest

from exporter.ami import ActionFailed, ConnectionFailed

from .leaks import nothing_left
from .scripted import Peer, Scripted, idle

LIST = ("CoreShowChannels", "CoreShowChannel", 200, "CoreShowChannelsComplete")


async def test_closing_twice_and_at_once_is_closing() -> None:
    """Whoever closes waits until it is closed, and one Logoff is sent."""
    async with nothing_left(), Scripted(idle) as server:
        client = await server.connect()
        await asyncio.gather(client.close(), client.close())
        await client.close()
        assert str(client.closed.result()).endswith("closed by us")
        await server.played()
        assert b"".join(server.peers[0].reads).count(b"Action: Logoff") == 1
        del client


async def test_closing_during_a_question_fails_it_and_still_says_goodbye() -> None:
    """On SIGTERM nobody waits for a list; the Logoff goes out after it all the same."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.heard("CoreShowChannels")
        await peer.goodbye()

    async with nothing_left(), Scripted(script) as server:
        client = await server.connect()
        questions = [asyncio.create_task(client.ask("CoreShowChannels", 9.0)) for _ in range(3)]
        await asyncio.sleep(0.02)
        started = time.monotonic()
        await client.close()
        assert time.monotonic() - started < 0.4
        for failed in await asyncio.gather(*questions, return_exceptions=True):
            assert isinstance(failed, ActionFailed)
            assert failed.reason == "closed"
        await server.played()
        assert b"Action: Logoff" in server.peers[0].reads[-1]
        del client, questions, failed


async def test_closing_takes_no_longer_than_it_says_when_nobody_answers() -> None:
    """A PBX that hangs does not hold up the exit."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.gone()

    async with nothing_left(), Scripted(script) as server:
        client = await server.connect()
        started = time.monotonic()
        await client.close()
        assert 0.4 < time.monotonic() - started < 1.5
        del client


async def test_a_question_to_a_dead_session_fails_at_once() -> None:
    """It does not wait for a deadline, neither after our close nor after theirs."""

    async def script(peer: Peer) -> None:
        await peer.login()

    async with Scripted(script, idle) as server:
        dead, closed = await server.connect(), await server.connect()
        assert (await dead.closed).reason == "closed"
        await closed.close()
        for client in (dead, closed):
            started = time.monotonic()
            with pytest.raises(ActionFailed, match="CoreStatus: ") as failed:
                await client.ask("CoreStatus")
            assert failed.value.reason == "closed"
            assert time.monotonic() - started < 0.1


async def test_whoever_waits_for_the_boot_learns_that_the_session_died() -> None:
    """The future of FullyBooted fails with the session, as every other one."""

    async def script(peer: Peer) -> None:
        await peer.login(then=b"")

    async with Scripted(script) as server:
        client = await server.connect()
        with pytest.raises(ConnectionFailed, match="closed by Asterisk"):
            await asyncio.wait_for(client.booted, 1.0)
