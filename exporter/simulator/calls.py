"""How calls go, event by event, in the order in which Asterisk 22.10 told real ones."""

from __future__ import annotations

from exporter.simulator.channels import (
    BUSY,
    CANCELLED,
    CONGESTED,
    GAVE_UP,
    NO_CAUSE,
    NORMAL,
    RINGING,
    UP,
    USER_BUSY,
    Bridge,
    Channel,
    Party,
)
from exporter.simulator.plans import Endpoint, Plan
from exporter.simulator.queue_calls import queued
from exporter.simulator.switch import Switch
from exporter.simulator.timeline import Story

_ANSWERS_AT_ONCE = 0.2  # s until a far end says anything
_BYE_TIMEOUT = 32.0  # s for which Asterisk repeats its BYE to a phone that has lost its network
_REFUSALS = {"busy": (USER_BUSY, "BUSY", "Busy"), "congestion": (CONGESTED, "CONGESTION", "Congestion")}


def call(switch: Switch, plan: Plan) -> Story:
    """The story of a call. All its channels are there when it first pauses, but for those of a queue."""
    caller = switch.arrive(plan.source.name, plan.source.context, plan.exten, plan.caller)
    if plan.queue:
        yield from queued(switch, plan, caller)
    elif plan.target is None:
        yield from _announcement(switch, plan, caller)
    elif plan.forward:
        yield from _forwarded(switch, plan, plan.target, caller)
    else:
        yield from _direct(switch, plan, plan.target, caller)


