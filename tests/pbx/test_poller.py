"""The poller's rules of asking, against a small AMI server that tests can bend."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from exporter.ami import Client, Credentials, Endpoint, Timing
from exporter.metrics import Collector, Live, Number, Poll, Table, gauge
from exporter.pbx.handover import hand_over
from exporter.pbx.poller import Poller, Target
from exporter.pbx.state import Pbx
from exporter.simulator.simulator import Simulator

FAST = Timing(connect=1, greeting=1, login=2, action=1, ping=1, ping_every=(0.2, 0.3))

status = Table("status")
channels = Table(
    "channels",
    "CoreShowChannel",
    key=("Uniqueid",),
    live=(Live("Newchannel", "create"), Live("Newstate"), Live("Hangup", "remove")),
    compared=("ChannelState",),
)
STATUS = Poll("CoreStatus", fills=(status,))
COUNT = gauge("core_channels", "Channels.", status, value=Number("CoreCurrentCalls"))


def collector(name: str, *polls: Poll, interval: float = 0.2) -> Collector:
    filled = {table for poll in polls for table in poll.fills}
    families = (COUNT,) if status in filled else ()
    return Collector(name, "Test.", families, polls=polls, reads=("call",), interval=interval)


@asynccontextmanager
async def running(*collectors: Collector, **simulator: float) -> AsyncIterator[tuple[Poller, Simulator]]:
    """A poller on a simulated Asterisk, until the block ends."""
    pbx_side = Simulator(seed=1, warm_up=0, users={"u": "s"}, **simulator)  # type: ignore[arg-type]
    port = await pbx_side.start("127.0.0.1", 0)
    pbx = Pbx("lab", collectors, {})
    poller = Poller(
        pbx, Target(Endpoint("127.0.0.1", port), lambda: Credentials("u", "s"), "system,call"), FAST
    )
    task = asyncio.create_task(poller.run())
    try:
        yield poller, pbx_side
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pbx_side.stop()


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Each question that is asked from now on, and when."""
    questions: list[tuple[str, float]] = []
    ask = Client.ask

    async def noted(self: object, name: str, *rest: object, **headers: str) -> object:
        questions.append((name, time.monotonic()))
        return await ask(self, name, *rest, **headers)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "ask", noted)
    return questions


async def test_a_question_of_two_collectors_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the shorter interval of the two, for the tables of both."""
    other = Table("other")
    second = collector("b", Poll("CoreStatus", fills=(other,)), interval=10)
    async with running(collector("a", STATUS, interval=0.3), second) as (poller, _):
        await until(lambda: poller.pbx.tables[status].loaded)
        assert poller.pbx.tables[other].loaded
        assert len(poller.pbx.polls) == 1
        questions = asked(monkeypatch)
        await asyncio.sleep(1.0)
        assert 2 <= len([name for name, _ in questions if name == "CoreStatus"]) <= 4


async def test_an_interval_counts_from_start_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jittered by 5 %, whatever the answer took."""
    async with running(collector("a", STATUS, interval=0.2)) as (poller, _):
        await until(lambda: poller.pbx.tables[status].loaded)
        questions = asked(monkeypatch)
        await asyncio.sleep(1.6)
    starts = [at for name, at in questions if name == "CoreStatus"]
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert len(pauses) >= 4
    assert min(pauses) > 0.18
    assert len({round(pause, 4) for pause in pauses}) > 1


async def test_a_slow_answer_makes_polls_seldom() -> None:
    """An answer that took a tenth of the interval doubles it; the pace is bounded."""
    pbx = Pbx("lab", (collector("a", STATUS, interval=10),), {})
    (state,) = pbx.polls.values()
    assert state.pace == 10
    for duration, pace in ((0.01, 10), (1.0, 20), (100.0, 200)):
        state.succeeded(duration, 0.0)
        assert state.pace == pace


