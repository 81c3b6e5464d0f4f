"""Faults on the line of a simulator: each does to a client what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.simulator import FAULTS, Fault
from exporter.simulator.faults import Name
from exporter.simulator.simulator import Simulator

from .raw import Raw, simulated

PING = b"Action: Ping\r\nActionID: 1\r\n\r\n"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """No fault lasts longer than a test may."""
    for module in ("faults", "server"):
        monkeypatch.setattr(f"exporter.simulator.{module}.LASTS", 0.5)


@asynccontextmanager
async def suffering(fault: Name) -> AsyncIterator[tuple[Simulator, Raw]]:
    """A client whose line has just got a fault."""
    async with simulated() as (simulator, port):
        raw = await Raw.login(port)
        (session,) = simulator.sessions
        session.suffer(fault)
        yield simulator, raw
        await raw.close()


@pytest.mark.parametrize("text", ["nonsense", "cut:", "cut:0", "cut:soon", "cut:nan", "stall:1e9", ""])
def test_a_fault_that_is_none_is_told(text: str) -> None:
    """With what would be one; an empty time is the usual one."""
    if text == "cut:":
        assert Fault.parse(text) == Fault("cut", 60.0)
    else:
        with pytest.raises(ValueError, match=r"no such fault|no number of seconds"):
            Fault.parse(text)


def test_each_fault_can_be_named() -> None:
    """With how often it comes, or without."""
    assert [Fault.parse(f"{name}:2.5") for name in FAULTS] == [Fault(name, 2.5) for name in FAULTS]


async def test_a_line_that_is_cut_ends() -> None:
    """At once, without a word."""
    async with suffering("cut") as (_, raw):
        with pytest.raises((ConnectionError, AssertionError)):
            assert not await raw.closed()


async def test_a_stalled_line_says_all_of_it_later() -> None:
    """Nothing is lost."""
    async with suffering("stall") as (_, raw):
        loop = asyncio.get_running_loop()
        asked = loop.time()
        assert (await raw.ask("Action: Ping")).get("Ping") == "Pong"
        assert loop.time() - asked > 0.4
        assert (await raw.ask("Action: Ping")).get("Ping") == "Pong"


async def test_of_a_half_packet_the_other_half_never_comes() -> None:
    """The connection ends in the midst of it."""
    async with suffering("half-packet") as (_, raw):
        raw.writer.write(PING)
        async with asyncio.timeout(3):
            heard = await raw.reader.read()
        assert b"Response: Success\r\n".startswith(heard[:19])
        assert not heard.endswith(b"\r\n\r\n")


async def test_garbage_comes_before_an_answer_that_is_whole() -> None:
    """What is no AMI, and then the rest as ever."""
    async with suffering("garbage") as (_, raw):
        raw.writer.write(PING)
        async with asyncio.timeout(3):
            heard = await raw.reader.readuntil(b"Response: Success\r\nActionID: 1\r\n")
        assert len(heard) > 40
        await raw.hear()
        assert (await raw.ask("Action: Ping")).get("Ping") == "Pong"


@pytest.mark.parametrize("fault", ["slow", "byte-by-byte"])
async def test_a_bad_line_brings_everything_in_the_end(fault: Name) -> None:
    """Little by little, and nothing of it is lost."""
    async with suffering(fault) as (_, raw):
        answer = await raw.ask("Action: ListCommands")
        assert answer.get("Ping")
        assert (await raw.ask("Action: ListCommands")).raw == answer.raw


async def test_a_fault_comes_again_and_again_and_a_refusal_ends() -> None:
    """Connections end, the port is closed for a while, and then it is the same port."""
    async with simulated(faults=[Fault("refuse", 0.2)]) as (_, port):
        for _ in range(2):
            async with asyncio.timeout(5):
                await refused(port)
                raw = await connected(port)
            await raw.close()


async def refused(port: int) -> None:
    """Wait until nobody listens."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return
        writer.close()
        await asyncio.sleep(0.02)


async def connected(port: int) -> Raw:
    """Wait until somebody does."""
    while True:
        try:
            return await Raw.connect(port)
        except (ConnectionError, AssertionError):
            await asyncio.sleep(0.02)
