"""How calls go, event by event, in the order in which Asterisk 22.10 told real ones."""

from __future__ import annotations

from collections.abc import Callable

from exporter.simulator import legs, places
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
from exporter.simulator.company import Endpoint
from exporter.simulator.forwarded import forwarded
from exporter.simulator.plans import Plan
from exporter.simulator.queue_calls import queued
from exporter.simulator.switch import Switch
from exporter.simulator.timeline import Story

_REFUSALS = {"busy": (USER_BUSY, "BUSY", "Busy"), "congestion": (CONGESTED, "CONGESTION", "Congestion")}


def call(switch: Switch, plan: Plan) -> Story:
    """The story of a call. All its channels are there when it first pauses, but for those that join later."""
    caller = switch.arrive(plan.source.name, plan.source.context, plan.exten, plan.caller)
    if plan.target is None:
        yield from _place(plan)(switch, plan, caller)
    elif plan.parks:
        yield from places.parked(switch, plan, caller)
    elif plan.forward:
        yield from forwarded(switch, plan, plan.target, caller)
    else:
        yield from _direct(switch, plan, plan.target, caller)


def _place(plan: Plan) -> Callable[[Switch, Plan, Channel], Story]:
    """Where a call ends that goes to no endpoint."""
    if plan.queue:
        return queued
    if plan.room:
        return places.conference
    if plan.mailbox:
        return places.mailbox
    if plan.agent:
        return places.agent
    return places.fax if plan.fax else _announcement


def _announcement(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """Asterisk itself answers."""
    places.answered(switch, caller, plan.application)
    yield plan.talk
    if plan.ended_by == "caller":
        switch.request_hangup(caller, NORMAL)
    else:
        switch.run(caller, "Hangup", priority="3")
    yield from legs.end(switch, plan, caller)


def _direct(switch: Switch, plan: Plan, target: Endpoint, caller: Channel) -> Story:
    """A caller and the endpoint that is called, in a bridge if it answers."""
    switch.run(caller, "Dial", f"PJSIP/{target.name},30")
    called = legs.offer(switch, caller, target)
    switch.connect(caller, Party(caller.exten))
    yield legs.ANSWERS_AT_ONCE
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
        bridge = legs.bridge(switch, called, caller)
        bridge.technology = "native_rtp"  # it changes without an event
        yield from _talk(switch, plan, caller, called)
        if plan.transfer and plan.transfer.target:
            _transfer(switch, plan.transfer.exten, called, caller, bridge)
            yield from _direct(switch, plan.transfer, plan.transfer.target, caller)
        else:
            yield from _part(switch, plan, caller, called, bridge)


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


def _transfer(switch: Switch, exten: str, called: Channel, caller: Channel, bridge: Bridge) -> None:
    """The called one hands the caller on, unseen, and is out."""
    context = called.context
    switch.leave(called)
    bridge.members += 1  # as Asterisk tells it
    switch.tell("BlindTransfer", "Success", called, caller, bridge, "Yes", context, exten)
    bridge.members -= 1
    switch.soft_hangup(called)
    switch.leave(caller)
    switch.hangup(called, NORMAL)
    switch.dissolve(bridge)
    caller.exten = exten


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
        yield from legs.end(switch, plan, caller)
