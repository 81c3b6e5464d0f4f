"""The packets as Asterisk 22.10 writes them: which headers, in which order, and who may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, Protocol

AMI_VERSION = "11.0.0"
GREETING = f"Asterisk Call Manager/{AMI_VERSION}\r\n".encode()
ASTERISK_VERSION = "22.10.1"

# The read classes and their bits: EventMask may also be a number. Bit 14 has no name.
_NAMES = "system call log verbose command agent user config dtmf reporting cdr dialplan originate agi"
CLASSES = {name: 1 << bit for bit, name in enumerate(_NAMES.split())}
CLASSES |= {name: 1 << bit for bit, name in enumerate(("cc", "aoc", "test", "security", "message"), 15)}
ALL = (1 << 20) - 1


class Snapshot(Protocol):
    """A thing whose state stands in events: its headers are a run of one of the tables below."""

    def snapshot(self) -> tuple[str, ...]:
        """The values, in the order of the table."""


Part = Snapshot | str


@dataclass(frozen=True)
class Kind:
    """An event: the class that sees it, and its headers. The last ones may be missing."""

    privilege: str
    headers: tuple[str, ...]

    @property
    def mask(self) -> int:
        """The bit of the class."""
        return CLASSES[self.privilege]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CHANNEL = _words(
    "Channel ChannelState ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName "
    "Language AccountCode Context Exten Priority Uniqueid Linkedid"
)
BRIDGE = _words(
    "BridgeUniqueid BridgeType BridgeTechnology BridgeCreator BridgeName BridgeNumChannels "
    "BridgeVideoSourceMode"
)


def _prefixed(prefix: str) -> tuple[str, ...]:
    return tuple(prefix + name for name in CHANNEL)


def _call(*headers: str) -> Kind:
    return Kind("call", headers)


_DIAL = (*CHANNEL, *_prefixed("Dest"))
_OFFER = (*_DIAL, "Queue", "Interface", "MemberName")
_STATE = _words(
    "StateInterface Membership Penalty CallsTaken LastCall LastPause LoginTime InCall Status Paused "
    "PausedReason"
)


def _agent(*headers: str) -> Kind:
    return Kind("agent", headers)


_MEMBER = _agent("Queue", "MemberName", "Interface", *_STATE, "Ringinuse", "Wrapuptime")

EVENTS = {
    "FullyBooted": Kind("system", ("Uptime", "LastReload", "Status")),
    "Newchannel": _call(*CHANNEL),
    "Newstate": _call(*CHANNEL),
    "Newexten": Kind("dialplan", (*CHANNEL, "Extension", "Application", "AppData")),
    "NewCallerid": _call(*CHANNEL, "CID-CallingPres"),
    "NewConnectedLine": _call(*CHANNEL),
    "LocalBridge": _call(
        *_prefixed("LocalOne"), *_prefixed("LocalTwo"), "Context", "Exten", "LocalOptimization"
    ),
    "DialBegin": _call(*_DIAL, "DialString"),
    "DialState": _call(*_DIAL, "DialStatus"),
    "DialEnd": _call(*_DIAL, "DialStatus"),
    "BridgeCreate": _call(*BRIDGE),
    "BridgeEnter": _call(*BRIDGE, *CHANNEL),
    "BridgeLeave": _call(*BRIDGE, *CHANNEL),
    "BridgeDestroy": _call(*BRIDGE),
    "Hold": _call(*CHANNEL, "MusicClass"),
    "Unhold": _call(*CHANNEL),
    "MusicOnHoldStart": _call(*CHANNEL, "Class"),
    "MusicOnHoldStop": _call(*CHANNEL),
    "HangupRequest": _call(*CHANNEL, "Cause", "TechCause"),
    "SoftHangupRequest": _call(*CHANNEL, "Cause", "TechCause"),
    "Hangup": _call(*CHANNEL, "Cause", "Cause-txt", "TechCause"),
    "QueueCallerJoin": _agent(*CHANNEL, "Queue", "Position", "Count"),
    "QueueCallerLeave": _agent(*CHANNEL, "Queue", "Position", "Count"),
    "QueueCallerAbandon": _agent(*CHANNEL, "Queue", "Position", "OriginalPosition", "HoldTime"),
    "AgentCalled": _agent(*_OFFER),
    "AgentRingNoAnswer": _agent(*_OFFER, "RingTime"),
    "AgentConnect": _agent(*_OFFER, "HoldTime", "RingTime"),
    "AgentComplete": _agent(*_OFFER, "HoldTime", "TalkTime", "Reason"),
    "QueueMemberStatus": _MEMBER,
    "QueueMemberPause": _MEMBER,
    "Cdr": Kind(
        "cdr",
        _words(
            "AccountCode Source Destination DestinationContext CallerID Channel DestinationChannel "
            "LastApplication LastData StartTime AnswerTime EndTime Duration BillableSeconds Disposition "
            "AMAFlags UniqueID UserField"
        ),
    ),
}

QUEUE_PARAMS = _words(
    "Queue Max Strategy Calls Holdtime TalkTime Completed Abandoned ServiceLevel ServicelevelPerf "
    "ServicelevelPerf2 Weight"
)
QUEUE_MEMBER = ("Queue", "Name", "Location", *_STATE, "Wrapuptime")
QUEUE_ENTRY = _words(
    "Queue Position Channel Uniqueid CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName Wait "
    "Priority"
)
CORE_SHOW_CHANNEL = (*CHANNEL, "Application", "ApplicationData", "Duration", "BridgeId")
CORE_STATUS = _words(
    "CoreStartupDate CoreStartupTime CoreReloadDate CoreReloadTime CoreCurrentCalls CoreProcessedCalls"
)
CORE_SETTINGS = _words(
    "AMIversion AsteriskVersion SystemName CoreMaxCalls CoreMaxLoadAvg CoreRunUser CoreRunGroup "
    "CoreMaxFilehandles CoreRealTimeEnabled CoreCDRenabled CoreHTTPenabled SoundsSearchCustomDir"
)


def event(name: str, at: float, parts: Iterable[Part], system_name: str = "") -> bytes:
    """An event that happened at a Unix time, stamped as with ``timestampevents=yes``.

    With a system name in asterisk.conf every event carries it.
    """
    values = _flat(parts)
    system = f"\r\nSystemName: {system_name}" if system_name else ""
    return (_event(name, len(values)) % (at, system, *values)).encode()


def booted(uptime: float) -> bytes:
    """What tells a session after its login that all modules are there; it alone has no Timestamp."""
    seconds = str(int(uptime))
    head = (("Event", "FullyBooted"), ("Privilege", "system,all"))
    names = EVENTS["FullyBooted"].headers
    return _packet((*head, *zip(names, (seconds, seconds, "Fully Booted"), strict=True)))


def response(word: str, action_id: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The answer to an action. An action without an ActionID is answered without one."""
    return _packet((("Response", word), *_action_id(action_id), *headers))