def _announcement(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """Asterisk itself answers."""
    switch.run(caller, "Answer")
    switch.become(caller, UP)
    switch.run(caller, plan.application, priority="2")
    yield plan.talk
    if plan.ended_by == "caller":
        switch.request_hangup(caller, NORMAL)
    else:
        switch.run(caller, "Hangup", priority="3")
    yield from _end(switch, plan, caller)


def _direct(switch: Switch, plan: Plan, target: Endpoint, caller: Channel) -> Story:
    """A caller and the endpoint that is called, in a bridge if it answers."""
    switch.run(caller, "Dial", f"PJSIP/{target.name},30")
    called = _offer(switch, caller, target)
    switch.connect(caller, Party(caller.exten))
    yield _ANSWERS_AT_ONCE
    if plan.outcome in _REFUSALS:
        yield from _refused(switch, plan, caller, called)
        return
    if plan.rings:
        switch.become(called, RINGING)
        switch.dialling(caller, called, "RINGING")
    yield plan.ring
    if plan.outcome == "no answer":
        switch.dialled(caller, called, "NOANSWER")
        switch.soft_hangup(caller)
        switch.hangup(called, NO_CAUSE)
        caller.priority = "2"
        switch.hangup(caller, NO_CAUSE)
    elif plan.outcome == "give up":
        switch.request_hangup(caller, GAVE_UP)
        switch.dialled(caller, called, "CANCEL")
        switch.soft_hangup(caller, GAVE_UP)
        switch.hangup(called, CANCELLED)
        switch.hangup(caller, GAVE_UP)
    else:
        switch.become(called, UP)
        switch.dialled(caller, called, "ANSWER")
        switch.become(caller, UP)
        bridge = _bridge(switch, called, caller)
        bridge.technology = "native_rtp"  # it changes without an event
        yield from _talk(switch, plan, caller, called)
        yield from _part(switch, plan, caller, called, bridge)


def _offer(switch: Switch, caller: Channel, target: Endpoint) -> Channel:
    """A leg to an endpoint, up to the beginning of its dial."""
    called = switch.call_out(target.name, target.context, caller)
    _introduce(switch, caller, called)
    switch.dial(caller, called, target.name)
    return called


def _introduce(switch: Switch, caller: Channel, called: Channel) -> None:
    """A called leg is told whom it stands for and who calls."""
    called.exten = caller.exten
    called.caller, called.connected = Party(caller.exten), caller.caller
    switch.run(called, "AppDial", "(Outgoing Line)")
    switch.identify(called)
    switch.connect(called, caller.caller)


def _bridge(switch: Switch, called: Channel, caller: Channel) -> Bridge:
    bridge = switch.bridge()
    _bridge_called(switch, bridge, called)
    switch.enter(bridge, caller)
    return bridge


def _bridge_called(switch: Switch, bridge: Bridge, called: Channel) -> None:
    called.exten = ""
    switch.run(called, "AppDial", "(Outgoing Line)")
    switch.enter(bridge, called)


def _refused(switch: Switch, plan: Plan, caller: Channel, called: Channel) -> Story:
    """The far end refuses, and the dialplan tells the caller so."""
    cause, status, application = _REFUSALS[plan.outcome]
    switch.request_hangup(called, cause)
    switch.dialled(caller, called, status)
    switch.run(caller, application, "1", priority="2")
    switch.become(caller, BUSY)
    switch.hangup(called, cause)
    yield 0.1
    switch.request_hangup(caller, cause)
    switch.soft_hangup(caller, cause)
    switch.hangup(caller, cause)


def _talk(switch: Switch, plan: Plan, caller: Channel, called: Channel) -> Story:
    if plan.hold is None:
        yield plan.talk
        return
    before, length = plan.hold
    yield before
    switch.hold(caller, called)
    yield length
    switch.unhold(caller, called)
    yield plan.talk - before


def _part(switch: Switch, plan: Plan, caller: Channel, called: Channel, bridge: Bridge) -> Story:
    """One hangs up, both leave the bridge."""
    first, second = (caller, called) if plan.ended_by == "caller" else (called, caller)
    switch.request_hangup(first, NORMAL)
    switch.leave(first)
    if first is caller:
        switch.soft_hangup(caller)
        switch.hangup(caller, NORMAL)
        switch.leave(called)
        switch.dissolve(bridge)
        switch.hangup(called, NORMAL)
    else:
        switch.leave(second)
        switch.dissolve(bridge)
        switch.hangup(called, NORMAL)
        yield from _end(switch, plan, caller)


def _end(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """Asterisk ends a caller's channel, which stays until the phone has answered the BYE."""
    switch.soft_hangup(caller)
    if plan.silent and plan.ended_by == "callee":
        yield _BYE_TIMEOUT
    switch.hangup(caller, NORMAL)


def _forwarded(switch: Switch, plan: Plan, target: Endpoint, caller: Channel) -> Story:
    """A call that goes on to another number, through a Local channel: four channels, two bridges."""
    switch.run(caller, "Dial", f"Local/{plan.forward}@{target.context}/n,30")
    one, two = switch.local(target.context, plan.forward, caller)
    _introduce(switch, caller, one)
    two.caller, two.connected = caller.caller, Party(caller.exten)
    switch.identify(two)
    switch.connect(two, two.connected)
    switch.join(one, two)
    switch.dial(caller, one, f"{plan.forward}@{target.context}/n")
    switch.run(two, "Dial", f"PJSIP/{target.name},30")
    called = _offer(switch, two, target)
    forward = Party(plan.forward)
    switch.connect(two, forward)
    switch.connect(caller, forward)
    yield _ANSWERS_AT_ONCE
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
        _give_up_forwarded(switch, caller, one, two, called)
        return
    switch.become(called, UP)
    switch.dialled(two, called, "ANSWER")
    switch.become(two, UP)
    switch.become(one, UP)
    far = switch.bridge()
    switch.dialled(caller, one, "ANSWER")
    _bridge_called(switch, far, called)
    switch.become(caller, UP)
    switch.enter(far, two)
    near = _bridge(switch, one, caller)
    yield plan.talk
    if plan.ended_by == "caller":
        _hang_up_forwarded(switch, (caller, one, near), (two, called, far))
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
        yield from _end(switch, plan, caller)


def _hang_up_forwarded(
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


def _give_up_forwarded(switch: Switch, caller: Channel, one: Channel, two: Channel, called: Channel) -> None:
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
