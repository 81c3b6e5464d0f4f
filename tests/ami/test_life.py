"""The life of a client: cancelled anywhere, closed at any time, made and ended a thousand times."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.ami import ActionFailed, Client, ConnectionFailed

from .build import packet
from .scripted import Peer, Scripted, idle, until

LIST = ("CoreShowChannels", "CoreShowChannel", 200, "CoreShowChannelsComplete")


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Whatever happens inside leaves no task, no client and no descriptor."""
    asyncio.get_running_loop().set_exception_handler(lambda _, context: pytest.fail(str(context)))
    tasks, open_before = asyncio.all_tasks(), descriptors()
    yield
    await until(lambda: asyncio.all_tasks() == tasks and descriptors() <= open_before)
    gc.collect()
    assert not [item for item in gc.get_objects() if isinstance(item, Client)]


async def serve(peer: Peer) -> None:
    """Log in and answer whatever comes, a list in two pieces."""
    await peer.login()
    while True:
        action = await peer.heard()
        own = f"ActionID: {action['ActionID']}"
        await peer.say(packet("Response: Success", own, *(["EventList: start"] * (len(action) == 2))))
        await asyncio.sleep(0)
        await peer.say(packet("Event: CoreShowChannelsComplete", own, "EventList: Complete"))
        if action["Action"] == "Logoff":
            return


async def talk(server: Scripted) -> None:
    """Everything that a client does, once."""
    client = await server.connect()
    try:
        assert (await client.ask("CoreShowChannels")).items == []
    finally:
        await client.close()


async def test_a_thousand_connections_leave_nothing_behind() -> None:
    """No task, no future, no client and no descriptor stays of a session that ended."""
    async with nothing_left(), Scripted(idle) as server:
        for _ in range(1000):
            client = await server.connect()
            await client.close()
            assert client.closed.result().reason == "closed"
        del client
        assert server.connections == 1000
        server.peers.clear()


async def test_cancelling_at_every_await_leaves_nothing_behind() -> None:
    """Connecting, logging in, asking, in the middle of a list, closing: a cancelled client is gone."""
    stages = set()
    async with nothing_left():
        for steps in range(100):
            async with Scripted(serve) as server:
                task = asyncio.create_task(talk(server))
                for _ in range(steps):
                    await asyncio.sleep(0)
                stages.add(sum(len(peer.reads) for peer in server.peers))
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait_for(task, 2.0)
    assert stages == {0, 1, 2, 3, 4}  # nothing, challenge, login, question, goodbye


async def test_a_question_cancelled_in_the_middle_of_its_list_leaves_the_next_one_its_own_answer() -> None:
    """The rest of the list is passed over, whatever has come of it already."""
    half = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.login()
        action = await peer.heard("CoreShowChannels")
        own = f"ActionID: {action['ActionID']}"
        item = packet("Event: CoreShowChannel", own, "Number: 0")
        await peer.say(packet("Response: Success", own, "EventList: start"), item)
        half.set()
        rest = packet("Event: CoreShowChannelsComplete", own, "EventList: Complete")
        await peer.list(*LIST, first=item + rest)
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect()
        task = asyncio.create_task(client.ask("CoreShowChannels"))
        await half.wait()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        reply = await client.ask("CoreShowChannels")
        assert len(reply.items) == 200
        assert client.session.anomalies == {}
        await client.close()


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.005, 0.02])
async def test_a_question_cancelled_on_its_way_never_answers_another(delay: float) -> None:
    """Each question gets the answer to itself, also when those before it were cancelled at any moment."""

    async def script(peer: Peer) -> None:
        await peer.login()
        while True:
            action = await peer.heard("Getvar")
            await asyncio.sleep(0.002)
            own = f"ActionID: {action['ActionID']}"
            await peer.say(packet("Response: Success", own, f"Value: {action['Variable']}"))

    async with Scripted(script) as server:
        client = await server.connect()
        for n in range(20):
            task = asyncio.create_task(client.ask("Getvar", Variable=f"lost{n}"))
            await asyncio.sleep(delay)
            task.cancel()
            reply = await client.ask("Getvar", Variable=f"kept{n}")
            assert reply.response.get("Value") == f"kept{n}"
        client._close(ConnectionFailed("closed", "enough"))


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
        assert 0.4 < time.monotonic() - started < 0.8
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


async def test_a_connection_attempt_can_be_given_up_at_any_time() -> None:
    """Closing while connecting is cancelling: nothing is left, and the far end sees the close."""
    async with nothing_left(), Scripted(Peer.gone) as server:
        for delay in (0.0, 0.001, 0.01, 0.1):
            task = asyncio.create_task(server.connect())
            await asyncio.sleep(delay)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await server.played()
