"""Media quality: what RTCP tells of delay, jitter and loss, by trunk and direction."""

from __future__ import annotations

from grafana.src.board import Board
from grafana.src.panels import Graph, Limits, Stat
from grafana.src.thresholds import thresholds

_T = thresholds()
_WAYS = {"received": "what the far end hears of us", "sent": "what we hear of the far end"}
_LOSS = "asterisk_rtcp_loss_ratio"
_JITTER = "asterisk_rtcp_jitter_seconds"
_SCORE = "asterisk_rtcp_media_experience_score"
_ROUND_TRIP = "asterisk_rtcp_round_trip_seconds"


def _mean(metric: str, by: str = "", where: str = "") -> str:
    group = f"by ({by}) " if by else ""
    return f"sum {group}(rate({metric}_sum{where}[])) / (sum {group}(rate({metric}_count{where}[])) > 0)"


def _high(metric: str, where: str = "") -> str:
    return f"histogram_quantile(0.95, sum by (trunk, le) (rate({metric}_bucket{where}[])))"


def _by_way(title: str, what: str, metric: str, unit: str, limits: Limits) -> list[Graph]:
    """The same of both directions, side by side: if only one is bad, so is only one way of the network."""
    return [
        Graph(
            f"{title}: {way}",
            what,
            {
                "{{trunk}} mean": _mean(metric, "trunk", f'{{direction="{direction}"}}'),
                **(
                    {}
                    if limits.below
                    else {"{{trunk}} 95 of 100": _high(metric, f'{{direction="{direction}"}}')}
                ),
            },
            unit,
            limits,
        )
        for direction, way in _WAYS.items()
    ]


BOARD = Board(
    "asterisk-media",
    "Media quality",
    "How voices sound: loss, jitter, delay and Asterisk's own score. The trunk none is phones.",
    {
        "Now": [
            Stat(
                "Loss",
                "Packets lost, of those that RTCP reports. Above the threshold it is heard.",
                _mean(_LOSS),
                "percentunit",
                limits=Limits(_T["loss_ratio"]),
                width=6,
            ),
            Stat(
                "Jitter",
                "Mean of the reports. Above the threshold jitter buffers run empty: look at the link, and at "
                "priorities for voice.",
                _mean(_JITTER),
                "s",
                limits=Limits(_T["jitter_seconds"]),
                width=6,
            ),
            Stat(
                "Round trip",
                "Mean of the reports. Above the threshold people talk over each other.",
                _mean(_ROUND_TRIP),
                "s",
                limits=Limits(_T["media_round_trip_seconds"]),
                width=6,
            ),
            Stat(
                "Score",
                "Asterisk's media experience score, 0 to 100 (newer versions). Below the threshold people "
                "complain.",
                _mean(_SCORE),
                "none",
                limits=Limits(_T["media_score"], below=True),
                width=6,
            ),
        ],
        "Loss and jitter": [
            *_by_way(
                "Loss",
                "One way alone: look at that way. One trunk alone: the carrier. All: your own link.",
                _LOSS,
                "percentunit",
                Limits(_T["loss_ratio"]),
            ),
            *_by_way(
                "Jitter",
                "High where links are full. Give voice priority (DSCP), or more room.",
                _JITTER,
                "s",
                Limits(_T["jitter_seconds"]),
            ),
        ],
        "Delay and score": [
            Graph(
                "Round trip",
                "By trunk; half of the reports, and 95 of 100.",
                {
                    "{{trunk}} mean": _mean(_ROUND_TRIP, "trunk"),
                    "{{trunk}} 95 of 100": _high(_ROUND_TRIP),
                },
                "s",
                Limits(_T["media_round_trip_seconds"]),
            ),
            Graph(
                "Reports",
                "Reports of RTCP. None though there are calls: far ends that send none, or a firewall.",
                {
                    "{{technology}} {{direction}}": "sum by (technology, direction) "
                    "(rate(asterisk_rtcp_reports_total[])) > 0"
                },
                "ops",
            ),
            *_by_way(
                "Score",
                "It joins loss, jitter and delay. See which of them fell with it.",
                _SCORE,
                "none",
                Limits(_T["media_score"], below=True),
            ),
        ],
    },
    ("server", "trunk"),
)
