"""Which channels are trunks, and how full the trunks are."""

from __future__ import annotations

from exporter.metrics import Family, FirstMatch, Fixed, Number, Site, Table, gauge
from exporter.metrics.readers import Condition, LabelReader

# What a channel's name has beside the endpoint's: PJSIP/carrier-0000002a, Local/1@trunk-0000002a;1.
SUFFIX = "-[^-]*"
NONE = "none"


def trunk_of(header: str, site: Site) -> LabelReader:
    """The name of the trunk whose channel a header names; `none` if it is no trunk's."""
    names = tuple((trunk.match, trunk.name) for trunk in site.trunks)
    return FirstMatch(header, names, other=NONE, cut=SUFFIX)


def trunk_families(
    site: Site, channels: Table, active: Condition, windows: dict[str, float]
) -> tuple[Family, ...]:
    """The metrics of trunks' channels; none where no trunk is configured."""
    if not site.trunks:
        return ()
    names = tuple((trunk.match, trunk.name) for trunk in site.trunks)
    trunk: dict[str, LabelReader | str] = {"trunk": FirstMatch("Channel", names, other=None, cut=SUFFIX)}
    limits = Fixed(
        tuple(
            (("trunk", trunk.name), ("capacity", float(trunk.capacity)))
            for trunk in site.trunks
            if trunk.capacity is not None
        )
    )
    return (
        gauge(
            "trunk_channels", "Channels in use of a trunk now.", channels, trunk, where=active, zeros="closed"
        ),
        gauge(
            "trunk_channels_limit",
            "How many channels a trunk may have at one time: its capacity in the configuration.",
            limits,
            {"trunk": "Trunk"},
            Number("Capacity"),
        ),
        gauge(
            "trunk_channels_peak",
            "The most channels of a trunk at one time within the window: what carriers bill.",
            channels,
            trunk,
            where=active,
            zeros="closed",
            windows=windows,
        ),
    )
