"""A call that goes on to another number, through a Local channel, as Asterisk 22.10 told of a real one."""

from __future__ import annotations

from exporter.simulator import legs
from exporter.simulator.channels import CANCELLED, GAVE_UP, NORMAL, RINGING, UP, Bridge, Channel, Party
from exporter.simulator.company import Endpoint
from exporter.simulator.plans import Plan
from exporter.simulator.switch import Switch
from exporter.simulator.timeline import Story


def forwarded(switch: Switch, plan: Plan, target: Endpoint, caller: Channel) -> Story:
    """A call that goes on to another number, through a Local channel: four channels, two bridges."""
    switch.run(caller, "Dial", f"Local/{plan.forward}@{target.context}/n,30")
    one, two = switch.local(target.context, plan.forward, caller)
    legs.introduce(switch, caller, one)
    two.caller, two.connected = caller.caller, Party(caller.exten)
    switch.identify(two)
    switch.connect(two, two.connected)
    switch.join(one, two)
    switch.dial(caller, one, f"{plan.forward}@{target.context}/n")
    switch.run(two, "Dial", f"PJSIP/{target.name},30")
    called = legs.offer(switch, two, target)
    forward = Party(plan.forward)
    switch.connect(two, forward)
    switch.connect(caller, forward)
    yield legs.ANSWERS_AT_ONCE
    if plan.rings:
        one.caller = forward
        switch.become(called, RINGING)
        switch.become(one, RINGING)
        switch.identify(one)
        switch.dialling(two, called, "RINGING")
        switch.dialling(caller, one, "RINGING")
    yield plan.ring
    one.caller = forward
    if plan.outcome != "answer":
        _gives_up(switch, caller, one, two, called)
        return
    switch.become(called, UP)
    switch.dialled(two, called, "ANSWER")
    switch.become(two, UP)
    switch.become(one, UP)
    far = switch.bridge()
    switch.dialled(caller, one, "ANSWER")
    legs.bridge_called(switch, far, called)
    switch.become(caller, UP)
    switch.enter(far, two)
    near = legs.bridge(switch, one, caller)
    yield plan.talk
    if plan.ended_by == "caller":
        _caller_ends(switch, (caller, one, near), (two, called, far))
    else:
        switch.request_hangup(called, NORMAL)
        switch.leave(called)
        switch.leave(two)
        switch.dissolve(far)
        switch.hangup(called, NORMAL)
        switch.soft_hangup(two)
        switch.request_hangup(one, NORMAL)
        switch.hangup(two, NORMAL)
        switch.leave(one)
        switch.leave(caller)
        switch.dissolve(near)
        switch.hangup(one, NORMAL)
        yield from legs.end(switch, plan, caller)


def _caller_ends(
    switch: Switch, near: tuple[Channel, Channel, Bridge], far: tuple[Channel, Channel, Bridge]
) -> None:
    """The caller hangs up, and the end travels through the Local channel."""
    caller, one, near_bridge = near
    two, called, far_bridge = far
    switch.request_hangup(caller, NORMAL)
    switch.leave(caller)
    switch.leave(one)
    switch.soft_hangup(caller)
    switch.dissolve(near_bridge)
    switch.request_hangup(two, NORMAL)
    switch.hangup(one, NORMAL)
    switch.leave(two)
    switch.soft_hangup(two)
    switch.hangup(two, NORMAL)
    switch.leave(called)
    switch.hangup(caller, NORMAL)
    switch.dissolve(far_bridge)
    switch.hangup(called, NORMAL)


def _gives_up(switch: Switch, caller: Channel, one: Channel, two: Channel, called: Channel) -> None:
    """The caller hangs up before anybody answers."""
    inside = GAVE_UP._replace(sip="")  # no SIP inside a Local channel
    switch.request_hangup(caller, GAVE_UP)
    switch.dialled(caller, one, "CANCEL")
    switch.request_hangup(two, inside)
    switch.hangup(one, inside)
    switch.identify(one)  # so it was seen: a NewCallerid after the Hangup
    switch.dialled(two, called, "CANCEL")
    switch.soft_hangup(two)
    switch.hangup(two, inside)
    switch.soft_hangup(caller, GAVE_UP)
    switch.hangup(called, CANCELLED)
    switch.hangup(caller, GAVE_UP)
