"""Which headers each packet has, and in which order, as Asterisk 22.10 and 16.28 write them."""

from __future__ import annotations

from dataclasses import dataclass, field

# The read classes and their bits: EventMask may also be a number. Bit 14 has no name.
_NAMES = "system call log verbose command agent user config dtmf reporting cdr dialplan originate agi"
CLASSES = {name: 1 << bit for bit, name in enumerate(_NAMES.split())}
CLASSES |= {name: 1 << bit for bit, name in enumerate(("cc", "aoc", "test", "security", "message"), 15)}
ALL = (1 << 20) - 1


@dataclass(frozen=True)
class Kind:
    """An event: the class that sees it, and its headers. The last ones may be missing."""

    privilege: str
    headers: tuple[str, ...]
    mask: int = field(init=False)

    def __post_init__(self) -> None:
        """The bit of the class."""
        object.__setattr__(self, "mask", CLASSES[self.privilege])


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _channel(prefix: str = "") -> tuple[str, ...]:
    return tuple(prefix + name for name in CHANNEL)


CHANNEL = _words(
    "Channel ChannelState ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName "
    "Language AccountCode Context Exten Priority Uniqueid Linkedid"
)
BRIDGE = _words(
    "BridgeUniqueid BridgeType BridgeTechnology BridgeCreator BridgeName BridgeNumChannels "
    "BridgeVideoSourceMode"
)
_DIAL = (*CHANNEL, *_channel("Dest"))
_OFFER = (*_DIAL, "Queue", "Interface", "MemberName")
_STATE = _words(
    "StateInterface Membership Penalty CallsTaken LastCall LastPause LoginTime InCall Status Paused "
    "PausedReason"
)
_MEMBER = ("Queue", "MemberName", "Interface", *_STATE, "Ringinuse", "Wrapuptime")
_PARKED = _words("ParkerDialString Parkinglot ParkingSpace ParkingTimeout ParkingDuration")
_CONFERENCE = ("Conference", *BRIDGE)
_FAX = _words("LocalStationID RemoteStationID PagesTransferred Resolution TransferRate FileName")
_REPORT = _words(
    "MES SSRC PT ReportCount SentNTP SentRTP SentPackets SentOctets Report0SourceSSRC Report0FractionLost "
    "Report0CumulativeLost Report0HighestSequence Report0SequenceNumberCycles Report0IAJitter Report0LSR "
    "Report0DLSR"
)
_SECURITY = _words("EventTV Severity Service EventVersion AccountID SessionID LocalAddress RemoteAddress")

