"""A scene in which calls are forked, transferred, picked up and parked, one act after another."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from pathlib import Path

from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls
from tests.proof.configs import config
from tests.proof.listener import Listener
from tests.proof.run import FAST, SLOW, quiet
from tests.proof.stage import TRUNK, Manager, Moment, Stage

COLLECTORS = ("ami", "channels", "calls", "bridges", "parking")
SECONDS = 120.0  # the far end of the trunk is there for so long
CORRECTED = 3.5  # seconds in which a list is read, and what it found is a correction


def play(asterisk: Asterisk, folder: Path) -> dict[str, Moment]:
    """Let it happen, with two exporters in this folder; the moments by their names."""
    quiet(asterisk)
    with ExitStack() as stack:
        exporters = [
            stack.enter_context(ExporterProcess(folder / name, _config(asterisk, seconds)))
            for name, seconds in (("live", SLOW), ("listing", FAST))
        ]
        for exporter in exporters:
            exporter.wait_up()
        listener = stack.enter_context(Listener(asterisk))
        manager = stack.enter_context(closing(Manager(asterisk)))
        stack.enter_context(Calls(asterisk, SECONDS, ()))
        stage = stack.enter_context(closing(Stage(asterisk, exporters, listener, manager, folder)))
        for act in (_fork, _ring_all, _local, _blind, _attended, _masquerades, _pickup, _park, _give_up):
            act(stage)
        time.sleep(CORRECTED)
        stage.settle("end")
    return stage.moments


def _config(asterisk: Asterisk, seconds: int) -> str:
    text = config(asterisk, channels=f"{seconds}s", collectors=f"[{', '.join(COLLECTORS)}]")
    text += "".join(f"  {name}: {{interval: {seconds}s}}\n" for name in COLLECTORS[2:])
    return text + f"trunks:\n  - {{name: live, match: {TRUNK}}}\n"


def _fork(stage: Stage) -> None:
    """Two ring, and the first to answer has the call."""
    with stage.act():
        stage.call("406")
        stage.hear("BridgeEnter", 2)
        stage.settle("fork")


def _ring_all(stage: Stage) -> None:
    """The same in a queue, where both are behind Local channels."""
    with stage.act():
        stage.call("201")
        stage.hear("AgentConnect")
        stage.settle("ring-all")


def _local(stage: Stage) -> None:
    """A Local channel between two phones that hear each other goes out of the way."""
    with stage.act():
        stage.call("410", "Local/100@lab/n")
        stage.hear("LocalOptimizationEnd")
        stage.hear("Hangup", 2)
        stage.settle("optimised")


def _blind(stage: Stage) -> None:
    """By REFER, by action and by feature code; to a phone, to an application, to nowhere, and of nobody."""
    with stage.act():
        stage.refer("400", consult=False)
        stage.hear("BridgeEnter", 4)
        stage.settle("blind by REFER")
    with stage.act():
        caller, called = stage.talk()
        stage.manager.ask("BlindTransfer", Channel=called, Context="lab", Exten="101")
        stage.hear("Hangup")
        stage.settle("blind by action")
        stage.manager.ask("BlindTransfer", refused=True, Channel=caller, Context="lab", Exten="101")
    with stage.act():
        caller, _ = stage.talk()
        stage.dial(caller, "#", "101")
        stage.hear("BlindTransfer")
        stage.hear("Hangup")
        stage.settle("blind by feature code")
    with stage.act():
        caller, _ = stage.talk()
        stage.manager.ask("BlindTransfer", Channel=caller, Context="lab", Exten="nowhere")
        stage.hear("Hangup", 2)
        stage.settle("blind to nowhere")


def _attended(stage: Stage) -> None:
    """By feature code, which takes a Local channel, and by REFER with Replaces: two calls become one."""
    with stage.act():
        caller, _ = stage.talk()
        stage.manager.ask("Atxfer", Channel=caller, Context="lab", Exten="400")
        stage.hear("BridgeEnter", 6)
        stage.settle("consulting")
        stage.asterisk.cli(f"channel request hangup {caller}")
        stage.hear("AttendedTransfer")
        stage.hear("Hangup")
        stage.settle("attended by feature code")
    with stage.act():
        stage.refer("400", consult=True)
        stage.settle("attended by REFER")


def _masquerades(stage: Stage) -> None:
    """One channel takes the place of another: of one that runs an application, and of one that rings."""
    with stage.act():
        stage.refer("101", consult=True)
        stage.settle("attended to an application")
    with stage.act():
        stage.call("407")
        stage.hear("DialState", 2, DialStatus="RINGING")
        rings = next(name for name in stage.said().channels if name.endswith(";1"))
        stage.manager.ask("Redirect", Channel=rings, Context="lab", Exten="101", Priority="1")
        stage.settle("redirected while it rings")


def _pickup(stage: Stage) -> None:
    """Who picks up comes into the call of who is picked up, and nothing says so."""
    with stage.act():
        stage.call("407")
        stage.hear("DialState", 2, DialStatus="RINGING")
        stage.settle("ringing")
        stage.call("408")
        stage.hear("BridgeEnter", 2)
        stage.settle("picked up")


def _park(stage: Stage) -> None:
    """Parked out of a call, and then somebody else takes it."""
    with stage.act():
        _, called = stage.talk()
        stage.manager.ask("Park", Channel=called)
        stage.hear("ParkedCall")
        stage.settle("parked")
        stage.manager.ask(
            "Originate", Channel=TRUNK, Async="true", Application="ParkedCall", Data="default,701"
        )
        stage.hear("UnParkedCall")
        stage.settle("retrieved")


def _give_up(stage: Stage) -> None:
    """Parked by the dialplan, until the caller hangs up."""
    with stage.act():
        stage.call("310")
        stage.hear("ParkedCall")
        stage.settle("waiting")
    stage.hear("ParkedCallGiveUp")
