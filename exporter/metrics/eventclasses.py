"""Which read class of manager.conf brings which event, for metrics that name events themselves."""

from __future__ import annotations

# As Asterisk declares them in its documentation of events, and sends them in the header Privilege.
# Items of lists are not here: they come to whoever asks. Nor are the events of the class dialplan,
# which come with each step of each call.
_CLASSES = {
    "system": """
        Alarm AlarmClear ContactStatus DeadlockStart DNDState FullyBooted Load LogChannel
        PJSIPMaintenanceStatus PeerStatus Registry Reload Shutdown SpanAlarm SpanAlarmClear Unload
        """,
    "call": """
        AttendedTransfer BlindTransfer BridgeCreate BridgeDestroy BridgeEnter BridgeLeave BridgeMerge
        BridgeVideoSourceUpdate CEL ChanSpyStart ChanSpyStop ChannelTalkingStart ChannelTalkingStop
        ConfbridgeEnd ConfbridgeJoin ConfbridgeLeave ConfbridgeMute ConfbridgeRecord ConfbridgeStart
        ConfbridgeStopRecord ConfbridgeTalking ConfbridgeUnmute DAHDIChannel DeviceStateChange DialBegin
        DialEnd DialState ExtensionStatus FAXStatus Flash Hangup HangupRequest Hold LocalBridge
        LocalOptimizationBegin LocalOptimizationEnd MCID MeetmeEnd MeetmeJoin MeetmeLeave MeetmeMute
        MeetmeTalkRequest MeetmeTalking MessageWaiting MiniVoiceMail MixMonitorMute MixMonitorStart
        MixMonitorStop MonitorStart MonitorStop MusicOnHoldStart MusicOnHoldStop NewAccountCode NewCallerid
        NewConnectedLine Newchannel Newstate OriginateResponse ParkedCall ParkedCallGiveUp ParkedCallSwap
        ParkedCallTimeOut Pickup PresenceStateChange PresenceStatus ReceiveFAX Rename SendFAX
        SIPQualifyPeerDone SessionTimeout SoftHangupRequest UnParkedCall Unhold Wink
        """,
    "agent": """
        AgentCalled AgentComplete AgentConnect AgentDump AgentLogin AgentLogoff AgentRingNoAnswer
        QueueCallerAbandon QueueCallerJoin QueueCallerLeave QueueMemberAdded QueueMemberPause
        QueueMemberPenalty QueueMemberRemoved QueueMemberRinginuse QueueMemberStatus
        """,
    "user": "UserEvent VoicemailPasswordChange",
    "reporting": "RTCPReceived RTCPSent",
    "cdr": "Cdr",
    "agi": "AGIExecEnd AGIExecStart AsyncAGIEnd AsyncAGIExec AsyncAGIStart",
    "security": """
        AuthMethodNotAllowed ChallengeResponseFailed ChallengeSent FailedACL InvalidAccountID
        InvalidPassword InvalidTransport LoadAverageLimit MemoryLimit RequestBadFormat RequestNotAllowed
        RequestNotSupported SessionLimit SuccessfulAuth UnexpectedAddress
        """,
    "dtmf": "DTMFBegin DTMFEnd",
    "aoc": "AOC-D AOC-E AOC-S",
    "cc": """
        CCAvailable CCCallerRecalling CCCallerStartMonitoring CCCallerStopMonitoring CCFailure CCMonitorFailed
        CCOfferTimerStart CCRecallComplete CCRequestAcknowledged CCRequested
        """,
}

CLASSES = tuple(_CLASSES)
CLASS_OF: dict[str, str] = {event: name for name, events in _CLASSES.items() for event in events.split()}

# Events that nobody should want: VarSet and Newexten alone are more than all others together.
DIALPLAN = frozenset({"VarSet", "Newexten", "HangupHandlerPop", "HangupHandlerPush", "HangupHandlerRun"})
