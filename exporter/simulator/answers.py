"""The answers to actions, but for those of PJSIP."""

from __future__ import annotations

import time

from exporter.simulator import tasks, wire
from exporter.simulator.channels import Channel
from exporter.simulator.company import AGENTS, FIRST_SPACE, LAST_SPACE, LOT, MAILBOX_CONTEXT, PARKING_TIME
from exporter.simulator.requests import Request
from exporter.simulator.switch import Switch
from exporter.simulator.wire import Part, Rows


def _list(switch: Switch, request: Request, follows: str, end: str, *parts: Rows, more: str = "") -> bytes:
    announcement = f"{follows} will follow"
    return wire.listing(request.action_id, announcement, end, *parts, version=switch.version, more=more)


# -- core ------------------------------------------------------------------------------------------


def core_status(switch: Switch, request: Request, _now: float) -> bytes:
    """When it started, and its counts."""
    date, clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(switch.started)).split()
    values = (date, clock, date, clock, str(len(switch.channels)), str(switch.processed))
    return wire.values("CoreStatus", request.action_id, values, switch.version)


def core_settings(switch: Switch, request: Request, _now: float) -> bytes:
    """Its version and limits."""
    about = (switch.version.ami, switch.version.asterisk, switch.system_name)
    limits = ("0", "0.000000", "", "", "0")
    values = (*about, *limits, "No", "Yes", "No", "No")
    return wire.values("CoreSettings", request.action_id, values, switch.version)


def core_show_channels(switch: Switch, request: Request, now: float) -> bytes:
    """Every channel."""
    rows = [_channel(channel, now) for channel in switch.channels.values()]
    items = Rows("CoreShowChannel", rows)
    return _list(switch, request, "Channels", "CoreShowChannelsComplete", items)


def _channel(channel: Channel, now: float) -> tuple[Part, ...]:
    minutes, seconds = divmod(max(int(now - channel.born), 0), 60)
    duration = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    bridge = channel.bridge.uniqueid if channel.bridge else ""
    return (channel, channel.application, channel.data, duration, bridge)


def bridge_list(switch: Switch, request: Request, _now: float) -> bytes:
    """Every bridge, sorted by its unique id."""
    rows = [(switch.bridges[key],) for key in sorted(switch.bridges)]
    return _list(switch, request, "Bridge listing", "BridgeListComplete", Rows("BridgeListItem", rows))


def command(switch: Switch, request: Request, now: float) -> bytes:
    """The output of a CLI command, of which only one is known."""
    line = request.get("Command")
    known = line == "core show taskprocessors"
    output = tasks.table(switch, now) if known else [f"No such command '{line}'"]
    lines = [("Message", "Command output follows"), *(("Output", text) for text in output)]
    return wire.response("Success" if known else "Error", request.action_id, lines)


# -- queues and agents -----------------------------------------------------------------------------


def queue_status(switch: Switch, request: Request, now: float) -> bytes:
    """Each queue with its members and callers."""
    wanted = request.get("Queue")
    parts: list[Rows] = []
    for queue in switch.queues.queues.values():
        if wanted in ("", queue.name):
            entries = [caller.entry(now) for caller in queue.callers]
            parts += (
                Rows("QueueParams", [(queue,)], id_last=True),
                Rows("QueueMember", [(member, "0") for member in queue.members], id_last=True),
                Rows("QueueEntry", entries, id_last=True),
            )
    return _list(switch, request, "Queue status", "QueueStatusComplete", *parts)


def queue_summary(switch: Switch, request: Request, now: float) -> bytes:
    """Each queue in one row."""
    rows = [queue.summary(now) for queue in switch.queues.queues.values()]
    items = Rows("QueueSummary", rows, id_last=True)
    return _list(switch, request, "Queue summary", "QueueSummaryComplete", items)


def agents(switch: Switch, request: Request, _now: float) -> bytes:
    """The agents of agents.conf."""
    items = Rows("Agents", [switch.desk.agent(agent) for agent in AGENTS], id_last=True)
    return _list(switch, request, "Agents", "AgentsComplete", items)


# -- devices, conferences, parking, mailboxes ------------------------------------------------------


def device_states(switch: Switch, request: Request, _now: float) -> bytes:
    """Every device whose state is known."""
    items = Rows("DeviceStateChange", list(switch.devices.states.items()))
    return _list(switch, request, "Device State Changes", "DeviceStateListComplete", items)


def extension_states(switch: Switch, request: Request, _now: float) -> bytes:
    """Every hint."""
    items = Rows("ExtensionStatus", [switch.devices.hint(device) for device in switch.devices.hints])
    return _list(switch, request, "Extension Statuses", "ExtensionStateListComplete", items)


