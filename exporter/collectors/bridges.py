"""Bridges: what joins channels to a talk, a conference or a parking lot."""

from exporter.metrics import Choice, Collector, Events, Live, Number, Poll, Table, counter, gauge

TYPES = {name: name for name in ("basic", "base", "parking", "stasis")}
TECHNOLOGIES = {name: name for name in ("simple_bridge", "native_rtp", "softmix", "holding_bridge")}

bridges = Table(
    "bridges",
    "BridgeListItem",
    key=("BridgeUniqueid",),
    # Each of these events carries the whole bridge, its number of channels too.
    live=(
        Live("BridgeCreate", "create"),
        Live("BridgeEnter"),
        Live("BridgeLeave"),
        Live("BridgeDestroy", "remove"),
    ),
    # That an announcer has come into a conference, which makes one more, is in no event.
    compared=("BridgeType",),
)

kind = Choice("BridgeType", TYPES)
labels = {"type": kind, "technology": Choice("BridgeTechnology", TECHNOLOGIES)}

COLLECTOR = Collector(
    name="bridges",
    help=__doc__,
    reads=("call",),
    polls=(Poll("BridgeList", fills=(bridges,)),),
    families=(
        gauge(
            "bridges",
            "Bridges now: those of BridgeList, kept live by BridgeCreate and BridgeDestroy. The technology is that "
            "of the last list or event: when Asterisk changes it, it says nothing.",
            bridges,
            labels,
            zeros="closed",
        ),
        gauge(
            "bridge_channels",
            "Channels in bridges now; from BridgeList, field BridgeNumChannels, kept live by BridgeEnter and "
            "BridgeLeave.",
            bridges,
            labels,
            Number("BridgeNumChannels"),
            take="sum",
            zeros="closed",
        ),
        counter(
            "bridges_created_total",
            "Bridges that came to be; from BridgeCreate.",
            Events("BridgeCreate"),
            {"type": kind},
            zeros="closed",
        ),
    ),
)
