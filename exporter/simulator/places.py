"""Calls that end at Asterisk itself: conferences, the parking lot, mailboxes, the agents' desk, the fax."""

from __future__ import annotations

from exporter.simulator.channels import NORMAL, UP, Channel, Party
from exporter.simulator.company import LOT, MAILBOX_CONTEXT, PARKING_TIME, Endpoint
from exporter.simulator.parking import Parked
from exporter.simulator.plans import Plan
from exporter.simulator.switch import Switch
from exporter.simulator.timeline import Story


def answered(switch: Switch, caller: Channel, application: str, data: str = "") -> None:
    """Asterisk answers, and runs an application."""
    switch.run(caller, "Answer")
    switch.become(caller, UP)
    switch.run(caller, application, data, priority="2")


def _gone(switch: Switch, caller: Channel) -> None:
    """The caller has asked to end."""
    switch.soft_hangup(caller)
    switch.hangup(caller, NORMAL)


def conference(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """Somebody comes into a conference, is muted for a while perhaps, and goes."""
    answered(switch, caller, "ConfBridge", plan.room)
    rooms = switch.conferences
    room = rooms.room(plan.room)
    switch.enter(room.bridge, caller)
    rooms.join(room, caller)
    if plan.hold:
        before, length = plan.hold
        length = min(length, plan.talk - before)
        yield before
        rooms.mute(room, caller, muted=True)
        yield length
        rooms.mute(room, caller, muted=False)
        yield plan.talk - before - length
    else:
        yield plan.talk
    switch.request_hangup(caller, NORMAL)
    rooms.leave(room, caller)
    switch.leave(caller)
    if not room.users:
        rooms.close(room)
        switch.dissolve(room.bridge)
    _gone(switch, caller)


def parked(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """A caller waits in the parking lot: somebody takes the call, or nobody, or the caller has enough."""
    answered(switch, caller, "Park")
    lot = switch.parking
    waiting = lot.bridge
    call = lot.park(caller)
    if call is None or plan.target is None:
        yield from _refused(switch, caller)
        return
    switch.enter(waiting, caller)
    switch.play(caller)
    if plan.outcome == "answer":
        yield min(plan.ring * 2, PARKING_TIME - 1.0)
        yield from _taken(switch, plan, call, plan.target)
        return
    gives_up = plan.outcome == "give up"
    yield plan.ring if gives_up else PARKING_TIME
    if gives_up:
        switch.request_hangup(caller, NORMAL)
    lot.end(call, "ParkedCallGiveUp" if gives_up else "ParkedCallTimeOut")
    switch.quieten(caller)
    switch.leave(caller)
    _gone(switch, caller)


def _taken(switch: Switch, plan: Plan, call: Parked, by: Endpoint) -> Story:
    """A phone takes a call out of its space, and both talk."""
    caller, who = call.channel, Party(by.name, f"Phone {by.name}")
    phone = switch.arrive(by.name, by.context, str(call.space), who)
    answered(switch, phone, "ParkedCall", f"{LOT},{call.space}")
    bridge = switch.bridge()
    switch.quieten(caller)
    switch.parking.end(call, "UnParkedCall", phone)
    switch.leave(caller)
    switch.enter(bridge, caller)
    phone.linkedid = caller.linkedid  # they are one call from now on
    switch.enter(bridge, phone)
    yield plan.talk
    switch.request_hangup(caller, NORMAL)
    switch.leave(caller)
    switch.leave(phone)
    switch.dissolve(bridge)
    _gone(switch, caller)
    _gone(switch, phone)


def _refused(switch: Switch, caller: Channel) -> Story:
    """There is no room for it."""
    yield 1.0
    _gone(switch, caller)


def mailbox(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """A message is left; or somebody hears what has come."""
    address = f"{plan.mailbox}@{MAILBOX_CONTEXT}"
    hears = plan.exten != plan.mailbox
    answered(switch, caller, "VoiceMailMain" if hears else "VoiceMail", address)
    yield plan.talk
    switch.request_hangup(caller, NORMAL)
    if hears:
        switch.desk.hear_messages(caller, plan.mailbox)
    else:
        switch.desk.leave_message(caller, plan.mailbox)
    _gone(switch, caller)


def agent(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """An agent logs in and waits with music; one who is there already is sent away."""
    answered(switch, caller, "AgentLogin", plan.agent)
    if plan.agent in switch.desk.agents:
        yield from _refused(switch, caller)
        return
    bridge = switch.bridge("agent_hold", "holding_bridge", "AgentPool")
    switch.desk.log_in(caller, plan.agent)
    switch.enter(bridge, caller)
    switch.play(caller)
    yield plan.talk
    switch.request_hangup(caller, NORMAL)
    switch.quieten(caller)
    switch.leave(caller)
    switch.dissolve(bridge)
    switch.desk.log_off(plan.agent)
    _gone(switch, caller)


def fax(switch: Switch, plan: Plan, caller: Channel) -> Story:
    """A fax comes, of as many pages as there is time for."""
    answered(switch, caller, "ReceiveFAX", "/var/spool/asterisk/fax.tif")
    yield plan.talk
    switch.desk.receive_fax(caller, 1 + int(plan.talk / 15.0))
    switch.request_hangup(caller, NORMAL)
    _gone(switch, caller)
