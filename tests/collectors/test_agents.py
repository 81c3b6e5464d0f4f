"""Agents: lists and events to counts."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.collectors.agents import COLLECTOR
from tests.collectors.replay import Replay
from tests.collectors.told import Server, message

NOW = 1000.0
STATES = ("logged_off", "idle", "on_call")


def agent(number: str, status: str) -> Message:
    """An item of the list."""
    return message("Agents", Agent=number, Name="Frank", Status=f"AGENT_{status}")


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server with this collector alone."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    return Server(COLLECTOR)


def counts(server: Server) -> tuple[float | None, ...]:
    """Agents that are logged off, idle, on a call."""
    return tuple(server.value("agents", state) for state in STATES)


async def test_without_agents_every_state_is_zero(server: Server) -> None:
    """As soon as the list was read, and nothing before."""
    assert server.values("agents") == {}
    server.answer("Agents", now=NOW)
    assert counts(server) == (0, 0, 0)
    assert server.value("agent_logins_total") == server.value("agent_logoffs_total") == 0


async def test_logins_and_logoffs_are_seen_at_once(server: Server) -> None:
    """And counted; a call is seen by the next list."""
    server.answer("Agents", agent("1001", "LOGGEDOFF"), agent("1002", "LOGGEDOFF"), now=NOW)
    server.tell("AgentLogin", Agent="1001", Channel="Local/1", Uniqueid="1.1")
    assert counts(server) == (1, 1, 0)
    server.answer("Agents", agent("1001", "ONCALL"), agent("1002", "LOGGEDOFF"), now=NOW)
    assert counts(server) == (1, 0, 1)
    server.tell("AgentLogoff", Agent="1001", Logintime="27")
    assert counts(server) == (2, 0, 0)
    assert server.value("agent_logins_total") == server.value("agent_logoffs_total") == 1


async def test_a_call_is_no_correction(server: Server) -> None:
    """No event tells of it, so the list corrects nothing."""
    server.answer("Agents", agent("1001", "IDLE"), now=NOW)
    server.answer("Agents", agent("1001", "ONCALL"), now=NOW)
    assert [one for table in server.pbx.tables.values() for one in table.settle(NOW + 10)] == []


async def test_an_agent_that_no_list_has_told_of_makes_no_row(server: Server) -> None:
    """Its login counts all the same."""
    server.answer("Agents", now=NOW)
    server.tell("AgentLogin", Agent="1009")
    assert counts(server) == (0, 0, 0)
    assert server.value("agent_logins_total") == 1


async def test_a_state_without_a_name_is_other(server: Server) -> None:
    """Asterisk has one that it should never tell."""
    server.answer("Agents", agent("1001", "UNKNOWN"), now=NOW)
    assert server.value("agents", "other") == 1


async def test_an_agent_on_a_call_as_asterisk_writes_it(server: Server) -> None:
    """One of its lines ends without a carriage return."""
    item = Message(
        b"Event: Agents\r\nAgent: 1002\r\nName: Grace\r\nStatus: AGENT_ONCALL\r\n"
        b"TalkingToChan: Local/1002@pool-00000004;2\r\nCallStarted: 1795599310\nLoggedInTime: 1795599303\r\n"
        b"Channel: Local/101@lab-00000002;1\r\nActionID: rec-Agents"
    )
    server.answer("Agents", item, now=NOW)
    assert counts(server) == (0, 0, 1)


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_agents(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of real text: one logs in and off, the other is logged off throughout."""
    replay = Replay(monkeypatch)
    replay.play(version, "agents")
    lines = replay.page().splitlines()
    assert 'asterisk_agents{server="lab",state="logged_off"} 2.0' in lines
    assert 'asterisk_agents{server="lab",state="idle"} 0.0' in lines
    assert 'asterisk_agents{server="lab",state="other"} 0.0' in lines
    assert 'asterisk_agent_logins_total{server="lab"} 1.0' in lines
    assert 'asterisk_agent_logoffs_total{server="lab"} 1.0' in lines