def message(word: str, action_id: str, text: str) -> bytes:
    """An answer that is one sentence."""
    return response(word, action_id, (("Message", text),))


class Rows(NamedTuple):
    """Items of a list that look alike. In some lists the ActionID comes last."""

    name: str
    headers: tuple[str, ...]
    rows: Sequence[Iterable[Part]]
    id_last: bool = False


def listing(action_id: str, announcement: str, end: str, *parts: Rows) -> bytes:
    """A whole list: nothing comes between its packets."""
    start = response("Success", action_id, (("EventList", "start"), ("Message", announcement)))
    own = "".join(f"{header}: {value}\r\n" for header, value in _action_id(action_id)).replace("%", "%%")
    items = b"".join(_items(part, own) for part in parts)
    count = sum(len(part.rows) for part in parts)
    last = (("EventList", "Complete"), ("ListItems", str(count)))
    return start + items + _packet((("Event", end), *_action_id(action_id), *last))


def _items(part: Rows, own: str) -> bytes:
    lines = _lines(part.headers)
    body = f"{lines[:-2]}{own}\r\n" if part.id_last else own + lines
    item = f"Event: {part.name}\r\n{body}"
    return "".join(item % tuple(_flat(row)) for row in part.rows).encode()


def _flat(parts: Iterable[Part]) -> list[str]:
    values: list[str] = []
    for part in parts:
        if isinstance(part, str):
            values.append(part)
        else:
            values += part.snapshot()
    return values


@cache
def _event(name: str, count: int) -> str:
    kind = EVENTS[name]
    head = f"Event: {name}\r\nPrivilege: {kind.privilege},all\r\nTimestamp: %.6f%s\r\n"
    return head + _lines(kind.headers[:count])


def _lines(headers: Iterable[str]) -> str:
    return "".join(f"{header}: %s\r\n" for header in headers) + "\r\n"


def _action_id(action_id: str) -> tuple[tuple[str, str], ...]:
    return (("ActionID", action_id),) if action_id else ()


def _packet(headers: Iterable[tuple[str, str]]) -> bytes:
    return ("".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode()
