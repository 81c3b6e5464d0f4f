"""A scene of half a minute: agents, a lamp, a message, faxes and wrong passwords, as told and as heard."""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.proof.configs import config
from tests.proof.fax_page import page
from tests.proof.intruder import ami, register
from tests.proof.listener import USER, Heard, Listener
from tests.proof.run import quiet

# As whom the listener is logged in, too: who may do everything, for `core show taskprocessors`.
COLLECTORS = (
    "ami",
    "core",
    "channels",
    "agents",
    "devices",
    "voicemail",
    "security",
    "fax",
    "taskprocessors",
)
SECONDS = 1  # between lists; but of what is live, below
# Devices are listed every 5 s, hints and mailboxes every 300 s: what is seen sooner came by an event.
LIVE = {"devices": 5, "voicemail": 300}
FAX_SUMS = {"Completed": "completed", "Failed": "failed", "Transmit": "send", "Receive": "receive"}
# What a session that is logged in brings about.
LOGGED_IN = ("SuccessfulAuth", "RequestNotAllowed", "RequestBadFormat")


class Moment(NamedTuple):
    """A page, and what the CLI said at the same time, before and after."""

    page: Page
    agents: tuple[int, int, int]  # logged off, idle, talking
    new_messages: int
    hints: Counter[str]
    endpoints: Counter[str]
    faxes: dict[str, int]


@dataclass
class Scene:
    """What happened, and what there is to assert on."""

    moments: dict[str, Moment] = field(default_factory=dict)
    seen_after: dict[str, float] = field(default_factory=dict)  # seconds
    heard: Heard = field(default_factory=lambda: Heard(()))
    ports: dict[str, int] = field(default_factory=dict)  # from which somebody came with a wrong password
    tasks: tuple[dict[str, int], Page, dict[str, int]] | None = None
    security: tuple[Counter[tuple[str, str]], Page] | None = None


def play(asterisk: Asterisk, folder: Path) -> Scene:
    """Let it happen, with an exporter in this folder."""
    scene = Scene()
    (asterisk.root / "tmp/fax.tif").write_bytes(page())
    quiet(asterisk)
    intervals = dict.fromkeys(COLLECTORS[2:], SECONDS) | LIVE
    text = config(asterisk, USER, collectors=f"[{', '.join(COLLECTORS)}]")
    text += "".join(
        f"  {name}: {{interval: {intervals[name]}s}}\n" for name in COLLECTORS[3:] if name != "security"
    )
    with ExitStack() as stack:
        listener = stack.enter_context(Listener(asterisk))
        exporter = stack.enter_context(ExporterProcess(folder, text))
        exporter.wait_up()
        exporter.wait_until(lambda: len(_shown(exporter.scrape())) == 6, 20)
        asterisk.cli("channel originate Local/340@lab application SendFAX /tmp/fax.tif")
        asterisk.cli("channel originate Local/210@lab extension 101@lab")
        asterisk.cli("channel originate Local/101@lab application AgentLogin 1002")
        scene.moments["start"] = _moment(asterisk, exporter)
        asterisk.cli("channel originate Local/203@lab extension 101@lab")
        _lamp(scene, asterisk, exporter)
        _break_in(scene, asterisk)
        before = _new(exporter)
        asterisk.cli("channel originate Local/320@lab extension 1@agents")
        listener.wait(lambda heard: heard.count("MessageWaiting", Mailbox="6001@default") > 0, 15)
        scene.seen_after["message"] = exporter.wait_until(lambda: _new(exporter) == before + 1, 10)
        listener.wait(lambda heard: heard.count("AgentConnect", Queue="pool") > 0, 20)
        scene.moments["busy"] = _moment(asterisk, exporter)
        listener.wait(lambda heard: heard.count("SendFAX") > 0, 30)
        quiet(asterisk)
        asterisk.cli("channel originate Local/340@lab application Wait 1")
        scene.tasks = _tasks(asterisk), _after(2.5, exporter), _tasks(asterisk)
        listener.wait(lambda heard: heard.count("ReceiveFAX") == 2, 15)
        quiet(asterisk)
        scene.moments["end"] = _moment(asterisk, exporter)
        scene.security = _security(listener, exporter)
        scene.heard = listener.heard()
    return scene


def _shown(page: Page) -> set[str]:
    names = (
        "agents",
        "device_states",
        "voicemail_messages",
        "fax_sessions",
        "taskprocessors",
        "extension_states",
    )
    return {name for name in names if page.get(f"asterisk_{name}") is not None}


def _after(seconds: float, exporter: ExporterProcess) -> Page:
    time.sleep(seconds)
    return exporter.scrape()


