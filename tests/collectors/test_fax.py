"""Fax: the sums of Asterisk, and pages."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.collectors.fax import COLLECTOR
from tests.collectors.replay import Replay
from tests.collectors.told import Server, message

NOW = 1000.0


def stats(sent: int, received: int, completed: int, failed: int, now: int = 0) -> Message:
    """What FAXStats says."""
    return message(
        "FAXStats",
        CurrentSessions=str(now),
        ReservedSessions="0",
        TransmitAttempts=str(sent),
        ReceiveAttempts=str(received),
        CompletedFAXes=str(completed),
        FailedFAXes=str(failed),
    )


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server with this collector alone."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    return Server(COLLECTOR)


def results(server: Server) -> tuple[float | None, float | None]:
    """Faxes that went well, and that failed."""
    return server.value("fax_results_total", "success"), server.value("fax_results_total", "failed")


async def test_nothing_is_said_before_asterisk_has_told(server: Server) -> None:
    """Then zeros are."""
    assert server.values("fax_attempts_total") == server.values("fax_results_total") == {}
    assert server.value("fax_pages_total", "send") == 0
    server.answer("FAXStats", stats(0, 0, 0, 0), now=NOW)
    assert server.value("fax_sessions") == 0
    assert server.values("fax_attempts_total") == {("send",): 0, ("receive",): 0}
    assert results(server) == (0, 0)


async def test_completed_ones_have_the_failed_among_them(server: Server) -> None:
    """What is left of them went well."""
    server.answer("FAXStats", stats(1, 2, 3, 1, now=2), now=NOW)
    assert server.value("fax_sessions") == 2
    assert server.values("fax_attempts_total") == {("send",): 1, ("receive",): 2}
    assert results(server) == (2, 1)


async def test_a_sum_never_becomes_less(server: Server) -> None:
    """A fax that fails before its transmission is failed and not completed."""
    server.answer("FAXStats", stats(3, 0, 3, 0), now=NOW)
    server.answer("FAXStats", stats(4, 0, 3, 1), now=NOW)
    assert results(server) == (3, 1)
    server.answer("FAXStats", stats(6, 0, 5, 1), now=NOW)
    assert results(server) == (4, 1)


async def test_sums_begin_anew_with_asterisk(server: Server) -> None:
    """It counts from its start."""
    server.answer("FAXStats", stats(9, 9, 9, 2), now=NOW)
    server.answer("FAXStats", stats(1, 0, 1, 0), now=NOW)
    assert results(server) == (1, 0)


async def test_nothing_is_said_after_the_session(server: Server) -> None:
    """What Asterisk counts now nobody knows."""
    server.answer("FAXStats", stats(1, 1, 2, 0), now=NOW)
    server.pbx.drop()
    assert server.values("fax_results_total") == server.values("fax_attempts_total") == {}


async def test_what_is_no_number_leaves_the_rest(server: Server) -> None:
    """One that cannot be read is left out alone."""
    item = message("FAXStats", CurrentSessions="0", TransmitAttempts="x", ReceiveAttempts="4")
    server.answer("FAXStats", item, now=NOW)
    assert server.values("fax_attempts_total") == {("receive",): 4}
    assert results(server) == (None, None)


async def test_pages_are_added_up(server: Server) -> None:
    """By the end that tells of them; an empty header is none."""
    server.tell("SendFAX", Channel="PJSIP/1", PagesTransferred="3")
    server.tell("ReceiveFAX", Channel="PJSIP/2", PagesTransferred="")
    server.tell("SendFAX", Channel="PJSIP/3", PagesTransferred="1")
    assert server.values("fax_pages_total") == {("send",): 4, ("receive",): 0}


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_faxes(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of real text: one fax went well at both ends; one with nobody at the other end came after the list."""
    replay = Replay(monkeypatch)
    replay.play(version, "fax")
    lines = replay.page().splitlines()
    for expected in (
        'fax_sessions{server="lab"} 0.0',
        'fax_attempts_total{direction="send",server="lab"} 1.0',
        'fax_attempts_total{direction="receive",server="lab"} 1.0',
        'fax_results_total{result="success",server="lab"} 2.0',
        'fax_results_total{result="failed",server="lab"} 0.0',
        'fax_pages_total{direction="send",server="lab"} 1.0',
        'fax_pages_total{direction="receive",server="lab"} 1.0',
    ):
        assert f"asterisk_{expected}" in lines
