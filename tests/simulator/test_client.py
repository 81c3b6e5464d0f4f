"""The simulator and our own AMI client, over a real socket."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import Any

import pytest

from exporter.ami import (
    ActionFailed,
    Client,
    Credentials,
    Endpoint,
    LoginRefused,
    Message,
    Reply,
)
from exporter.simulator import Size

from .raw import SECRET, USER, Raw, simulated
from .recorded import Replay, rows

EVERYTHING = "system,call,dialplan"


async def client(port: int, method: Any = "challenge", **options: Any) -> Client:
    """A client that has logged in and hears every event."""
    credentials = Credentials(USER, SECRET, method)
    return await Client.connect(Endpoint("127.0.0.1", port), credentials, wanted=None, **options)


@pytest.mark.parametrize("method", ["challenge", "plain"])
async def test_a_client_logs_in_and_asks_everything(method: str) -> None:
    """Both ways to log in; then the questions, and FullyBooted of its own accord."""
    # So slow that nothing happens while we ask.
    async with simulated(calls_per_second=1.0, speed=0.001, system_name="hq") as (simulator, port):
        connected = await client(port, method, mask="system,call")
        booted = await connected.booted
        assert 600_000 <= int(booted.fields["uptime"]) < 600_010
        status = (await connected.ask("CoreStatus")).response
        assert int(status.fields["corecurrentcalls"]) == len(simulator.switch.channels) > 50
        assert int(status.fields["coreprocessedcalls"]) > 300
        assert (await connected.ask("CoreSettings")).response.get("SystemName") == "hq"
        assert len((await connected.ask("CoreShowChannels")).items) == len(simulator.switch.channels)
        bridges = (await connected.ask("BridgeList")).items
        assert {i.fields["bridgenumchannels"] for i in bridges if i.fields["bridgetype"] == "basic"} == {"2"}
        queues = Counter(item.name for item in (await connected.ask("QueueStatus")).items)
        assert queues["QueueParams"] == 3
        assert 0 < queues["QueueMember"] <= 12  # some may have logged out
        offered = (await connected.ask("ListCommands")).response
        assert "system,reporting" in offered.fields["coreshowchannels"]
        stamp = float((await connected.ask("Ping")).response.fields["timestamp"])
        assert abs(stamp - simulator.now()) < 1.0
        with pytest.raises(ActionFailed) as failure:
            await connected.ask("DAHDIShowChannels")
        assert failure.value.reason == "unknown"
        await connected.close()
        assert connected.session.anomalies.total() == 0


async def test_a_wrong_secret_is_told_as_such() -> None:
    """So that an operator reads what is wrong, in either way to log in."""
    async with simulated() as (_, port):
        attempts = [
            Client.connect(Endpoint("127.0.0.1", port), Credentials(USER, "wrong", method))
            for method in ("challenge", "plain")
        ]
        for refusal in await asyncio.gather(*attempts, return_exceptions=True):
            assert isinstance(refusal, LoginRefused)
            assert refusal.reason == "auth"


async def test_thousands_of_packets_and_every_list_fits_the_events() -> None:
    """In the very order in which they came: each list is what the events before it had said."""
    async with simulated(seed=11, speed=40.0, calls_per_second=2.0, size=Size(400)) as (simulator, port):
        connected = await client(port, mask=EVERYTHING)
        log: list[Message | Reply] = []
        receive = connected.session.receive

        def logged(data: bytes) -> list[Message | Reply]:
            items = receive(data)
            log.extend(items)
            return items

        connected.session.receive = logged  # type: ignore[method-assign]
        lists = 0
        while len(log) < 6000 or lists <= 20:
            await connected.ask("CoreShowChannels")
            lists += 1
            await asyncio.sleep(0.03)
        await connected.close()
        assert connected.session.anomalies.total() == 0
        assert len(simulator.switch.channels) <= 400

    replay, checked = Replay(), 0
    for item in log:
        if isinstance(item, Message):
            if checked:
                replay.take(item)
        elif item.action.name == "CoreShowChannels":
            listed = rows(item.items)
            if checked:
                assert replay.channels == listed
            replay.channels = listed
            checked += 1
    assert checked > 20
    assert len(replay.channels) > 100


async def test_two_clients_hear_the_same() -> None:
    """Each event is written once, for all."""
    heard: list[list[bytes]] = [[], []]
    enough = asyncio.Event()

    def hear(ear: list[bytes], event: Message) -> None:
        ear.append(event.raw)
        if min(map(len, heard)) >= 500:
            enough.set()

    async with simulated(speed=50.0, calls_per_second=1.0) as (_, port):
        clients = [await client(port, mask="call", on_event=partial(hear, ear)) for ear in heard]
        async with asyncio.timeout(10):
            await enough.wait()
        for connected in clients:
            await connected.close()
    start = heard[0].index(heard[1][0])
    assert heard[0][start : start + 400] == heard[1][:400]


async def test_a_stop_ends_every_session_and_frees_the_port() -> None:
    """A client sees the end at once, and the next simulator can have the port."""
    async with simulated(calls_per_second=1.0) as (simulator, port):
        connected = await client(port, mask="call")
        await simulator.stop()
        async with asyncio.timeout(1):
            assert (await connected.closed).reason == "closed"
    async with simulated() as (other, _):
        await other.stop()
        assert await other.start(port=port) == port


async def test_no_event_is_written_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls go on, lists tell of them, and a timer waits for those alone who want to hear."""
    written: list[str] = []

    def write(name: str, *_: object) -> bytes:
        written.append(name)
        return f"Event: {name}\r\nPrivilege: cdr,all\r\n\r\n".encode()

    monkeypatch.setattr("exporter.simulator.wire.event", write)
    async with simulated(speed=50.0, calls_per_second=2.0) as (_, port):
        deaf = await Raw.login(port, "off")
        processed = set[str | None]()
        async with asyncio.timeout(10):
            while len(processed) < 3:
                processed.add((await deaf.ask("Action: CoreStatus")).get("CoreProcessedCalls"))
        assert written == []
        hearing = await Raw.login(port, "cdr")
        assert (await hearing.hear()).name == "Cdr"
        assert set(written) == {"Cdr"}
        for raw in (deaf, hearing):
            await raw.close()


async def test_a_hundred_idle_ones_fit_into_one_process() -> None:
    """Without calls they have no timer; each answers."""
    async with asyncio.timeout(10):
        simulators = [simulated(warm_up=0.0) for _ in range(100)]
        ports = [(await simulator.__aenter__())[1] for simulator in simulators]
        assert len(set(ports)) == 100
        for port in ports[::10]:
            connected = await client(port)
            assert (await connected.ask("CoreStatus")).response.get("CoreCurrentCalls") == "0"
            await connected.close()
        for simulator in simulators:
            await simulator.__aexit__(None, None, None)
