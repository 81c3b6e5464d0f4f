"""Devices and hints: lists and events to counts."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.collectors.devices import COLLECTOR, EXTENSION_STATES, STATES
from exporter.metrics.labels import Choice
from tests.collectors.replay import Replay
from tests.collectors.told import Server, message

NOW = 1000.0


def device(name: str, state: str) -> Message:
    """An item of the list; events of changes look the same."""
    return message("DeviceStateChange", Device=name, State=state)


def hint(exten: str, status: int, context: str = "lab") -> Message:
    """An item of the list; events of changes look the same."""
    return message("ExtensionStatus", Exten=exten, Context=context, Hint="PJSIP/1", Status=str(status))


def settled(server: Server) -> list[tuple[str, tuple[str, ...]]]:
    """What the last lists corrected."""
    return [one for table in server.pbx.tables.values() for one in table.settle(NOW + 10)]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server with two devices and two hints."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    server = Server(COLLECTOR)
    server.answer(
        "DeviceStateList", device("PJSIP/6001", "UNAVAILABLE"), device("Queue:sales", "NOT_INUSE"), now=NOW
    )
    server.answer("ExtensionStateList", hint("6001", 4), hint("6002", 0), now=NOW)
    return server


async def test_each_technology_and_context_that_is_there_has_every_state(server: Server) -> None:
    """As 0 where nothing is in it, changes too."""
    states = set(STATES.values())
    for name in ("device_states", "device_state_changes_total"):
        assert set(server.values(name)) == {(kind, state) for kind in ("PJSIP", "Queue") for state in states}
    assert server.value("device_states", "PJSIP", "unavailable") == 1
    assert server.value("device_states", "PJSIP", "in_use") == 0
    assert set(server.values("extension_states")) == {
        ("lab", state) for state in (*EXTENSION_STATES.values(), "other")
    }


async def test_changes_are_seen_at_once_and_counted(server: Server) -> None:
    """Also of a device that no list has told of yet."""
    server.pbx.take(device("PJSIP/6001", "INUSE"))
    server.pbx.take(device("Custom:lamp", "RINGINUSE"))
    assert server.value("device_states", "PJSIP", "in_use") == 1
    assert server.value("device_states", "PJSIP", "unavailable") == 0
    assert server.value("device_states", "Custom", "ring_in_use") == 1
    assert server.value("device_state_changes_total", "PJSIP", "in_use") == 1
    assert server.value("device_state_changes_total", "Custom", "ring_in_use") == 1


async def test_local_channels_are_no_devices(server: Server) -> None:
    """Nor is who speaks in a conference: events tell of them, lists do not, and they would be ghosts."""
    server.pbx.take(device("Local/1@agents", "INUSE"))
    server.pbx.take(device("CBAnn/1000", "INUSE"))
    server.answer(
        "DeviceStateList", device("PJSIP/6001", "UNAVAILABLE"), device("Queue:sales", "NOT_INUSE"), now=NOW
    )
    for name in ("device_states", "device_state_changes_total"):
        assert {labels[0] for labels in server.values(name)} == {"PJSIP", "Queue"}
    assert settled(server) == []


async def test_a_stranger_who_calls_is_no_device(server: Server) -> None:
    """But a phone is, also one whose name has a dot if it is listed; the changes of all are counted."""
    server.answer("DeviceStateList", device("SIP/desk.6001", "NOT_INUSE"), now=NOW)
    server.pbx.take(device("SIP/203.0.113.9", "INUSE"))
    server.pbx.take(device("DAHDI/i1/5551234", "INUSE"))
    assert server.value("device_states", "SIP", "in_use") == 0
    assert server.value("device_states", "DAHDI", "in_use") is None
    server.pbx.take(device("SIP/desk.6001", "INUSE"))
    server.pbx.take(device("SIP/6002", "INUSE"))
    assert server.value("device_states", "SIP", "in_use") == 2
    assert server.value("device_state_changes_total", "SIP", "in_use") == 3


@pytest.mark.parametrize(
    ("event", "text"), [("INUSE", "In use"), ("RINGINUSE", "Ring+Inuse"), ("ONHOLD", "On Hold")]
)
def test_both_spellings_of_a_state_are_one(event: str, text: str) -> None:
    """Those of events and those for people."""
    state = Choice("State", STATES, other="unknown")
    assert state.label({"state": event}) == state.label({"state": text}) != "unknown"


async def test_what_has_no_technology_is_other(server: Server) -> None:
    """A hint may name anything; a state that nobody knows is unknown."""
    server.answer("DeviceStateList", device("nonsense", "FROZEN"), now=NOW)
    assert server.value("device_states", "other", "unknown") == 1


async def test_a_list_corrects_what_events_left_wrong(server: Server) -> None:
    """A device in another state, and one that is gone."""
    server.answer("DeviceStateList", device("PJSIP/6001", "INUSE"), now=NOW)
    assert sorted(settled(server)) == [("changed", ("PJSIP/6001",)), ("ghost", ("Queue:sales",))]
    assert server.value("device_states", "PJSIP", "in_use") == 1


async def test_hints_change_come_and_go(server: Server) -> None:
    """States are bits; one that was removed or deactivated is gone."""
    server.pbx.take(hint("6001", 9))
    server.pbx.take(hint("6003", 17))
    assert server.value("extension_states", "lab", "ring_in_use") == 1
    assert server.value("extension_states", "lab", "in_use_on_hold") == 1
    for status in (-1, -2):
        server.pbx.take(hint("6001", status))
        server.pbx.take(hint("6003", status))
    assert sum(float(str(value)) for value in server.values("extension_states").values()) == 1


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_devices_and_hints(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of real text: every device and hint counts, in a state that has a name."""
    replay = Replay(monkeypatch)
    replay.play(version, "devices", "hints")
    page = dict(line.rsplit(" ", 1) for line in replay.page().splitlines() if not line.startswith("#"))
    for metric, table in (("device_states", "devices"), ("extension_states", "extensions")):
        found = {name: float(value) for name, value in page.items() if f"asterisk_{metric}{{" in name}
        rows = float(page[f'asterisk_table_rows{{server="lab",table="{table}"}}'])
        assert sum(found.values()) == rows > 0
        assert not any(value for name, value in found.items() if '"other"' in name)
        assert not any("Local" in name for name in found)
    lamp = 'asterisk_device_state_changes_total{server="lab",state="in_use",technology="Custom"}'
    assert page[lamp] == "1.0"
