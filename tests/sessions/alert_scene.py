"""A bad minute of a PBX: a dead trunk, a full queue, wrong passwords, too many calls, and then a crash."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.exporter_process import ExporterProcess
from tests.grafana.shipped import DASHBOARDS, Target, filled_in, targets, variables
from tests.lab.asterisk import Asterisk
from tests.lab.calls import DEFAULT_MIX, Calls, Load
from tests.proof.intruder import ami, register
from tests.proof.run import quiet
from tests.proof.test_prometheus import Prometheus
from tests.sessions.alerting import Webhook, alerting
from tests.sessions.mishaps import ODD, mishaps

MIX = (*DEFAULT_MIX, Load("204", 12, 8), Load("205", 6, 10), Load("406", 6, 8))
SECONDS = 60.0  # of calls, at most
OVERRIDES = {"active_channels": 6, "queue_longest_wait_seconds": 3, "refused_logins": 10}
FAST = (
    *("agents", "bridges", "channels", "conferences", "core", "devices", "fax", "iax2", "parking"),
    *("pjsip", "queues", "registrations", "taskprocessors", "voicemail"),
)
TURNS = 120.0  # seconds that an alert may take, on a machine that has other things to do

# What the lab cannot have, and why.
NOT_HERE = {
    "asterisk_sip_peers": "chan_sip is none of Asterisk 22",
    "offset 1w": "there is no last week",
}


@dataclass
class Scene:
    """What was told, and what there is to assert on."""

    webhook: Webhook
    empty: set[Target] = field(default_factory=set)  # queries of panels that never gave data
    chosen: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # values of variables


def play(asterisk: Asterisk, folder: Path) -> Scene:
    """Let it happen, and wait for each alert to fire and to resolve."""
    quiet(asterisk)
    with ExitStack() as stack:
        exporter = stack.enter_context(ExporterProcess(folder / "exporter", _config(asterisk)))
        exporter.wait_up()
        prom, webhook = stack.enter_context(alerting(folder, f"127.0.0.1:{exporter.port}", OVERRIDES))
        scene = Scene(webhook)
        prom.wait_scraped(3)  # what comes before the second scrape is no increase
        with Calls(asterisk, SECONDS, MIX):
            with _answering(asterisk.ports["DEAD"]):
                _trouble(asterisk)
                mishaps(asterisk, prom)
                scene.empty = _query_all(prom)
                scene.chosen = _choose(prom)
            for name, labels in LOADED.items():
                _wait(webhook, "firing", name, labels)
        quiet(asterisk)
        with _answering(asterisk.ports["DEAD"]):
            for name, labels in LOADED.items():
                _wait(webhook, "resolved", name, labels)
        asterisk.kill()
        _wait(webhook, "firing", "AsteriskDown", {"server": "lab"})
        asterisk.start()
        _wait(webhook, "resolved", "AsteriskDown", {"server": "lab"})
    return scene


# What is wrong while there are calls, and well again afterwards.
LOADED = {
    "AsteriskManyChannels": {"server": "lab"},
    "AsteriskQueueWaitLong": {"server": "lab", "queue": "empty"},
    "AsteriskQueueNoAgents": {"server": "lab", "queue": "empty"},
    "AsteriskPasswordGuessing": {"server": "lab"},
    "AsteriskTrunkDown": {"server": "lab", "trunk": "dead"},
}


def _trouble(asterisk: Asterisk) -> None:
    """Callers whom nobody serves, an agent who pauses, many wrong passwords and one that is right."""
    for _ in range(2):
        asterisk.cli("channel originate Local/202@lab application Wait 300")
    asterisk.cli("queue pause member Local/3@agents queue support reason lunch")
    for secret in [asterisk.users["monitor"]] + ["wrong"] * (OVERRIDES["refused_logins"] + 2):
        with ami(asterisk, {"Action": "Login", "Username": "monitor", "Secret": secret}):
            pass
    register(asterisk, "6001", "wrong")
    # It calls itself, so that somebody reports how media arrived: sipp does not.
    for _ in range(2):
        itself = f"PJSIP/caller/sip:100@127.0.0.1:{asterisk.sip_port}"
        asterisk.cli(f"channel originate {itself} application Echo")


def _config(asterisk: Asterisk) -> str:
    servers = {"lab": asterisk.users["admin"], "locked": "not-the-secret"}
    lines = ["servers:"]
    for name, secret in servers.items():
        lines.append(
            f"  {name}: {{host: 127.0.0.1, port: {asterisk.ami_port}, username: admin, secret: {secret}}}"
        )
    every = ("ami", "calls", "cdr", "media", "odd", "security", *FAST)
    lines += [f"defaults: {{collectors: [{', '.join(every)}]}}", "collectors:"]
    lines += [f"  {name}: {{interval: 2s}}" for name in FAST]
    lines += ODD.splitlines()
    lines += ["trunks:", "  - {name: live, match: PJSIP/trunk-live, capacity: 30}"]
    lines += ["  - {name: dead, match: PJSIP/trunk-dead}"]
    return "\n".join(lines) + "\n"


def _wait(webhook: Webhook, status: str, name: str, labels: dict[str, str]) -> None:
    _until(lambda: webhook.told(status, name, **labels), f"{name} was not told as {status}")


def _until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + TURNS
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


def excused(target: Target) -> bool:
    """Whether the lab cannot have what a query asks for."""
    return any(part in target.expression for part in NOT_HERE)


def _query_all(prom: Prometheus) -> set[Target]:
    """Ask what every panel asks, again and again while there are calls; what never gave data."""
    left, deadline = set(targets()), time.monotonic() + SECONDS + TURNS / 4
    while any(not excused(target) for target in left) and time.monotonic() < deadline:
        left = {target for target in left if not _data(prom, filled_in(target.expression, "30s"))}
        time.sleep(1)
    return left


def _data(prom: Prometheus, query: str) -> bool:
    """Whether a query gives a number; a rate of nothing by nothing is none."""
    try:
        rows: list[dict[str, Any]] = prom.get("query", query=query)["result"]
    except OSError:
        return False
    return any(row["value"][1] != "NaN" for row in rows)


def _choose(prom: Prometheus) -> dict[tuple[str, str], list[str]]:
    """The values of every variable of every dashboard."""
    found = {}
    for name, dashboard in DASHBOARDS.items():
        for variable in variables(dashboard).values():
            if variable["type"] == "query":
                asked = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
                assert asked
                selector = filled_in(asked[1])
                found[name, asked[2]] = prom.get(f"label/{asked[2]}/values", **{"match[]": selector})
    return found


@contextmanager
def _answering(port: int) -> Iterator[None]:
    """Somebody at the far end of the dead trunk, who answers when asked whether he lives."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", port))
        sock.settimeout(0.2)
        ended = threading.Event()

        def answer() -> None:
            while not ended.is_set():
                try:
                    text, caller = sock.recvfrom(65536)
                except TimeoutError:
                    continue
                lines = text.decode().split("\r\n")
                if lines[0].startswith("OPTIONS "):
                    kept = [line for line in lines if re.match("(Via|From|To|Call-ID|CSeq):", line)]
                    reply = ["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]
                    sock.sendto("\r\n".join(reply).encode(), caller)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
