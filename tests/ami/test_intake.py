"""The events of a live session: its filters and its mask, which grow and never shrink."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from exporter.ami import ActionFailed, Client, LocalProtocolError
from exporter.ami.filters import EVERYTHING, expressions

from .build import event
from .scripted import BOOTED, Peer, Scripted

MANY = [f"AnEventOfAModuleNumber{n:03}" for n in range(100)]


def talk(*steps: Callable[[Peer], Awaitable[object]]) -> Scripted:
    """A server that logs in one client with a mask, plays the steps, and says goodbye."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.answer("Events", "Events: On")
        for step in steps:
            await step(peer)
        await peer.goodbye()

    return Scripted(script)


def granted(*names: str) -> Callable[[Peer], Awaitable[None]]:
    """A filter for these names, or for everything, is set."""

    async def step(peer: Peer) -> None:
        headers = await peer.answer("Filter", "Message: Success")
        assert headers["Operation"] == "Add"
        assert headers["Filter"] == (expressions(names)[0] if names else EVERYTHING)

    return step


def masked(mask: str, word: str = "On") -> Callable[[Peer], Awaitable[None]]:
    """The mask is set to this."""

    async def step(peer: Peer) -> None:
        headers = await peer.answer("Events", f"Events: {word}")
        assert headers["EventMask"] == mask

    return step


async def refused(peer: Peer) -> None:
    """Asterisk has no memory for it."""
    await peer.answer("Filter", "Message: Internal Error. Failed to allocate.", word="Error")


async def unheard(peer: Peer) -> None:
    """The answer does not come in time, the Ping's does."""
    await peer.heard("Filter")
    await peer.answer("Ping", "Ping: Pong")


async def logged_in(server: Scripted, *wanted: str) -> Client:
    """A client that is booted."""
    client = await server.connect(wanted=wanted, mask="system,call")
    await client.booted
    return client


async def test_the_filter_has_all_that_the_session_wants() -> None:
    """Also what the client itself needs: whatever no filter lets through is lost."""
    async with talk(granted("FullyBooted", "Hangup", "Newchannel")) as server:
        client = await logged_in(server, "Newchannel", "Hangup")
        await client.intake.filter()
        assert client.intake.filtered
        await client.close()


async def test_many_names_are_added_one_filter_after_another() -> None:
    """Together they let through what is wanted."""
    parts = [part[9:-12].split("|") for part in expressions([*MANY, "FullyBooted"])]
    assert len(parts) == 4
    async with talk(*[granted(*part) for part in parts]) as server:
        client = await logged_in(server, *MANY)
        await client.intake.filter()
        await client.close()


async def test_a_live_session_is_widened_by_what_is_new() -> None:
    """New classes come beside the old ones in the mask, new names in a filter beside the old ones."""
    heard: list[str] = []
    steps = (granted("FullyBooted", "Hangup"), masked("system,call,agent"), granted("AgentCalled"))
    async with talk(*steps) as server:
        client = await logged_in(server, "Hangup")
        client._on_event = lambda item: heard.append(item.name)
        await client.intake.filter()
        client.data_received(event("AgentCalled"))
        await client.intake.widen(["Hangup", "AgentCalled"], "call,agent")
        client.data_received(event("AgentCalled") + event("Hangup"))
        assert client.intake.mask == "system,call,agent"
        await client.close()
    assert heard == ["AgentCalled", "Hangup"]


async def test_what_is_wanted_already_costs_no_question() -> None:
    """Fewer names and classes change nothing either: no filter can be taken away."""
    async with talk(granted("FullyBooted", "Hangup", "Newchannel")) as server:
        client = await logged_in(server, "Newchannel", "Hangup")
        await client.intake.filter()
        await client.intake.widen(["Hangup"], "call")
        await client.intake.widen([], "")
        assert client.session.wanted == frozenset({"FullyBooted", "Hangup", "Newchannel"})
        assert client.intake.mask == "system,call"
        await client.close()


async def test_without_a_filter_only_the_mask_is_widened() -> None:
    """A user without the right to it never asks for one: that would raise a security event."""
    async with talk(masked("system,call,agent")) as server:
        client = await logged_in(server, "Hangup")
        await client.intake.widen(["AgentCalled"], "agent")
        assert client.session.wanted == frozenset({"FullyBooted", "Hangup", "AgentCalled"})
        await client.close()


async def test_a_mask_that_turned_everything_off_is_set_to_all() -> None:
    """Asterisk says Success to classes that it does not know, and sends nothing more."""
    async with talk(masked("system,call,bogus", "Off"), masked("on")) as server:
        client = await logged_in(server, "Hangup")
        await client.intake.widen([], "bogus")
        await client.close()


