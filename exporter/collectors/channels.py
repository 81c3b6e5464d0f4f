"""Channels and the calls that they make: how many there are now, and were at the most."""

from functools import partial

from exporter.collectors.folds.calls import EVENTS, HEADERS, Calls
from exporter.collectors.trunks import DISCOVERY, trunk_families, trunk_polls
from exporter.metrics import (
    Age,
    All,
    Choice,
    Collector,
    Fold,
    Is,
    Live,
    Matches,
    Not,
    Open,
    Options,
    Part,
    Poll,
    Seed,
    Site,
    Table,
    gauge,
)

# Asterisk tells technologies by the channel's name; those of its own kind are no calls.
TECHNOLOGIES = {
    name: name
    for name in (
        "PJSIP",
        "SIP",
        "IAX2",
        "DAHDI",
        "Local",
        "WebSocket",
        "AudioSocket",
        "UnicastRTP",
        "MulticastRTP",
        "SCCP",
        "Skinny",
        "MGCP",
        "Motif",
        "Dongle",
        "Mobile",
        "Console",
        "Message",
    )
}
STATES = {
    "0": "down",
    "1": "reserved",
    "2": "off_hook",
    "3": "dialing",
    "4": "ring",
    "5": "ringing",
    "6": "up",
    "7": "busy",
    "8": "dialing_off_hook",
    "9": "pre_ring",
}

channels = Table(
    "channels",
    "CoreShowChannel",
    key=("Uniqueid",),
    live=(
        # Only of a channel seen from its birth is it known whether it is on hold, and how it began.
        Live(
            "Newchannel",
            "create",
            rename={"FirstState": "ChannelState", "FirstContext": "Context"},
            sets={"Witnessed": "1", "Ending": "", "Held": ""},
        ),
        # What happens to a channel after a soft hangup shows that it lives on.
        Live("Newstate", sets={"Ending": ""}),
        # chan_sip makes every channel as down: that it rings here at once is what tells a caller's.
        Live("Newstate", sets={"FirstState": "4"}, where=Is("ChannelState", ("4",))),
        Live("BridgeEnter", sets={"Ending": ""}),
        Live("Rename", rename={"Channel": "Newname"}),
        Live("Hold", sets={"Held": "1"}),
        Live("Unhold", sets={"Held": ""}),
        Live("SoftHangupRequest", sets={"Ending": "1"}),
        Live("Hangup", "remove"),
    ),
    compared=("Channel", "ChannelState"),
    kept=("Witnessed", "Ending", "Held", "FirstState", "FirstContext"),
)

external = Not(Matches("Channel", "(CBAnn|CBRec|Announcer|Recorder)/.*"))
ending = Is("Ending", ("1",))
active = All((external, Not(ending)))
technology = Part("Channel", "([^/]+)/", TECHNOLOGIES)
CHANNELS = Poll("CoreShowChannels", fills=(channels,))
# A table has what an event tells of its own channel; that another one has come into its call, a fold knows.
CALLS = Fold(
    "calls",
    EVENTS,
    (*HEADERS, *external.headers),
    partial(Calls, external),
    (Seed(channels, ("Channel", "ChannelState", "Linkedid", "BridgeId", "Duration")),),
)
windows = {"1m": 60.0, "5m": 300.0, "15m": 900.0}

FAMILIES = (
    gauge(
        "active_channels",
        "Channels in use now: those of CoreShowChannels, kept live by Newchannel and Hangup, less Asterisk's "
        "internal ones and less those that were told to hang up and only wait for the far end.",
        channels,
        where=active,
    ),
    gauge(
        "active_calls",
        "Calls now, as a person counts them: different Linkedid of the channels in use. Two that merge in a bridge, as "
        "by a pickup or a transfer, are one from then on.",
        Open(CALLS, "active"),
    ),
    gauge(
        "active_channels_peak",
        "The most channels in use at one time within the window: what a scrape in between cannot see.",
        channels,
        where=active,
        windows=windows,
    ),
    gauge(
        "active_calls_peak",
        "The most calls at one time within the window; two that merge in a bridge count as two until the next list.",
        channels,
        distinct="Linkedid",
        where=active,
        windows=windows,
    ),
    gauge(
        "channels_ending",
        "Channels that were told to hang up (SoftHangupRequest) and are still listed.",
        channels,
        where=All((external, ending)),
    ),
    gauge(
        "channels",
        "Channels that are listed, by technology and state; those that are ending too.",
        channels,
        {"technology": technology, "state": Choice("ChannelState", STATES)},
        where=external,
        zeros="seen",
    ),
    gauge(
        "application_channels",
        "Channels by the dialplan application that they ran when the last list was read.",
        channels,
        {"application": "Application"},
        where=active,
    ),
    gauge(
        "context_channels",
        "Channels by dialplan context.",
        channels,
        {"context": "Context"},
        where=active,
    ),
    gauge(
        "channel_longest_seconds",
        "Age of the oldest channel now, by technology.",
        channels,
        {"technology": technology},
        Age("Duration"),
        take="max",
        where=active,
    ),
    gauge(
        "channels_on_hold",
        "Channels on hold now. No list tells it: absent until every channel is younger than the session.",
        channels,
        where=All((active, Is("Held", ("1",)))),
        complete="Witnessed",
    ),
)


def declare(options: Options, site: Site) -> Collector:
    """The collector for these trunks."""
    return Collector(
        name="channels",
        help=__doc__ or "",
        reads=("call", "system"),  # system: that a trunk's registration has changed
        polls=(CHANNELS, *trunk_polls(site)),
        families=(*FAMILIES, *trunk_families(site, channels, active, windows)),
        discovery=None if site.named else DISCOVERY,
        declare=declare,
    )


COLLECTOR = declare(Options(), Site())
