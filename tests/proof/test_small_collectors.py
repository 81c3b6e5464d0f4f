"""Agents, devices, voicemail, faxes, task processors and security events, against the CLI and a listener."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.lab.asterisk import Asterisk
from tests.proof.listener import USER
from tests.proof.once import Once
from tests.proof.small_scene import Scene, play

pytestmark = pytest.mark.lab

SOON = 4.0  # seconds: five times what it takes, and less than between two lists
HINTS = {"Idle": "idle", "InUse": "in_use", "Unavailable": "unavailable"}
ENDPOINTS = {"Not in use": "not_in_use", "In use": "in_use", "Unavailable": "unavailable"}

_scenes = Once[Scene]()


@pytest.fixture
def scene(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Made once for each Asterisk."""
    return _scenes.get(asterisk, lambda: play(asterisk, tmp_path_factory.mktemp("small")))


def test_agents_equal_agent_show_all(scene: Scene) -> None:
    """Logged off, idle and on a call, at settled moments; logins and logoffs are counted."""
    for when, moment in scene.moments.items():
        got = tuple(
            moment.page.get("asterisk_agents", state=name) for name in ("logged_off", "idle", "on_call")
        )
        assert got == moment.agents, when
    assert [scene.moments[when].agents[2] for when in ("start", "busy", "end")] == [0, 1, 0]
    last = scene.moments["end"].page
    assert last.get("asterisk_agent_logins_total") == scene.heard.count("AgentLogin") == 2
    assert last.get("asterisk_agent_logoffs_total") == scene.heard.count("AgentLogoff") == 2


def test_messages_equal_voicemail_show_users(scene: Scene) -> None:
    """And a new one is seen long before the next list."""
    for when, moment in scene.moments.items():
        got = moment.page.get("asterisk_voicemail_messages", context="default", folder="new")
        assert got == moment.new_messages, when
        assert moment.page.get("asterisk_voicemail_mailboxes") == 2
    assert scene.seen_after["message"] < SOON


def test_hints_and_devices_equal_the_cli(scene: Scene) -> None:
    """`core show hints` and the states of `pjsip show endpoints`; a change is seen at once."""
    for when, moment in scene.moments.items():
        for text, state in HINTS.items():
            got = moment.page.value("asterisk_extension_states", context="lab", state=state)
            assert got == moment.hints[text], (when, state)
        for text, state in ENDPOINTS.items():
            got = moment.page.value("asterisk_device_states", technology="PJSIP", state=state)
            assert got == moment.endpoints[text], (when, state)
        assert moment.endpoints.total() >= 10
    for name in ("lamp in_use", "lamp not_in_use"):
        assert scene.seen_after[name] < SOON, name


def test_changes_of_devices_equal_what_was_heard(scene: Scene) -> None:
    """Of the two technologies that nothing but this scene touches."""
    for technology in ("Custom", "Agent"):
        heard = Counter(
            event["State"].lower()
            for event in scene.heard.of("DeviceStateChange")
            if event["Device"].startswith(f"{technology}:") and not event["ActionID"]
        )
        assert heard.total() >= 2
        for state, name in (("inuse", "in_use"), ("not_inuse", "not_in_use"), ("unavailable", "unavailable")):
            got = scene.moments["end"].page.value(
                "asterisk_device_state_changes_total", technology=technology, state=name
            )
            assert got == heard[state], (technology, state)


def test_lists_have_nothing_to_correct(scene: Scene) -> None:
    """Of what events keep fresh, with calls, agents and a lamp that change."""
    for table in ("devices", "extensions", "agents"):
        assert scene.moments["end"].page.value("asterisk_table_corrections_total", table=table) == 0, table


def test_faxes_equal_fax_show_stats(scene: Scene) -> None:
    """One that goes through, from both ends, and one with nobody at the other end."""
    for when, moment in scene.moments.items():
        truth = moment.faxes
        for direction in ("send", "receive"):
            got = moment.page.get("asterisk_fax_attempts_total", direction=direction)
            assert got == truth[direction], (when, direction)
        assert moment.page.get("asterisk_fax_results_total", result="failed") == truth["failed"], when
        good = truth["completed"] - truth["failed"]
        assert moment.page.get("asterisk_fax_results_total", result="success") == good, when
    first, last = scene.moments["start"], scene.moments["end"]
    assert last.faxes["failed"] == first.faxes["failed"] + 1
    for direction, event in (("send", "SendFAX"), ("receive", "ReceiveFAX")):
        pages = scene.heard.total(event, "PagesTransferred")
        assert last.page.get("asterisk_fax_pages_total", direction=direction) == pages == 1
    assert first.page.get("asterisk_fax_sessions") == 2
    assert last.page.get("asterisk_fax_sessions") == 0


def test_task_processors_equal_the_cli(scene: Scene) -> None:
    """Those that did nothing between two looks: each that has a name of its own, and some by their kind."""
    assert scene.tasks
    before, page, after = scene.tasks
    counts = (len(before), len(after))
    assert min(counts) - 10 <= page.value("asterisk_taskprocessors") <= max(counts) + 10
    done = {
        dict(labels)["name"]: value
        for (metric, labels), value in page.samples.items()
        if metric == "asterisk_taskprocessor_processed_tasks_total"
    }
    compared = 0
    for name, count in after.items():
        if before.get(name) == count and not re.search(r"-[0-9a-f]{8}$", name):
            assert done[name] == count, name
            compared += 1
    for kind in ("pjsip/distributor", "pjsip/mwi", "sorcery/contact", "sorcery/registration"):
        sums = [
            sum(n for name, n in tasks.items() if name.startswith(f"{kind}-")) for tasks in (before, after)
        ]
        if sums[0] == sums[1]:
            assert done[kind] == sums[0], kind
            compared += 1
    assert compared >= 6


def test_security_events_equal_what_was_heard(scene: Scene) -> None:
    """All but those of the exporter's own account, whose logins are heard and not counted."""
    assert scene.security
    heard, page = scene.security
    name = "asterisk_security_events_total"
    for (event, service), count in heard.items():
        assert page.get(name, event=event, service=service) == count, (event, service)
    assert page.get(name) == heard.total()
    assert scene.heard.count("SuccessfulAuth", Service="AMI", AccountID=USER) >= 2
    assert page.get(name, event="SuccessfulAuth", service="AMI") == heard["SuccessfulAuth", "AMI"] == 1


def test_each_wrong_password_makes_one_event(scene: Scene) -> None:
    """Over AMI, also for our own account, and over SIP; so does a refused address or action."""
    for name, port in scene.ports.items():
        event = name.split()[0]
        found = [one for one in scene.heard.of(event) if one["RemoteAddress"].endswith(f"/{port}")]
        assert len(found) == 1, name
