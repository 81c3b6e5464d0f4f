"""Sessions that end: resets and closes at each state, black holes, and goodbyes that may be forged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from exporter.ami import ActionFailed, ConnectionFailed, LoginRefused, Message, Timing

from .build import GREETING, event, packet
from .scripted import Peer, Script, Scripted, until


async def to_greeting(_: Peer) -> None:
    """Stop before the greeting."""


async def to_challenge(peer: Peer) -> None:
    """Stop when the challenge was asked for."""
    await peer.say(GREETING)
    await peer.heard("Challenge")


async def to_login(peer: Peer) -> None:
    """Stop when the login was sent."""
    await peer.say(GREETING)
    await peer.answer("Challenge", "Challenge: 816492")
    await peer.heard("Login")


async def to_idle(peer: Peer) -> None:
    """Stop when the login succeeded."""
    await peer.login()


async def to_question(peer: Peer) -> None:
    """Stop when a question came."""
    await peer.login()
    await peer.heard("CoreShowChannels")


async def to_list(peer: Peer) -> None:
    """Stop in the middle of a list, and of one of its items."""
    await peer.login()
    action = await peer.heard("CoreShowChannels")
    own = f"ActionID: {action['ActionID']}"
    item = packet("Event: CoreShowChannel", own, "Uniqueid: 1")
    await peer.say(packet("Response: Success", own, "EventList: start"), item, item[:20])
    await asyncio.sleep(0.01)


async def end_of_talk(server: Scripted) -> list[str]:
    """Connect and ask for a list: the reasons why that failed and why the session is over."""
    try:
        client = await server.connect(timing=Timing())
    except ConnectionFailed as error:
        return [error.reason, error.reason]
    try:
        await client.ask("CoreShowChannels")
    except ActionFailed as error:
        return [error.reason, client.closed.result().reason]
    return ["answered"]


@pytest.mark.parametrize("state", [to_greeting, to_challenge, to_login, to_idle, to_question, to_list])
@pytest.mark.parametrize("end", [Peer.reset, Peer.half_close, None])
async def test_a_connection_that_ends_is_noticed_at_once_at_every_state(
    state: Script, end: Callable[[Peer], None] | None
) -> None:
    """A reset, a half-close and a close fail whatever is waited for, long before any deadline."""

    async def script(peer: Peer) -> None:
        await state(peer)
        if end:
            end(peer)
        if end is Peer.half_close:
            await peer.gone()

    async with Scripted(script) as server:
        started = time.monotonic()
        assert await end_of_talk(server) == ["closed", "closed"]
        assert time.monotonic() - started < 1.0


async def test_a_black_hole_is_found_while_a_question_is_on_its_way() -> None:
    """First the question times out, then the Ping: that ends the session with its reason."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.gone()

    async with Scripted(script) as server:
        client = await server.connect(timing=Timing(action=0.1, ping=0.1))
        started = time.monotonic()
        with pytest.raises(ActionFailed) as failed:
            await client.ask("CoreStatus")
        assert failed.value.reason == "timeout"
        assert client.closed.result().reason == "timeout"
        assert 0.15 < time.monotonic() - started < 2.0


async def test_a_black_hole_is_found_on_a_quiet_line() -> None:
    """Nobody asks anything, and the Ping finds it."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.gone()

    async with Scripted(script) as server:
        client = await server.connect(timing=Timing(ping=0.1, ping_every=(0.1, 0.1)))
        why = await asyncio.wait_for(client.closed, 2.0)
        assert (why.reason, "no answer to a Ping in 0.1 s" in str(why)) == ("timeout", True)


async def test_a_slow_answer_costs_the_question_and_not_the_session() -> None:
    """The Ping after it is answered in turn, and the late answer is dropped."""

    async def script(peer: Peer) -> None:
        await peer.login()
        action = await peer.heard("CoreStatus")
        await asyncio.sleep(0.2)
        await peer.say(packet("Response: Success", f"ActionID: {action['ActionID']}"))
        await peer.answer("Ping", "Ping: Pong")
        await peer.answer("CoreStatus", "CoreCurrentCalls: 3")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(timing=Timing(action=0.1, ping=0.5))
        with pytest.raises(ActionFailed, match="no whole answer"):
            await client.ask("CoreStatus")
        assert (await client.ask("CoreStatus")).response.get("CoreCurrentCalls") == "3"
        assert client.session.anomalies == {}
        await client.close()


async def test_questions_that_wait_behind_a_dead_line_fail_with_it() -> None:
    """No question waits longer than the one in flight and its Ping."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.gone()

    async with Scripted(script) as server:
        client = await server.connect(timing=Timing(action=0.1, ping=0.1))
        started = time.monotonic()
        failures = await asyncio.gather(
            *[client.ask("CoreStatus") for _ in range(20)], return_exceptions=True
        )
        assert time.monotonic() - started < 2.0
        reasons = [failed.reason for failed in failures if isinstance(failed, ActionFailed)]
        assert reasons == ["timeout"] + ["closed"] * 19


async def test_a_refused_login_comes_after_a_second_and_closes() -> None:
    """Asterisk sleeps before it refuses; the reason survives its close."""

    async def script(peer: Peer) -> None:
        await peer.say(GREETING)
        await peer.answer("Challenge", "Challenge: 816492")
        action = await peer.heard("Login")
        await asyncio.sleep(0.2)
        own = f"ActionID: {action['ActionID']}"
        await peer.say(packet("Response: Error", own, "Message: Authentication failed"))

    async with Scripted(script) as server:
        with pytest.raises(LoginRefused) as failed:
            await server.connect()
        assert failed.value.reason == "auth"


@pytest.mark.parametrize("state", [to_challenge, to_login])
async def test_a_login_that_nobody_answers_is_given_up(state: Script) -> None:
    """The deadline of the login is its own reason."""

    async def script(peer: Peer) -> None:
        await state(peer)
        await peer.gone()

    async with Scripted(script) as server:
        with pytest.raises(ConnectionFailed, match="no answer to the login") as failed:
            await server.connect(timing=Timing(login=0.1))
        assert failed.value.reason == "timeout"


@pytest.mark.parametrize("forged", [True, False])
async def test_a_shutdown_is_an_event_and_the_close_is_the_end(forged: bool) -> None:
    """A caller can forge the word: only the closed socket ends a session."""
    heard: list[Message] = []

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.say(event("Shutdown", "Shutdown: Cleanly", "Restart: True", privilege="system,all"))
        if forged:
            await peer.answer("Ping", "Ping: Pong")
            await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(wanted=["Shutdown"], on_event=heard.append)
        await until(lambda: len(heard) == 2)
        if forged:
            await client.ask("Ping")
            await client.close()
        else:
            assert (await asyncio.wait_for(client.closed, 1.0)).reason == "closed"


async def test_reloads_and_unloads_leave_the_session_alone() -> None:
    """An action can vanish with its module and come back: the session lives through it."""

    async def script(peer: Peer) -> None:
        await peer.login()
        await peer.say(*[event("Reload", "Module: All", privilege="system,all") for _ in range(500)])
        await peer.answer("QueueSummary", "Message: Invalid/unknown command: QueueSummary.", word="Error")
        await peer.list("QueueSummary", "QueueSummary", 1, "QueueSummaryComplete")
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(wanted=["Reload"])
        with pytest.raises(ActionFailed) as failed:
            await client.ask("QueueSummary")
        assert failed.value.reason == "unknown"
        assert len((await client.ask("QueueSummary")).items) == 1
        assert client.session.events["Reload"] == 500
        await client.close()