def conference_rooms(switch: Switch, request: Request, _now: float) -> bytes:
    """Every conference; that there is none is an error."""
    rows = [room.row() for room in switch.conferences.rooms.values()]
    if not rows:
        return wire.message("Error", request.action_id, "No active conferences.")
    items = Rows("ConfbridgeListRooms", rows)
    return _list(switch, request, "Confbridge conferences", "ConfbridgeListRoomsComplete", items)


def conference_list(switch: Switch, request: Request, now: float) -> bytes:
    """Who is in a conference."""
    room = switch.conferences.rooms.get(request.get("Conference"))
    if room is None:
        return wire.message("Error", request.action_id, "No Conference by that name found.")
    items = Rows("ConfbridgeList", room.entries(now))
    return _list(switch, request, "Confbridge user list", "ConfbridgeListComplete", items)


def parking_lots(switch: Switch, request: Request, _now: float) -> bytes:
    """The one lot."""
    items = Rows("Parkinglot", [(LOT, str(FIRST_SPACE), str(LAST_SPACE), str(PARKING_TIME))])
    return _list(switch, request, "Parking lots", "ParkinglotsComplete", items)


def parked_calls(switch: Switch, request: Request, now: float) -> bytes:
    """Who waits in it."""
    rows = [parked.row(now) for parked in switch.parking.calls.values()]
    items = Rows("ParkedCall", rows, id_last=True)
    return _list(switch, request, "Parked calls", "ParkedCallsComplete", items, more=f"Total={len(rows)}")


def mailboxes(switch: Switch, request: Request, _now: float) -> bytes:
    """Every mailbox with its messages."""
    mail = ("", "", "asterisk", "", "/usr/sbin/sendmail -t", "", "", "", "", "", "", "2")
    options = ("Yes", "No", "Yes", "", "No", "0.00", "No", "Yes", "No", "100", "0")
    rows = [
        (MAILBOX_CONTEXT, number, f"Phone {number}", *mail, *options, str(box.new), str(box.old))
        for number, box in switch.desk.mailboxes.items()
    ]
    items = Rows("VoicemailUserEntry", rows)
    return _list(switch, request, "Voicemail user list", "VoicemailUserEntryComplete", items)


def mailbox_count(switch: Switch, request: Request, _now: float) -> bytes:
    """The messages of one mailbox; of one that is not there, none."""
    address = request.get("Mailbox")
    box = switch.desk.mailboxes.get(address.partition("@")[0])
    counts = (str(box.new), str(box.old)) if box else ("0", "0")
    values = ("Mailbox Message Count", address, "0", *counts)
    return wire.values("MailboxCount", request.action_id, values, switch.version)


def fax_stats(switch: Switch, request: Request, _now: float) -> bytes:
    """What was faxed; one event follows, without an end."""
    faxes = str(switch.desk.faxes)
    items = Rows("FAXStats", [("0", "0", "0", faxes, faxes, "0")])
    return wire.single(request.action_id, "FAXStats event will follow", items, switch.version)


# -- IAX2, and chan_sip of 16 ----------------------------------------------------------------------


def iax_peers(switch: Switch, request: Request, now: float) -> bytes:
    """A trunk to another site."""
    status = f"OK ({12 + int(now) % 7} ms)"
    peer = ("IAX", "site-b", "site-a", "peer", "198.51.100.20", "255.255.255.255", "4569", "no", "no", "no")
    items = Rows("PeerEntry", [(*peer, status)])
    return _list(switch, request, "IAX Peer status list", "PeerlistComplete", items)


def iax_registry(switch: Switch, request: Request, _now: float) -> bytes:
    """Where it registers."""
    row = ("198.51.100.20:4569", "N", "site-a", "192.0.2.10:4569", "60", "Registered")
    return _list(switch, request, "Registrations", "RegistrationsComplete", Rows("RegistryEntry", [row]))


def sip_peers(switch: Switch, request: Request, now: float) -> bytes:
    """An old phone that answers, and one that is not there."""
    start, end = ("yes", "no", "no", "no", "no", "no", "no"), ("no", "", "")
    rows = [
        ("SIP", "door", "peer", "192.0.2.60", "5060", "no", *start, f"OK ({3 + int(now) % 5} ms)", *end),
        ("SIP", "lift", "peer", "192.0.2.61", "5060", "no", *start, "UNREACHABLE", *end),
    ]
    items = Rows("PeerEntry", rows, table="SIPPeerEntry")
    return _list(switch, request, "Peer status list", "PeerlistComplete", items)


def sip_registry(switch: Switch, request: Request, _now: float) -> bytes:
    """It registers nowhere."""
    return _list(switch, request, "Registrations", "RegistrationsComplete")