_BY_CLASS: dict[str, dict[str, tuple[str, ...]]] = {
    "system": {
        "FullyBooted": _words("Uptime LastReload Status"),
        "PeerStatus": _words("ChannelType Peer PeerStatus"),
        "ContactStatus": _words("URI ContactStatus AOR EndpointName RoundtripUsec"),
        "Registry": _words("ChannelType Username Domain Status"),
    },
    "dialplan": {"Newexten": (*CHANNEL, "Extension", "Application", "AppData")},
    "call": {
        "Newchannel": CHANNEL,
        "Newstate": CHANNEL,
        "NewCallerid": (*CHANNEL, "CID-CallingPres"),
        "NewConnectedLine": CHANNEL,
        "LocalBridge": (
            *(*_channel("LocalOne"), *_channel("LocalTwo")),
            *("Context", "Exten", "LocalOptimization"),
        ),
        "DialBegin": (*_DIAL, "DialString"),
        "DialState": (*_DIAL, "DialStatus"),
        "DialEnd": (*_DIAL, "DialStatus"),
        "BridgeCreate": BRIDGE,
        "BridgeEnter": (*BRIDGE, *CHANNEL),
        "BridgeLeave": (*BRIDGE, *CHANNEL),
        "BridgeDestroy": BRIDGE,
        "BlindTransfer": (
            *("Result", *_channel("Transferer"), *_channel("Transferee")),
            *(*BRIDGE, "IsExternal", "Context", "Extension"),
        ),
        "Hold": (*CHANNEL, "MusicClass"),
        "Unhold": CHANNEL,
        "MusicOnHoldStart": (*CHANNEL, "Class"),
        "MusicOnHoldStop": CHANNEL,
        "HangupRequest": (*CHANNEL, "Cause", "TechCause"),
        "SoftHangupRequest": (*CHANNEL, "Cause", "TechCause"),
        "Hangup": (*CHANNEL, "Cause", "Cause-txt", "TechCause"),
        "DeviceStateChange": ("Device", "State"),
        "ExtensionStatus": _words("Exten Context Hint Status StatusText"),
        "MessageWaiting": (*CHANNEL, *_words("Mailbox Waiting New Old")),
        "ReceiveFAX": (*CHANNEL, *_FAX),
        "ParkedCall": (*_channel("Parkee"), *_PARKED),
        "ParkedCallTimeOut": (*_channel("Parkee"), *_PARKED),
        "ParkedCallGiveUp": (*_channel("Parkee"), *_PARKED),
        "UnParkedCall": (*_channel("Parkee"), *_channel("Retriever"), *_PARKED),
        "ConfbridgeStart": _CONFERENCE,
        "ConfbridgeJoin": (*_CONFERENCE, *CHANNEL, "Admin", "Muted"),
        "ConfbridgeMute": (*_CONFERENCE, *CHANNEL, "Admin"),
        "ConfbridgeUnmute": (*_CONFERENCE, *CHANNEL, "Admin"),
        "ConfbridgeLeave": (*_CONFERENCE, *CHANNEL, "Admin"),
        "ConfbridgeEnd": _CONFERENCE,
    },
    "agent": {
        "QueueCallerJoin": (*CHANNEL, "Queue", "Position", "Count"),
        "QueueCallerLeave": (*CHANNEL, "Queue", "Position", "Count"),
        "QueueCallerAbandon": (*CHANNEL, "Queue", "Position", "OriginalPosition", "HoldTime"),
        "AgentCalled": _OFFER,
        "AgentRingNoAnswer": (*_OFFER, "RingTime"),
        "AgentConnect": (*_OFFER, "HoldTime", "RingTime"),
        "AgentComplete": (*_OFFER, "HoldTime", "TalkTime", "Reason"),
        "AgentLogin": (*CHANNEL, "Agent"),
        "AgentLogoff": (*CHANNEL, "Agent", "Logintime"),
        "QueueMemberAdded": _MEMBER,
        "QueueMemberRemoved": _MEMBER,
        "QueueMemberStatus": _MEMBER,
        "QueueMemberPause": (*_MEMBER, "Reason"),
    },
    "reporting": {
        "RTCPSent": (*CHANNEL, "To", "From", *_REPORT),
        "RTCPReceived": (*CHANNEL, "To", "From", "RTT", *_REPORT),
    },
    "security": {
        "ChallengeSent": _SECURITY,
        "ChallengeResponseFailed": _SECURITY,
        "SuccessfulAuth": (*_SECURITY, "UsingPassword"),
        "InvalidAccountID": (*_SECURITY, "SessionTV"),
        "InvalidPassword": (*_SECURITY, "SessionTV"),
    },
    "cdr": {
        "Cdr": _words(
            "AccountCode Source Destination DestinationContext CallerID Channel DestinationChannel "
            "LastApplication LastData StartTime AnswerTime EndTime Duration BillableSeconds Disposition "
            "AMAFlags UniqueID UserField"
        ),
    },
}
EVENTS = {
    name: Kind(privilege, headers) for privilege, of in _BY_CLASS.items() for name, headers in of.items()
}

