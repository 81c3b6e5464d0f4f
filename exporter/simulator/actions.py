"""What the simulated PBX answers to the actions that read its state."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from exporter.simulator import wire
from exporter.simulator.channels import Channel
from exporter.simulator.requests import Request
from exporter.simulator.switch import Switch


def _core_status(switch: Switch, request: Request, _now: float) -> bytes:
    date, clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(switch.started)).split()
    values = (date, clock, date, clock, str(len(switch.channels)), str(switch.processed))
    return wire.response("Success", request.action_id, zip(wire.CORE_STATUS, values, strict=True))


def _core_settings(switch: Switch, request: Request, _now: float) -> bytes:
    limits = ("0", "0.000000", "", "", "0")
    about = (wire.AMI_VERSION, wire.ASTERISK_VERSION, switch.system_name)
    values = (*about, *limits, "No", "Yes", "No", "No")
    return wire.response("Success", request.action_id, zip(wire.CORE_SETTINGS, values, strict=True))


def _core_show_channels(switch: Switch, request: Request, now: float) -> bytes:
    rows = [_row(channel, now) for channel in switch.channels.values()]
    items = wire.Rows("CoreShowChannel", wire.CORE_SHOW_CHANNEL, rows)
    return wire.listing(request.action_id, "Channels will follow", "CoreShowChannelsComplete", items)


def _row(channel: Channel, now: float) -> tuple[wire.Part, ...]:
    minutes, seconds = divmod(max(int(now - channel.born), 0), 60)
    duration = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    bridge = channel.bridge.uniqueid if channel.bridge else ""
    return (channel, channel.application, channel.data, duration, bridge)


def _bridge_list(switch: Switch, request: Request, _now: float) -> bytes:
    # Asterisk sorts them by their unique ids.
    rows = [(switch.bridges[key],) for key in sorted(switch.bridges)]
    items = wire.Rows("BridgeListItem", wire.BRIDGE, rows)
    return wire.listing(request.action_id, "Bridge listing will follow", "BridgeListComplete", items)


def _queue_status(switch: Switch, request: Request, now: float) -> bytes:
    wanted = request.get("Queue")
    parts: list[wire.Rows] = []
    for queue in switch.queues.queues.values():
        if wanted in ("", queue.name):
            entries = [caller.entry(now) for caller in queue.callers]
            parts += (
                wire.Rows("QueueParams", wire.QUEUE_PARAMS, [(queue,)], id_last=True),
                wire.Rows("QueueMember", wire.QUEUE_MEMBER, [(m, "0") for m in queue.members], id_last=True),
                wire.Rows("QueueEntry", wire.QUEUE_ENTRY, entries, id_last=True),
            )
    return wire.listing(request.action_id, "Queue status will follow", "QueueStatusComplete", *parts)


def _list_commands(_switch: Switch, request: Request, _now: float) -> bytes:
    lines = ((name, command.line) for name, command in COMMANDS.items())
    return wire.response("Success", request.action_id, lines)


@dataclass(frozen=True)
class Command:
    """An action: what ListCommands says of it, and who answers; the session itself if nobody."""

    help: str
    rights: str = "<none>"
    answer: Callable[[Switch, Request, float], bytes] | None = None

    @property
    def line(self) -> str:
        """As in the answer to ListCommands."""
        return f"{self.help}  (Priv: {self.rights})"


COMMANDS = {
    "BridgeList": Command("Get a list of bridges in the system.", answer=_bridge_list),
    "Challenge": Command("Generate Challenge for MD5 Auth."),
    "CoreSettings": Command("Show PBX core settings (version etc).", "system,reporting,all", _core_settings),
    "CoreShowChannels": Command(
        "List currently active channels.", "system,reporting,all", _core_show_channels
    ),
    "CoreStatus": Command("Show PBX core status variables.", "system,reporting,all", _core_status),
    "Events": Command("Control Event Flow."),
    "Filter": Command("Dynamically add filters for the current manager session.", "system,all"),
    "ListCommands": Command("List available manager commands.", answer=_list_commands),
    "Login": Command("Login Manager."),
    "Logoff": Command("Logoff Manager."),
    "Ping": Command("Keepalive command."),
    "QueueStatus": Command("Show queue status.", answer=_queue_status),
}
_ANSWERS = {name.lower(): command.answer for name, command in COMMANDS.items() if command.answer}


def answer(switch: Switch, request: Request, now: float) -> bytes:
    """The whole answer to an action that is none of the session's own."""
    if known := _ANSWERS.get(request.action.lower()):
        return known(switch, request, now)
    hint = "Use Action: ListCommands to show available commands."
    text = f"Invalid/unknown command: {request.action}. {hint}"
    return wire.message("Error", request.action_id, text)