async def test_a_session_whose_filter_is_refused_goes_on_without() -> None:
    """Nothing stands, so nothing is kept back, and nothing more is sent."""
    async with talk(refused) as server:
        client = await logged_in(server, "Hangup")
        with pytest.raises(ActionFailed, match="Failed to allocate"):
            await client.intake.filter()
        assert not client.intake.filtered
        await client.close()


@pytest.mark.parametrize("failing", [refused, unheard])
async def test_a_part_of_the_filters_is_opened_again(failing: Callable[[Peer], Awaitable[None]]) -> None:
    """Part of the names would be lost: a filter for everything undoes the others."""
    (first, *_) = [part[9:-12].split("|") for part in expressions([*MANY, "FullyBooted"])]
    async with talk(granted(*first), failing, granted()) as server:
        client = await logged_in(server, *MANY)
        with pytest.raises(ActionFailed):
            await client.intake.filter()
        assert not client.intake.filtered
        assert not client.closed.done()
        await client.close()


async def test_a_filter_that_may_stand_is_opened_again() -> None:
    """No answer in time says nothing of whether it was set."""
    async with talk(unheard, granted()) as server:
        client = await logged_in(server, "Hangup")
        with pytest.raises(ActionFailed, match="no whole answer"):
            await client.intake.filter()
        await client.close()


async def test_a_widening_that_is_refused_opens_the_filters() -> None:
    """The new events come all the same, with all others of the mask; later widenings need no filter."""
    async with talk(
        granted("FullyBooted", "Hangup"), refused, granted(), masked("system,call,user")
    ) as server:
        client = await logged_in(server, "Hangup")
        await client.intake.filter()
        with pytest.raises(ActionFailed):
            await client.intake.widen(["AgentCalled"], "")
        assert not client.intake.filtered
        await client.intake.widen(["UserEvent"], "user")
        await client.close()


async def test_a_name_that_no_filter_can_hold_opens_the_filters() -> None:
    """The names that are wanted with it must come."""
    async with talk(granted("FullyBooted", "Hangup"), granted()) as server:
        client = await logged_in(server, "Hangup")
        await client.intake.filter()
        with pytest.raises(LocalProtocolError):
            await client.intake.widen(["AgentCalled", "no name"], "")
        assert not client.intake.filtered
        await client.close()


async def test_a_filter_that_was_cancelled_on_its_way_may_stand() -> None:
    """It is set again, and if that is refused everything is let through."""
    async with talk(granted("FullyBooted", "Hangup"), refused, granted()) as server:
        client = await logged_in(server, "Hangup")
        task = asyncio.create_task(client.intake.filter())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not client.intake.filtered
        with pytest.raises(ActionFailed, match="Failed to allocate"):
            await client.intake.filter()
        await client.close()


async def test_a_session_that_cannot_be_opened_again_ends() -> None:
    """Better none than one that loses events and does not say so."""
    async with talk(granted("FullyBooted", "Hangup"), refused, refused) as server:
        client = await logged_in(server, "Hangup")
        await client.intake.filter()
        with pytest.raises(ActionFailed):
            await client.intake.widen(["AgentCalled"], "")
        assert (await client.closed).reason == "protocol"


async def test_a_filter_and_a_widening_at_once_miss_nothing() -> None:
    """What is wanted while the filters are being set gets one of its own."""
    async with talk(granted("FullyBooted", "Hangup"), granted("AgentCalled")) as server:
        client = await logged_in(server, "Hangup")
        first = asyncio.create_task(client.intake.filter())
        await asyncio.sleep(0)
        await client.intake.widen(["AgentCalled"], "")
        await first
        await client.close()


async def test_where_every_event_is_wanted_there_is_nothing_to_filter() -> None:
    """A console is never filtered."""

    async def script(peer: Peer) -> None:
        await peer.login(then=BOOTED)
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(wanted=None)
        with pytest.raises(LocalProtocolError):
            await client.intake.filter()
        await client.close()


async def test_a_closed_session_asks_no_more() -> None:
    """The loss is the caller's news; nothing is opened on a dead line."""

    async def lost(peer: Peer) -> None:
        await peer.heard("Filter")
        peer.reset()
        raise EOFError

    async with talk(lost) as server:
        client = await logged_in(server, "Hangup")
        with pytest.raises(ActionFailed) as failed:
            await client.intake.filter()
        assert failed.value.reason == "closed"
        assert (await client.closed).reason == "closed"
