"""The network at its worst: strangers, silence, one byte at a time."""

from __future__ import annotations

import asyncio
import socket

import pytest

from exporter.ami import Timing
from exporter.ami.endpoint import open_socket

from .build import GREETING, packet, pieces
from .scripted import BOOTED, Peer, Scripted, fail


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"x" * 99999]
)
async def test_a_port_that_is_not_ami_is_told_at_once(greeting: bytes) -> None:
    """Another protocol's greeting is shown in the error."""

    async def script(peer: Peer) -> None:
        await peer.say(greeting)
        await peer.gone()

    async with Scripted(script) as server:
        error = await fail(server.endpoint)
        assert error.reason == "greeting"
        assert greeting[:8].decode() in str(error)


@pytest.mark.parametrize("said", [b"", b"Asterisk Call Man"])
async def test_a_port_that_says_nothing_is_given_up(said: bytes) -> None:
    """An Asterisk that hangs accepts and does not greet."""

    async def script(peer: Peer) -> None:
        await peer.say(said)
        await peer.gone()

    async with Scripted(script) as server:
        error = await fail(server.endpoint, Timing(greeting=0.1))
        assert error.reason == "greeting"
        assert "said nothing in 0.1 s" in str(error)


async def test_a_close_before_the_greeting_names_its_likely_cause() -> None:
    """Asterisk closes silently when too many sessions have not logged in."""

    async def script(_: Peer) -> None:
        return

    async with Scripted(script) as server:
        error = await fail(server.endpoint)
        assert error.reason == "closed"
        assert "authlimit" in str(error)


async def test_everything_one_byte_at_a_time_is_the_same() -> None:
    """A login and a list survive the slowest line."""

    async def slowly(peer: Peer, data: bytes) -> None:
        for byte in pieces(data, 1):
            await peer.say(byte)
            await asyncio.sleep(0)

    async def script(peer: Peer) -> None:
        await slowly(peer, GREETING)
        for name, *lines in (
            ("Challenge", "Challenge: 816492"),
            ("Login", "Message: Authentication accepted"),
        ):
            action = await peer.heard(name)
            await slowly(peer, packet("Response: Success", f"ActionID: {action['ActionID']}", *lines))
        await slowly(peer, BOOTED)
        action = await peer.heard("CoreShowChannels")
        own = f"ActionID: {action['ActionID']}"
        await slowly(peer, packet("Response: Success", own, "EventList: start"))
        await slowly(peer, packet("Event: CoreShowChannel", own, "Uniqueid: 1"))
        await slowly(
            peer, packet("Event: CoreShowChannelsComplete", own, "EventList: Complete", "ListItems: 1")
        )
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect(timing=Timing())
        await client.booted
        assert len((await client.ask("CoreShowChannels")).items) == 1
        assert client.session.anomalies == {}
        await client.close()


async def test_a_slow_line_is_a_line() -> None:
    """Latency below the deadlines changes nothing but the time."""

    async def script(peer: Peer) -> None:
        await asyncio.sleep(0.1)
        await peer.say(GREETING)
        for name, line in (("Challenge", "Challenge: 8"), ("Login", "Message: x"), ("Ping", "Ping: Pong")):
            action = await peer.heard(name)
            await asyncio.sleep(0.1)
            await peer.say(packet("Response: Success", f"ActionID: {action['ActionID']}", line))
        await peer.goodbye()

    async with Scripted(script) as server:
        client = await server.connect()
        assert (await client.ask("Ping")).response.get("Ping") == "Pong"
        await client.close()


async def test_keepalive_and_the_kernels_own_deadline_are_set() -> None:
    """Asterisk never notices a dead peer, nor would we on a quiet line."""
    async with Scripted(Peer.login) as server:
        sock = await open_socket(server.endpoint, 2.0)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
        idle, every, times = (
            sock.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + every * times <= 30
        sock.close()
