"""A leg to an endpoint: how its dial begins, and how it gets into a bridge."""

from __future__ import annotations

from exporter.simulator.channels import NORMAL, Bridge, Channel, Party
from exporter.simulator.company import Endpoint
from exporter.simulator.plans import Plan
from exporter.simulator.switch import Switch
from exporter.simulator.timeline import Story

ANSWERS_AT_ONCE = 0.2  # s until a far end says anything
_BYE_TIMEOUT = 32.0  # s for which Asterisk repeats its BYE to a phone that has lost its network


def offer(switch: Switch, caller: Channel, target: Endpoint) -> Channel:
    """A leg to an endpoint, up to the beginning of its dial."""
    called = switch.call_out(target.name, target.context, caller)
    introduce(switch, caller, called)
    switch.dial(caller, called, target.name)
    return called


def introduce(switch: Switch, caller: Channel, called: Channel) -> None:
    """A called leg is told whom it stands for and who calls."""
    called.exten = caller.exten
    called.caller, called.connected = Party(caller.exten), caller.caller
    switch.run(called, "AppDial", "(Outgoing Line)")
    switch.identify(called)
    switch.connect(called, caller.caller)


def bridge(switch: Switch, called: Channel, caller: Channel) -> Bridge:
    """Both talk."""
    both = switch.bridge()
    bridge_called(switch, both, called)
    switch.enter(both, caller)
    return both


def bridge_called(switch: Switch, bridge: Bridge, called: Channel) -> None:
    """The called one is the first in a bridge."""
    called.exten = ""
    switch.run(called, "AppDial", "(Outgoing Line)")
    switch.enter(bridge, called)


def end(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """Asterisk ends a caller's channel, which stays until the phone has answered the BYE."""
    switch.soft_hangup(caller)
    if plan.silent and plan.ended_by == "callee":
        yield _BYE_TIMEOUT
    switch.hangup(caller, NORMAL)
