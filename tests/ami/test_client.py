"""The client on a real socket: logging in, asking, being told."""

from __future__ import annotations

import asyncio
import time

import pytest

from exporter.ami import Action, ActionFailed, LocalProtocolError, Message, Pong, Timing

from .build import event
from .scripted import BOOTED, Peer, Scripted, idle, until


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
        assert getattr(client._transport, "max_size", 0) == 65_536  # larger reads cost page faults
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
            await peer.answer("Getvar", "Value: 1")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect()
        replies = await asyncio.gather(*[client.ask("Getvar", Variable=f"V{n}") for n in range(20)])
        await client.close()
        await server.played()
        reads = server.peers[0].reads
    assert [dict(reply.action.headers)["Variable"] for reply in replies] == [f"V{n}" for n in range(20)]
    assert len(reads) == 23
    assert all(read.count(b"\r\n\r\n") == 1 and read.endswith(b"\r\n\r\n") for read in reads)


@pytest.mark.parametrize("bad", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b", "x" * 2048])
async def test_nothing_that_could_be_another_action_reaches_the_wire(bad: str) -> None:
    """Every way in refuses CR, LF, NUL and 2 KiB, as a value and as a name, and writes nothing."""
    async with Scripted(idle) as server:
        client = await server.connect()
        sent = client.bytes_sent
        for attempt in (
            client.ask("Getvar", Variable=bad),
            client.ask("Getvar", **{bad: "x"}),
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
        with pytest.raises(LocalProtocolError, match="not one of the reading actions"):
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