_AOR = (
    *_words("MinimumExpiration DefaultExpiration QualifyTimeout Qualify2xxOnly Mailboxes SupportPath"),
    *_words("RemoveUnavailable VoicemailExtension MaxContacts AuthenticateQualify Contacts"),
    *_words("MaximumExpiration QualifyFrequency RemoveExisting OutboundProxy"),
)
# The items of lists, without their ActionID, and answers that have values.
ITEMS: dict[str, tuple[str, ...]] = {
    "Agents": _words("Agent Name Status LoggedInTime") + CHANNEL,
    "AorList": ("ObjectType", "ObjectName", *_AOR),
    "BridgeListItem": BRIDGE,
    "ConfbridgeList": (
        *_words("Conference Admin MarkedUser WaitMarked EndMarked EndMarkedAny Waiting Muted Talking"),
        *("AnsweredTime", *CHANNEL),
    ),
    "ConfbridgeListRooms": _words("Conference Parties Marked Locked Muted"),
    "ContactList": (
        *_words("ObjectType ObjectName ViaAddr QualifyTimeout Qualify2xxOnly CallId RegServer PruneOnBoot"),
        *_words("Path Endpoint ViaPort AuthenticateQualify Uri QualifyFrequency UserAgent ExpirationTime"),
        *_words("OutboundProxy Status RoundtripUsec"),
    ),
    "CoreSettings": (
        *_words("AMIversion AsteriskVersion SystemName CoreMaxCalls CoreMaxLoadAvg CoreRunUser CoreRunGroup"),
        *_words("CoreMaxFilehandles CoreRealTimeEnabled CoreCDRenabled CoreHTTPenabled"),
        "SoundsSearchCustomDir",
    ),
    "CoreShowChannel": (*CHANNEL, *_words("Application ApplicationData Duration BridgeId")),
    "CoreStatus": (
        *_words("CoreStartupDate CoreStartupTime CoreReloadDate CoreReloadTime CoreCurrentCalls"),
        "CoreProcessedCalls",
    ),
    "DeviceStateChange": EVENTS["DeviceStateChange"].headers,
    "EndpointList": (
        *_words("ObjectType ObjectName Transport Aor Auths OutboundAuths Contacts DeviceState"),
        "ActiveChannels",
    ),
    "ExtensionStatus": EVENTS["ExtensionStatus"].headers,
    "FAXStats": _words(
        "CurrentSessions ReservedSessions TransmitAttempts ReceiveAttempts CompletedFAXes FailedFAXes"
    ),
    "InboundSubscriptionDetail": _words(
        "Role Endpoint Callid State Callerid SubscriptionType Extension ExtensionStates"
    ),
    "MailboxCount": _words("Message Mailbox UrgMessages NewMessages OldMessages"),
    "OutboundRegistrationDetail": (
        *_words("ObjectType ObjectName MaxRetries ClientUri SecurityNegotiation AuthRejectionPermanent"),
        *_words("ServerUri MaxRandomInitialDelay SupportPath RetryInterval ContactHeaderParams Expiration"),
        *_words("Transport Line ContactUser Endpoint UserAgent ForbiddenRetryInterval OutboundAuth"),
        *_words("OutboundProxy FatalRetryInterval SupportOutbound Status NextReg"),
    ),
    "ParkedCall": EVENTS["ParkedCall"].headers,
    "Parkinglot": _words("Name StartSpace StopSpace Timeout"),
    "PeerEntry": _words(
        "Channeltype ObjectName ObjectUsername ChanObjectType IPaddress Mask Port Dynamic Trunk Encryption "
        "Status"
    ),
    "SIPPeerEntry": (
        *_words("Channeltype ObjectName ChanObjectType IPaddress IPport Dynamic AutoForcerport Forcerport"),
        *_words("AutoComedia Comedia VideoSupport TextSupport ACL Status RealtimeDevice Description"),
        "Accountcode",
    ),
    "QueueEntry": _words(
        "Queue Position Channel Uniqueid CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName Wait "
        "Priority"
    ),
    "QueueMember": ("Queue", "Name", "Location", *_STATE, "Wrapuptime"),
    "QueueParams": _words(
        "Queue Max Strategy Calls Holdtime TalkTime Completed Abandoned ServiceLevel ServicelevelPerf "
        "ServicelevelPerf2 Weight"
    ),
    "QueueSummary": _words("Queue LoggedIn Available Callers HoldTime TalkTime LongestHoldTime"),
    "RegistryEntry": _words("Host DNSmanager Username Perceived Refresh State"),
    "VoicemailUserEntry": (
        *_words("VMContext VoiceMailbox Fullname Email Pager ServerEmail FromString MailCommand Language"),
        *_words("TimeZone Callback Dialout UniqueID ExitContext SayDurationMinimum SayEnvelope SayCID"),
        *_words("AttachMessage AttachmentFormat DeleteMessage VolumeGain CanReview CanMarkUrgent"),
        *_words("CallOperator MaxMessageCount MaxMessageLength NewMessageCount OldMessageCount"),
    ),
}
