"""Which actions the simulated PBX answers, and who gives the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from exporter.simulator import answers, pjsip, wire
from exporter.simulator.requests import Request
from exporter.simulator.switch import Switch
from exporter.simulator.versions import Version


@dataclass(frozen=True)
class Command:
    """An action: what ListCommands says of it, and who answers; the session itself if nobody."""

    help: str
    rights: str = "<none>"
    answer: Callable[[Switch, Request, float], bytes] | None = None
    only: str = ""  # the one version that has it

    @property
    def line(self) -> str:
        """As in the answer to ListCommands."""
        return f"{self.help}  (Priv: {self.rights})"


def _list_commands(switch: Switch, request: Request, _now: float) -> bytes:
    lines = ((name, command.line) for name, command in _offered(switch.version).items())
    return wire.response("Success", request.action_id, lines)


_REPORTING = "system,reporting,all"
_CALL = "call,reporting,all"
COMMANDS = {
    "Agents": Command("Lists agents and their status.", "agent,all", answers.agents),
    "BridgeList": Command("Get a list of bridges in the system.", answer=answers.bridge_list),
    "Challenge": Command("Generate Challenge for MD5 Auth."),
    "Command": Command("Execute Asterisk CLI Command.", "command,all", answers.command),
    "ConfbridgeList": Command("List participants in a conference.", "reporting,all", answers.conference_list),
    "ConfbridgeListRooms": Command("List active conferences.", "reporting,all", answers.conference_rooms),
    "CoreSettings": Command("Show PBX core settings (version etc).", _REPORTING, answers.core_settings),
    "CoreShowChannels": Command("List currently active channels.", _REPORTING, answers.core_show_channels),
    "CoreStatus": Command("Show PBX core status variables.", _REPORTING, answers.core_status),
    "DeviceStateList": Command("List the current known device states.", _CALL, answers.device_states),
    "Events": Command("Control Event Flow."),
    "ExtensionStateList": Command(
        "List the current known extension states.", _CALL, answers.extension_states
    ),
    "FAXStats": Command("Responds with fax statistics", "reporting,all", answers.fax_stats),
    "Filter": Command("Dynamically add filters for the current manager session.", "system,all"),
    "Getvar": Command("Gets a channel variable or function value.", _CALL, pjsip.getvar),
    "IAXpeerlist": Command("List IAX Peers.", _REPORTING, answers.iax_peers),
    "IAXregistry": Command("Show IAX registrations.", _REPORTING, answers.iax_registry),
    "ListCommands": Command("List available manager commands.", answer=_list_commands),
    "Login": Command("Login Manager."),
    "Logoff": Command("Logoff Manager."),
    "MailboxCount": Command("Check Mailbox Message Count.", _CALL, answers.mailbox_count),
    "ParkedCalls": Command("List parked calls.", "call,all", answers.parked_calls),
    "Parkinglots": Command("Get a list of parking lots", "call,all", answers.parking_lots),
    "Ping": Command("Keepalive command."),
    "PJSIPShowAors": Command("Lists PJSIP AORs.", "system,all", pjsip.aors),
    "PJSIPShowContacts": Command("Lists PJSIP Contacts.", "system,all", pjsip.contacts),
    "PJSIPShowEndpoints": Command("Lists PJSIP endpoints.", "system,all", pjsip.endpoints),
    "PJSIPShowRegistrationsOutbound": Command(
        "Lists PJSIP outbound registrations.", _REPORTING, pjsip.registrations
    ),
    "PJSIPShowSubscriptionsInbound": Command(
        "Lists inbound subscriptions.", "system,all", pjsip.subscriptions
    ),
    "QueueStatus": Command("Show queue status.", answer=answers.queue_status),
    "QueueSummary": Command("Show queue summary.", answer=answers.queue_summary),
    "SIPpeers": Command("List SIP peers (text format).", _REPORTING, answers.sip_peers, only="16"),
    "SIPshowregistry": Command(
        "Show SIP registrations (text format).", _REPORTING, answers.sip_registry, only="16"
    ),
    "VoicemailUsersList": Command("List All Voicemail User Information.", _CALL, answers.mailboxes),
}


@cache
def _offered(version: Version) -> Mapping[str, Command]:
    """What that version has."""
    return {name: command for name, command in COMMANDS.items() if command.only in ("", version.name)}


@cache
def _by_name(version: Version) -> Mapping[str, Command]:
    return {name.lower(): command for name, command in _offered(version).items()}


def answer(switch: Switch, request: Request, now: float) -> bytes:
    """The whole answer to an action that is none of the session's own."""
    known = _by_name(switch.version).get(request.action.lower())
    if known and known.answer:
        return known.answer(switch, request, now)
    hint = "Use Action: ListCommands to show available commands."
    text = f"Invalid/unknown command: {request.action}. {hint}"
    return wire.message("Error", request.action_id, text)
