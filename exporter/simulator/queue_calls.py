"""How calls go through a queue, as Asterisk 22.10 told of real ones."""

from __future__ import annotations

from exporter.simulator.agents import Member
from exporter.simulator.channels import NO_CAUSE, NORMAL, RINGING, UNSAID, UP, Channel, Party
from exporter.simulator.plans import Plan
from exporter.simulator.queues import Caller
from exporter.simulator.switch import Switch
from exporter.simulator.timeline import Story

TIMEOUT = 15.0  # s for which it rings at an agent
_RETRY = 1.0  # s until a queue looks again for an agent


def queued(switch: Switch, plan: Plan, channel: Channel) -> Story:
    """A caller waits in a queue until an agent answers, its patience ends, or the time is up."""
    switch.run(channel, "Answer")
    switch.become(channel, UP)
    switch.run(channel, "Queue", f"{plan.queue},,,,{plan.limit:.0f}", priority="2")
    caller = switch.queues.join(plan.queue, channel)
    switch.play(channel)
    left, misses = min(plan.patience, plan.limit), plan.misses
    while left > 0:
        member = caller.queue.choose(caller)
        if member is None:
            pause = min(_RETRY, left)
            yield pause
            left -= pause
            continue
        leg = _offer(switch, caller, member)
        rings = TIMEOUT if misses else min(plan.ring, TIMEOUT)
        pause = min(rings, left)
        yield pause
        left -= pause
        if left > 0 and not misses:
            yield from _served(switch, plan, caller, member, leg)
            return
        if left > 0 or plan.patience >= plan.limit:
            _missed(switch, caller, leg)
            misses = max(misses - 1, 0)
            pause = min(_RETRY, left)
            yield pause
            left -= pause
    if plan.patience < plan.limit:
        _gives_up(switch, caller)
    else:
        _times_out(switch, caller)


def _offer(switch: Switch, caller: Caller, member: Member) -> Channel:
    """It begins to ring at an agent."""
    channel, agent = caller.channel, member.agent
    leg = switch.call_out(agent.interface.partition("/")[2], "from-internal", channel)
    leg.caller = Party(channel.exten)
    switch.run(leg, "AppQueue", "(Outgoing Line)")
    switch.identify(leg)
    leg.exten, leg.connected = channel.exten, channel.caller
    switch.queues.offer(caller, member, leg)
    switch.dial(channel, leg, agent.interface)
    if channel.connected.number != channel.exten:
        switch.connect(channel, Party(channel.exten))
    switch.become(leg, RINGING)
    switch.run(leg, "AppQueue", "(Outgoing Line)")
    switch.connect(leg, channel.caller)
    switch.dialling(channel, leg, "RINGING")
    return leg


def _missed(switch: Switch, caller: Caller, leg: Channel) -> None:
    """An agent has let it ring until the time was up. The dial ends twice, as it really does."""
    switch.queues.miss(caller)
    switch.dialled(caller.channel, leg, "NOANSWER")
    switch.dialled(caller.channel, leg, "CANCEL")
    caller.called = None
    switch.hangup(leg, NO_CAUSE)


def _served(switch: Switch, plan: Plan, caller: Caller, member: Member, leg: Channel) -> Story:
    """An agent answers, both talk, and one hangs up."""
    channel, queues = caller.channel, switch.queues
    switch.become(leg, UP)
    switch.dialled(channel, leg, "ANSWER")
    switch.quieten(channel)
    queues.leave(caller)
    queues.connect(caller, member)
    bridge = switch.bridge()
    switch.enter(bridge, leg)
    switch.enter(bridge, channel)
    bridge.technology = "native_rtp"
    yield plan.talk
    first, second = (channel, leg) if plan.ended_by == "caller" else (leg, channel)
    switch.request_hangup(first, UNSAID)
    queues.complete(caller, member, "caller" if first is channel else "agent")
    switch.leave(first)
    switch.leave(second)
    switch.dissolve(bridge)
    switch.soft_hangup(channel)
    switch.hangup(leg, NORMAL)
    switch.hangup(channel, NORMAL)


def _gives_up(switch: Switch, caller: Caller) -> None:
    """The caller hangs up, maybe while it rings at an agent."""
    channel, queues = caller.channel, switch.queues
    switch.request_hangup(channel, UNSAID)
    switch.quieten(channel)
    if caller.called:
        for _ in range(2):
            switch.dialled(channel, caller.called[1], "CANCEL")
    queues.abandon(caller)
    queues.leave(caller)
    switch.soft_hangup(channel)
    if caller.called:
        switch.hangup(caller.called[1], NO_CAUSE)
    switch.hangup(channel, NO_CAUSE)


def _times_out(switch: Switch, caller: Caller) -> None:
    """The caller has waited as long as the dialplan lets it."""
    channel = caller.channel
    switch.queues.abandon(caller)
    switch.quieten(channel)
    switch.queues.leave(caller)
    switch.run(channel, "Hangup", priority="3")
    switch.soft_hangup(channel)
    switch.hangup(channel, NORMAL)