async def test_time_outs_make_polls_seldom_and_nothing_fresher() -> None:
    """Each doubles the pace, up to a bound; what was read before is not shown longer for it."""
    pbx = Pbx("lab", (collector("a", STATUS, interval=10),), {})
    (state,) = pbx.polls.values()
    state.succeeded(0.01, 1000.0)
    for timeouts, pace in ((1, 20), (2, 40), (3, 80), (9, 200), (5000, 200)):
        state.timeouts = timeouts
        assert state.pace == pace
    assert state.fresh(1030.0)
    assert not state.fresh(1031.0)
    state.succeeded(0.01, 1040.0)
    assert state.pace == 10


async def test_events_keep_a_table_true_between_lists() -> None:
    """One list, and then events alone; the next list has nothing to correct."""
    lists = collector("a", Poll("CoreShowChannels", fills=(channels,)), interval=2.0)
    async with running(lists, speed=20.0, calls_per_second=0.5) as (poller, pbx_side):
        table = poller.pbx.tables[channels]
        await until(lambda: table.loaded)
        for _ in range(3):
            await asyncio.sleep(2.2)
            await until(lambda: len(table.rows) == len(pbx_side.switch.channels))
        assert table.corrections.total() == 0
        assert table.version > 50


async def test_a_lost_session_comes_back_with_new_lists() -> None:
    """What the old session knew is dropped at once; sums go on."""
    async with running(collector("a", STATUS)) as (poller, pbx_side):
        link, table = poller.pbx.link, poller.pbx.tables[status]
        await until(lambda: table.loaded)
        assert link.client is not None
        port = link.client.endpoint.port
        await pbx_side.stop()
        await until(lambda: not link.up)
        assert not table.loaded
        await until(lambda: link.state == "down" and "refused" in link.error.lower())
        await pbx_side.start("127.0.0.1", port)
        await until(lambda: link.up and table.loaded, 10)
        assert link.connections == 2
        assert link.gaps == 1


async def test_an_action_that_is_not_offered_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """ListCommands says so: asking all the same would raise a security event each time."""
    async with running(collector("a", Poll("DAHDIShowChannels", fills=()))) as (poller, _):
        questions = asked(monkeypatch)
        (state,) = poller.pbx.polls.values()
        await until(lambda: state.supported is False)
        await asyncio.sleep(0.6)
        assert {name for name, _ in questions} <= {"ListCommands"}
        assert not poller.pbx.health.failing(poller.pbx.link)  # an Asterisk without DAHDI is no trouble
        poller.pbx.health._named = frozenset(("a",))
        why = "DAHDIShowChannels: no right to it, or no module"
        assert poller.pbx.health.failing(poller.pbx.link) == {"a": why}


async def test_an_error_of_our_own_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in one place makes a new session, not a dead poller."""
    async with running(collector("a", STATUS)) as (poller, _):
        await until(lambda: poller.pbx.tables[status].loaded)
        swap, calls = Pbx.swap, []

        def broken(self: Pbx, *rest: object) -> None:
            calls.append(1)
            if len(calls) == 1:
                raise RuntimeError("a bug")
            swap(self, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(Pbx, "swap", broken)
        await until(lambda: poller.pbx.link.connections == 2 and poller.pbx.tables[status].loaded)


async def test_a_new_configuration_keeps_the_session() -> None:
    """What is asked and listened to changes on the same connection; what was known is still known."""
    calls = gauge("calls", "Calls.", channels)
    both = Collector("b", "Test.", (COUNT, calls), (STATUS, Poll("CoreShowChannels", (channels,))), ("call",))
    async with running(collector("a", STATUS), calls_per_second=20.0) as (poller, _):
        await until(lambda: poller.pbx.tables[status].loaded)
        before = poller.pbx
        assert "Newchannel" not in before.events
        new = Pbx("lab", (both,), {"b": 0.2})
        hand_over(before, new)
        assert new.tables[status].loaded
        poller.reconfigure(new, "system,call")
        await until(lambda: new.tables[channels].loaded and bool(new.tables[channels].rows))
        await until(lambda: new.link.seen({"Newchannel"}))
        assert new.link.connections == 1
        assert new.link.gaps == 0
        poller.reconfigure(before, "system")
        version = before.tables[status].version
        await until(lambda: before.tables[status].version > version)
        assert before.link.connections == 1
