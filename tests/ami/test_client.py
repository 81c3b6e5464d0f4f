"""The client on a real socket: logging in and asking."""

from __future__ import annotations

import asyncio

import pytest

from exporter.ami import Action, ActionFailed, LocalProtocolError, Message

from .build import event
from .scripted import BOOTED, Peer, Scripted, idle


async def test_a_login_that_comes_in_one_segment_with_events_loses_none() -> None:
    """What is glued to the accepted login is heard, in order, before connect returns."""
    events: list[Message] = []

    async def script(peer: Peer) -> None:
        await peer.login(then=BOOTED + event("Newchannel", "Uniqueid: 1"))
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(wanted=["Newchannel"], on_event=events.append)
        assert (await client.booted).get("Status") == "Fully Booted"
        assert [item.name for item in events] == ["FullyBooted", "Newchannel"]
        assert client.session.greeting == "11.0.0"
        assert getattr(client._transport, "max_size", 0) == 32_768  # larger reads cost page faults
        assert client.bytes_received > 0 < client.bytes_sent
        await client.close()


async def test_the_mask_is_sent_and_read_back() -> None:
    """The classes of events are asked for at the login and once more."""
    sent: list[str] = []

    async def script(peer: Peer) -> None:
        await peer.login()
        sent.append((await peer.answer("Events", "Events: On"))["EventMask"])
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(mask="system,call")
        await client.close()
    assert sent == ["system,call"]


async def test_a_list_is_one_answer() -> None:
    """A question waits for its whole list."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.list("CoreShowChannels", "CoreShowChannel", 3, "CoreShowChannelsComplete")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect()
        reply = await client.ask("CoreShowChannels")
        assert [item.get("Number") for item in reply.items] == ["0", "1", "2"]
        await client.close()


async def test_many_questions_at_once_go_out_one_after_another() -> None:
    """No more than one action is in a write, and none before the last one was answered."""

    async def script(peer: Peer) -> None:
        await peer.login()
        for _ in range(20):
            await peer.answer("MailboxCount", "Value: 1")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect()
        replies = await asyncio.gather(*[client.ask("MailboxCount", Mailbox=f"V{n}") for n in range(20)])
        await client.close()
        await server.played()
        reads = server.peers[0].reads
    assert [dict(reply.action.headers)["Mailbox"] for reply in replies] == [f"V{n}" for n in range(20)]
    assert len(reads) == 23
    assert all(read.count(b"\r\n\r\n") == 1 and read.endswith(b"\r\n\r\n") for read in reads)


@pytest.mark.parametrize("bad", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b", "x" * 2048])
async def test_nothing_that_could_be_another_action_reaches_the_wire(bad: str) -> None:
    """Every way in refuses CR, LF, NUL and 2 KiB, as a value and as a name, and writes nothing."""
    async with Scripted(idle) as server:
        client = await server.connect()
        sent = client.bytes_sent
        for attempt in (
            client.ask("MailboxCount", Mailbox=bad),
            client.ask("MailboxCount", **{bad: "x"}),
            client.ask(bad),
            client.send(Action(bad)),
            client.send(Action("Getvar", [(bad, "x")])),
            client.send(Action("Getvar", [("Variable", bad)])),
        ):
            with pytest.raises(LocalProtocolError):
                await attempt
        assert client.bytes_sent == sent
        await client.close()


@pytest.mark.parametrize("action", ["Originate", "QueueReset", "Logoff", "Login", "DBPut", "PJSIPShowAuths"])
async def test_only_reading_actions_can_be_asked(action: str) -> None:
    """An action that is not in the table is refused before it is written."""
    async with Scripted(idle) as server:
        client = await server.connect()
        with pytest.raises(LocalProtocolError, match="may do more than read"):
            await client.ask(action)
        await client.close()


async def test_a_refused_action_raises_with_its_reason() -> None:
    """Denied is told from unknown, and the session goes on."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.answer("Agents", "Message: Permission denied", word="Error")
        await peer.answer("SIPpeers", "Message: Invalid/unknown command: SIPpeers.", word="Error")
        await peer.answer("CoreStatus", "CoreCurrentCalls: 0")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect()
        for action, reason in (("Agents", "denied"), ("SIPpeers", "unknown")):
            with pytest.raises(ActionFailed) as failed:
                await client.ask(action)
            assert failed.value.reason == reason
        assert (await client.ask("CoreStatus")).response.get("CoreCurrentCalls") == "0"
        await client.close()