def _moment(asterisk: Asterisk, exporter: ExporterProcess) -> Moment:
    """Once the CLI says the same before and after a list of every collector was read."""
    deadline = time.monotonic() + 15
    while True:
        before, now, after = _truth(asterisk), _after(2 * SECONDS + 0.2, exporter), _truth(asterisk)
        if before == after:
            return Moment(now, *after)
        assert time.monotonic() < deadline, f"Asterisk does not hold still: {before}, then {after}"


def _truth(
    asterisk: Asterisk,
) -> tuple[tuple[int, int, int], int, Counter[str], Counter[str], dict[str, int]]:
    found = re.search(
        r"Defined agents: (\d+), Logged in: (\d+), Talking: (\d+)", asterisk.cli("agent show all")
    )
    assert found
    defined, logged_in, talking = map(int, found.groups())
    boxes = re.findall(r"^default +\d+ .* (\d+)$", asterisk.cli("voicemail show users"), re.MULTILINE)
    hints = re.findall(r"@lab .* State:(\S+)", asterisk.cli("core show hints"))
    endpoints = re.findall(
        r"^ Endpoint:  [^<\s]\S+ +(\S.*?) +\d+ of", asterisk.cli("pjsip show endpoints"), re.MULTILINE
    )
    faxes = re.findall(r"^(\w+) (?:Attempts|FAXes) +: (\d+)", asterisk.cli("fax show stats"), re.MULTILINE)
    return (
        (defined - logged_in, logged_in - talking, talking),
        sum(map(int, boxes)),
        Counter(hints),
        Counter(endpoints),
        {FAX_SUMS[name]: int(count) for name, count in faxes},
    )


def _lamp(scene: Scene, asterisk: Asterisk, exporter: ExporterProcess) -> None:
    def in_use() -> tuple[float, float]:
        got = exporter.scrape()
        hinted = got.value("asterisk_extension_states", context="lab", state="in_use")
        return hinted, got.get("asterisk_device_states", technology="Custom", state="in_use") or 0.0

    asterisk.cli("devstate change Custom:lamp NOT_INUSE")
    time.sleep(0.5)
    dark = in_use()
    lit = (dark[0] + 1, dark[1] + 1)
    for state, name, expected in (("INUSE", "in_use", lit), ("NOT_INUSE", "not_in_use", dark)):
        asterisk.cli(f"devstate change Custom:lamp {state}")

        def seen(expected: tuple[float, float] = expected) -> bool:
            return in_use() == expected

        scene.seen_after[f"lamp {name}"] = exporter.wait_until(seen, 10)


def _break_in(scene: Scene, asterisk: Asterisk) -> None:
    def login(user: str, secret: str) -> dict[str, str]:
        return {"Action": "Login", "Username": user, "Secret": secret}

    for name, actions in {
        "InvalidPassword": [login("monitor", "wrong")],
        "InvalidPassword of ours": [login(USER, "wrong")],
        "InvalidAccountID": [login("stranger", "wrong")],
        "FailedACL": [login("elsewhere", "elsewhere-secret")],
        "RequestNotAllowed": [
            login("reporting", "reporting-secret"),
            {"Action": "Originate", "Channel": "x"},
        ],
    }.items():
        with ami(asterisk, *actions) as scene.ports[name]:
            pass
    scene.ports["ChallengeResponseFailed"], answer = register(asterisk, "6001", "wrong")
    assert "401" in answer


def _new(exporter: ExporterProcess) -> float:
    return exporter.scrape().value("asterisk_voicemail_messages", context="default", folder="new")


def _tasks(asterisk: Asterisk) -> dict[str, int]:
    """Tasks done by each processor."""
    lines = asterisk.cli("core show taskprocessors").splitlines()
    found = (re.match(r"(\S+) +(\d+) +\d+ +\d+ +\d+ +\d+", line) for line in lines)
    return {match[1]: int(match[2]) for match in found if match}


def _security(listener: Listener, exporter: ExporterProcess) -> tuple[Counter[tuple[str, str]], Page]:
    """What was heard since the exporter logged in, at a moment in which nothing comes."""
    while True:
        before, now, after = _reports(listener.heard()), _after(0.5, exporter), _reports(listener.heard())
        if before == after:
            return after, now


def _reports(heard: Heard) -> Counter[tuple[str, str]]:
    """Security events by name and service, but for those of the exporter's account."""
    events = [event for event in heard.events if event["Privilege"].startswith("security")]
    ours = [event["Service"] == "AMI" and event["AccountID"] == USER for event in events]
    logins = [at for at, event in enumerate(events) if ours[at] and event.name == "SuccessfulAuth"]
    return Counter(
        (event.name, event["Service"])
        for event, own in list(zip(events, ours, strict=True))[logins[1] :]  # the first is the listener's
        if not (own and event.name in LOGGED_IN)
    )
