"""One run of calls, which all proofs under load share: what was told, said and heard, side by side."""

from __future__ import annotations

import os
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.lab.calls import DEFAULT_MIX, Calls, Load
from tests.proof.compare import COMPARED, LISTED, Check, Comparison, Pages
from tests.proof.configs import config
from tests.proof.listener import Heard, Listener
from tests.proof.queue_truth import Queue, queues
from tests.proof.truth import channels

MOMENTS = 5  # that a proof must have looked at; a slow machine has few that are settled
SECONDS = float(os.environ.get("PROOF_SECONDS", "90"))
MIX = (
    *DEFAULT_MIX,
    Load("204", 12, 8),  # a queue with an agent who never answers, and one who rings for 2 s
    Load("205", 6, 10),  # a queue that the caller is sent out of after 3 s
    Load("406", 6, 3),  # out by the live trunk, while another rings
    Load("407", 6, 3),  # it rings until the caller gives up
)
COLLECTORS = ("ami", "core", "channels", "calls", "cdr", "bridges", "queues")
TRUNKS = {name: f"PJSIP/trunk-{name}" for name in ("live", "dead")}
SLOW = 60  # seconds between the lists of the exporter that lives on events
FAST = 1  # and of the one that lists all the time
PAUSED = ("support", "Carol", "Local/3@agents")  # is paused in the middle of it
PAUSE = SECONDS / 6
SETTLED = 2.0  # seconds of quiet after which every event is here and every list was read


@dataclass
class Pause:
    """One pause of a member, made in the middle of the run."""

    began: float = 0.0  # s of the run; 0: not yet
    ended: bool = False
    delays: list[float] = field(default_factory=list)  # s from the CLI's command to a page that shows it


@dataclass(repr=False)
class Run:
    """What there is to assert on."""

    checks: dict[str, Check] = field(default_factory=dict)
    pages: dict[str, Pages] = field(default_factory=dict)  # start, middle, end
    heard: Heard = field(default_factory=lambda: Heard(()))
    before: dict[str, Queue] = field(default_factory=dict)  # the queues at the start
    left: dict[str, Queue] = field(default_factory=dict)  # and at the end
    pause: Pause = field(default_factory=Pause)

    def grown(self, name: str, *, of: str = "live", **labels: str) -> float:
        """By how much a sum has grown from the start to the end."""
        first, last = (getattr(self.pages[when], of) for when in ("start", "end"))
        return float((last.get(name, **labels) or 0) - (first.get(name, **labels) or 0))


def take(asterisk: Asterisk, folder: Path) -> Run:
    """Make the calls and watch them; it starts and ends without a channel."""
    run = Run()
    with ExitStack() as stack:
        exporters = [
            stack.enter_context(ExporterProcess(folder / name, _config(asterisk, seconds)))
            for name, seconds in (("live", SLOW), ("listing", FAST))
        ]
        listener = stack.enter_context(Listener(asterisk))
        for exporter in exporters:
            exporter.wait_up()
            exporter.wait_until(lambda: exporter.scrape().get("asterisk_queue_callers") is not None, 20)  # noqa: B023
        quiet(asterisk, SETTLED)
        run.before, earlier = queues(asterisk), len(listener.heard().events)
        run.pages["start"] = Pages(*(exporter.scrape() for exporter in exporters))
        with Calls(asterisk, SECONDS, MIX) as calls:
            _watch(run, asterisk, exporters, listener, calls)
        quiet(asterisk, SETTLED + LISTED)
        run.left = queues(asterisk)
        run.pages["end"] = Pages(*(exporter.scrape() for exporter in exporters))
        run.heard = Heard(listener.heard().events[earlier:])
    return run


def quiet(asterisk: Asterisk, seconds: float = 0.25, patience: float = 90) -> None:
    """Hang up what is left, and wait until no channel was listed for so long."""
    since, deadline = time.monotonic(), time.monotonic() + patience
    while time.monotonic() - since < seconds:
        if left := channels(asterisk).names:
            assert time.monotonic() < deadline, f"these channels do not end: {left}"
            asterisk.cli("channel request hangup all")
            since = time.monotonic()
        time.sleep(0.25)


def _config(asterisk: Asterisk, seconds: int) -> str:
    text = config(asterisk, channels=f"{seconds}s", collectors=f"[{', '.join(COLLECTORS)}]")
    text += "".join(f"  {name}: {{interval: {seconds}s}}\n" for name in ("queues", "bridges"))
    return (
        text
        + "trunks:\n"
        + "".join(f"  - {{name: {name}, match: {match}}}\n" for name, match in TRUNKS.items())
    )


def _watch(
    run: Run, asterisk: Asterisk, exporters: list[ExporterProcess], listener: Listener, calls: Calls
) -> None:
    started, comparison = time.monotonic(), Comparison(asterisk, listener, run.pages["start"].live)
    run.checks = comparison.checks
    while calls.running:
        scraped = time.monotonic()
        comparison.compare(Pages(*(_glance(exporter) for exporter in exporters)), scraped)
        if scraped - started > SECONDS / 3 and "middle" not in run.pages:
            run.pages["middle"] = Pages(*(exporter.scrape() for exporter in exporters))
        _pause(run.pause, asterisk, exporters[0], scraped - started)


def _glance(exporter: ExporterProcess) -> Page:
    """A scrape of what is compared; to read a whole page each time would take most of the machine."""
    with urllib.request.urlopen(exporter.url + "/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines(keepends=True)
    return Page("".join(line for line in lines if line.startswith(COMPARED)))


def _pause(pause: Pause, asterisk: Asterisk, exporter: ExporterProcess, passed: float) -> None:
    """Pause the member in the middle of the run, and end that in time."""
    queue, _, interface = PAUSED
    if pause.ended or passed < (pause.began + PAUSE if pause.began else SECONDS / 2):
        return
    word, paused = ("unpause", 0) if pause.began else ("pause", 1)
    asterisk.cli(f"queue {word} member {interface} queue {queue}" + " reason lunch" * paused)
    delay = exporter.wait_until(
        lambda: _glance(exporter).get("asterisk_queue_members_paused", queue=queue) == paused, 10
    )
    pause.delays.append(delay)
    pause.began, pause.ended = pause.began or passed, not paused
