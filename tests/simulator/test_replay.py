"""A replay says what was recorded: its events in their time, its answers under the ActionID of who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from exporter.ami import Client, Credentials, Endpoint
from exporter.ami.recording import Recording, read
from exporter.simulator.replay import Replay

from .raw import SECRET, USER, Raw
from .recorded import WIRES

QUESTIONS = """Asterisk Call Manager/11.0.0

Action: Login
ActionID: t0-1

Response: Success
ActionID: t0-1
Message: Authentication accepted

Event: PeerStatus
Privilege: system,all
Timestamp: 1000.000000
ChannelType: PJSIP
Peer: PJSIP/one
PeerStatus: Reachable

Action: Getvar
ActionID: t0-2
Variable: A

Response: Success
ActionID: t0-2
Variable: A
Value: first

Action: Getvar
ActionID: t0-3
Variable: B

Response: Success
ActionID: t0-3
Variable: B
Value: other

Event: Hangup
Privilege: call,all
Timestamp: 1002.000000
Channel: PJSIP/one-00000001
Cause: 16

Action: Getvar
ActionID: t0-4
Variable: A

Response: Success
ActionID: t0-4
Variable: A
Value: last

"""


def written(folder: Path, text: str) -> Recording:
    """A recording of that text."""
    file = folder / "one.ami"
    file.write_bytes(text.replace("\n", "\r\n").encode())
    return read(file)


@asynccontextmanager
async def replayed(recording: Recording, speed: float = 1.0) -> AsyncIterator[int]:
    """The port of a replay."""
    replay = Replay(recording, speed=speed)
    port = await replay.start()
    try:
        yield port
    finally:
        await replay.stop()


@pytest.mark.parametrize("version", ["16", "22"])
async def test_a_client_gets_the_lists_that_were_recorded(version: str) -> None:
    """Whole, with its own ActionID in each packet; and the greeting is the recorded one."""
    async with replayed(read(WIRES / version / "queues.ami")) as port:
        client = await Client.connect(Endpoint("127.0.0.1", port), Credentials(USER, SECRET))
        reply = await client.ask("QueueStatus")
        assert reply.response.get("Message") == "Queue status will follow"
        assert {item.name for item in reply.items} == {"QueueParams", "QueueMember", "QueueEntry"}
        assert "queuestatus" in (await client.ask("ListCommands")).response.fields
        assert client.session.anomalies.total() == 0
        assert client.session.greeting == {"16": "5.0.4", "22": "11.0.0"}[version]
        await client.close()


async def test_a_question_is_answered_as_it_was_by_then(tmp_path: Path) -> None:
    """The same question has the answer of its time; another one has its own; an unknown one none."""
    async with replayed(written(tmp_path, QUESTIONS), speed=8.0) as port:
        raw = await Raw.login(port)
        values = set[str | None]()
        async with asyncio.timeout(5):
            while values != {"first", "last"}:
                answer = await raw.ask("Action: Getvar", "Variable: A", "ActionID: mine")
                assert answer.get("ActionID") == "mine"
                values.add(answer.get("Value"))
                await asyncio.sleep(0.01)
        assert (await raw.ask("Action: Getvar", "Variable: B")).get("Value") == "other"
        assert (await raw.ask("Action: CoreStatus")).get("Response") == "Error"
        await raw.close()


async def test_events_come_in_their_time_and_again(tmp_path: Path) -> None:
    """Two seconds apart, and a second from the end to the beginning; each class to who wants it."""
    async with replayed(written(tmp_path, QUESTIONS), speed=10.0) as port:
        raw, calls = await Raw.login(port, "on"), await Raw.login(port, "call")
        assert (await raw.hear()).name == "FullyBooted"
        loop, told = asyncio.get_running_loop(), []
        for _ in range(4):
            event = await raw.hear()
            told.append((event.name, loop.time()))
        assert [name for name, _ in told][-3:] in (
            ["PeerStatus", "Hangup", "PeerStatus"],
            ["Hangup", "PeerStatus", "Hangup"],
        )
        assert 0.2 < told[-1][1] - told[-3][1] < 0.3 * 5
        assert {(await calls.hear()).name for _ in range(2)} == {"Hangup"}
        for one in (raw, calls):
            await one.close()


def test_what_holds_nothing_is_refused(tmp_path: Path) -> None:
    """Neither an event nor an answer."""
    with pytest.raises(ValueError, match="neither events nor answers"):
        Replay(written(tmp_path, "Asterisk Call Manager/11.0.0\n"))
