"""The reading actions: what answers them, and who may ask. Nothing else is ever polled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """An action that only reads.

    `items` are the events of its list (none: the response is the whole answer), `rights` the write
    classes of which the user needs any one (none: every user may), `empty` the beginnings of errors
    that mean "an empty list". Source: the registrations and handlers in Asterisk's own modules, and
    what 16 and 22 answer to ListCommands.
    """

    name: str
    rights: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    empty_success: bool = False  # an empty list is a bare Success, without start and end
    by_value: bool = (
        False  # whether it only reads depends on what is asked: never polled without a closed list
    )
    single: bool = False  # one event follows the response, and no end of a list after it

    @property
    def everywhere(self) -> bool:
        """Whether each Asterisk has it and each user needs it: if it is not offered, a right is missing."""
        return self.name in _CORE


_REPORTING = ("system", "reporting")
_CALL = ("call", "reporting")

_ALL = (
    # the session itself
    Reading("Ping"),
    Reading("ListCommands"),
    # core
    Reading("CoreStatus", _REPORTING),
    Reading("CoreSettings", _REPORTING),
    Reading("CoreShowChannels", _REPORTING, ("CoreShowChannel",)),
    Reading("BridgeList", (), ("BridgeListItem",)),
    # queues and agents
    Reading("QueueStatus", (), ("QueueParams", "QueueMember", "QueueEntry")),
    Reading("QueueSummary", (), ("QueueSummary",)),
    Reading("Agents", ("agent",), ("Agents",)),
    # devices, hints, mailboxes
    Reading("DeviceStateList", _CALL, ("DeviceStateChange",)),
    Reading("ExtensionStateList", _CALL, ("ExtensionStatus",), ("No dialplan hints",)),
    Reading("PresenceStateList", _CALL, ("PresenceStateChange",)),
    Reading("ExtensionState", _CALL),
    Reading("PresenceState", _CALL),
    Reading("MailboxCount", _CALL),
    Reading("MailboxStatus", _CALL),
    Reading("VoicemailUsersList", _CALL, ("VoicemailUserEntry",), empty_success=True),
    Reading("VoicemailUserStatus", _CALL, ("VoicemailUserDetail",), empty_success=True),
    # conferences and parking
    Reading("ConfbridgeListRooms", ("reporting",), ("ConfbridgeListRooms",), ("No active conf",)),
    Reading(
        "ConfbridgeList",
        ("reporting",),
        ("ConfbridgeList",),
        ("No active conf", "No Conference by that name"),
    ),
    Reading("MeetmeListRooms", ("reporting",), ("MeetmeListRooms",), ("No active conf",)),
    Reading("Parkinglots", ("call",), ("Parkinglot",)),
    Reading("ParkedCalls", ("call",), ("ParkedCall",)),
    # endpoints and registrations
    Reading("PJSIPShowEndpoints", ("system",), ("EndpointList",), ("No endpoints found",)),
    Reading("PJSIPShowContacts", ("system",), ("ContactList",), ("No Contacts found",)),
    Reading("PJSIPShowAors", ("system",), ("AorList",), ("No Aors found",)),
    Reading("PJSIPShowRegistrationsOutbound", _REPORTING, ("OutboundRegistrationDetail",)),
    Reading("PJSIPShowRegistrationsInbound", ("system",), ("InboundRegistrationDetail",)),
    Reading("PJSIPShowRegistrationInboundContactStatuses", ("system",), ("ContactStatusDetail",)),
    Reading("PJSIPShowSubscriptionsInbound", ("system",), ("InboundSubscriptionDetail",)),
    Reading("SIPpeers", _REPORTING, ("PeerEntry",)),
    Reading("SIPshowregistry", _REPORTING, ("RegistryEntry",)),
    Reading("IAXpeerlist", _REPORTING, ("PeerEntry",)),
    Reading("IAXregistry", _REPORTING, ("RegistryEntry",)),
    Reading("DAHDIShowChannels", (), ("DAHDIShowChannels",)),
    Reading("DAHDIShowStatus", (), ("DAHDIShowStatus",), ("No DAHDI",)),
    Reading("PRIShowSpans", (), ("PRIShowSpans",)),
    # values of one name
    Reading("DBGet", _REPORTING, ("DBGetResponse",), ("Database entry not found",)),
    Reading("Getvar", _CALL, by_value=True),
    # fax
    Reading("FAXSessions", ("call",), ("FAXSessionsEntry",)),
    Reading("FAXStats", ("reporting",), ("FAXStats",), single=True),
    # CLI, for a closed list of show commands
    Reading("Command", ("command",), by_value=True),
)

_CORE = frozenset({"Ping", "ListCommands", "CoreStatus", "CoreSettings", "CoreShowChannels", "BridgeList"})

READING: dict[str, Reading] = {action.name.lower(): action for action in _ALL}


def reading(name: str) -> Reading | None:
    """The reading action of that name, without regard to case; None if there is none."""
    return READING.get(name.lower())


# -- what depends on its value ---------------------------------------------------------------------

# Show commands that change nothing, hold no lock for long and print no secret.
SHOW_COMMANDS = (
    "agent show all",
    "confbridge list",
    "core show calls",
    "core show channels",
    "core show channels concise",
    "core show channels count",
    "core show channels verbose",
    "core show taskprocessors",
    "core show threads",
    "core show uptime",
    "core show uptime seconds",
    "iax2 show netstats",
    "iax2 show peers",
    "iax2 show registry",
    "parking show",
    "pjsip show channelstats",
    "pjsip show contacts",
    "pjsip show endpoints",
    "pjsip show registrations",
    "queue show",
    "sip show channelstats",
    "sip show peers",
    "sip show registry",
    "voicemail show users",
)
# These may be followed by the name of one thing.
SHOW_COMMANDS_OF_ONE = ("confbridge list", "parking show", "queue show")

# Functions that only read: others act when they are read.
READ_FUNCTIONS = (
    "DEVICE_STATE",
    "EXTENSION_STATE",
    "PRESENCE_STATE",
    "QUEUE_EXISTS",
    "QUEUE_MEMBER",
    "QUEUE_MEMBER_COUNT",
    "QUEUE_WAITING_COUNT",
)
_ONE = re.compile(rf"(?:{'|'.join(SHOW_COMMANDS_OF_ONE)}) [A-Za-z0-9_.@-]+")
# Of these only some fields: of a mailbox, for example, VM_INFO would also tell the password.
_FIELDS = {
    "PJSIP_AOR": "contact|total_contacts|max_contacts|qualify_frequency",
    "PJSIP_CONTACT": "status|rtt|qualify_frequency|expiration_time|aor",
    "PJSIP_ENDPOINT": "aors",
    "VM_INFO": "count|exists",
}
_FUNCTION = re.compile(
    "|".join(
        [
            rf"(?:{'|'.join(READ_FUNCTIONS)})\([^(){{}}$]*\)",
            *(rf"{name}\([^(){{}}$,]+,(?:{fields})(?:,[A-Za-z]+)?\)" for name, fields in _FIELDS.items()),
        ]
    )
)


def only_reads(name: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether an action with these headers is sure to change nothing."""
    spec = reading(name)
    headers = list(headers)
    values = {header.lower(): value for header, value in headers}
    if spec is None or len(values) != len(headers):  # of two headers of one name Asterisk takes one
        return False
    if not spec.by_value:
        return True
    if spec.name == "Command":
        command = values.get("command", "")
        return command in SHOW_COMMANDS or _ONE.fullmatch(command) is not None
    return "channel" not in values and _FUNCTION.fullmatch(values.get("variable", "")) is not None
