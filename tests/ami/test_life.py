"""The life of a client: cancelled anywhere, made and ended a thousand times."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from exporter.ami import ConnectionFailed

from .build import packet
from .leaks import nothing_left
from .scripted import Peer, Scripted, idle

LIST = ("CoreShowChannels", "CoreShowChannel", 200, "CoreShowChannelsComplete")


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


async def test_hundreds_of_connections_leave_nothing_behind() -> None:
    """No task, no future, no client and no descriptor stays of a session that ended."""
    async with nothing_left(), Scripted(idle) as server:
        for _ in range(300):
            client = await server.connect()
            await client.close()
            assert client.closed.result().reason == "closed"
        del client
        assert server.connections == 300
        server.peers.clear()


@pytest.mark.parametrize("stage", range(5), ids=["connecting", "challenge", "login", "list", "goodbye"])
async def test_cancelling_at_every_await_leaves_nothing_behind(stage: int) -> None:
    """Connecting, logging in, asking, in the middle of a list, closing: a cancelled client is gone."""
    async with nothing_left():
        for steps in range(15):
            async with Scripted(serve) as server:
                task = asyncio.create_task(talk(server))
                while sum(len(peer.reads) for peer in server.peers) < stage:  # noqa: ASYNC110
                    await asyncio.sleep(0)
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait_for(task, 2.0)


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
            action = await peer.heard("MailboxCount")
            await asyncio.sleep(0.002)
            own = f"ActionID: {action['ActionID']}"
            await peer.say(packet("Response: Success", own, f"Value: {action['Mailbox']}"))

    async with Scripted(script) as server:
        client = await server.connect()
        for n in range(20):
            task = asyncio.create_task(client.ask("MailboxCount", Mailbox=f"lost{n}"))
            await asyncio.sleep(delay)
            task.cancel()
            reply = await client.ask("MailboxCount", Mailbox=f"kept{n}")
            assert reply.response.get("Value") == f"kept{n}"
        client._close(ConnectionFailed("closed", "enough"))


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
