"""Media: what RTCP reports of the voice that is sent and received: delay, jitter, loss."""

from __future__ import annotations

from pydantic import Field

from exporter.collectors.folds.rtcp import EVENTS, HEADERS, Reports
from exporter.collectors.trunk_rows import trunk_of
from exporter.metrics import (
    Choice,
    Collector,
    Family,
    Fold,
    Folded,
    Number,
    Options,
    Part,
    Site,
    counter,
    histogram,
)
from exporter.metrics.families import Labels
from exporter.metrics.options import Bounds

# Upper bounds of buckets: of a round trip and of jitter (s), of the share of packets, of 0 to 100.
ROUND_TRIP = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1.0, 2.0)
JITTER = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5)
# Reports count in 256ths: up to the first bound nothing was lost.
LOSS = (0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
SCORE = (20.0, 40.0, 50.0, 60.0, 65.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0)

# Those whose channels have RTP.
TECHNOLOGIES = {name: name for name in ("PJSIP", "SIP", "SCCP", "Skinny", "MGCP", "Motif", "UnicastRTP")}

REPORTS = Fold("rtcp_reports", EVENTS, HEADERS, Reports)

direction = Choice("Event", {"RTCPReceived": "received"}, other="sent")
ABOUT = "received: what the far end says of what we send; sent: what we say of what it sends"


class MediaBuckets(Options):
    """Upper bounds of the buckets of histograms, rising."""

    round_trip: Bounds = ROUND_TRIP
    """Of the way to the far end and back (s)."""
    jitter: Bounds = JITTER
    """Of jitter (s)."""
    loss: Bounds = LOSS
    """Of the share of packets that were lost (0 to 1)."""
    score: Bounds = SCORE
    """Of the media experience score (0 to 100)."""


class MediaOptions(Options):
    """Options of the collector media."""

    buckets: MediaBuckets = Field(default_factory=MediaBuckets)
    """Upper bounds of the buckets of histograms."""


def declare(options: MediaOptions, site: Site) -> Collector:
    """The collector for these options and trunks."""
    trunk = trunk_of("Channel", site)
    both: Labels = {"trunk": trunk, "direction": direction}

    def spread(
        name: str, text: str, header: str, buckets: tuple[float, ...], labels: Labels = both
    ) -> Family:
        return histogram(
            f"rtcp_{name}",
            text,
            Folded(REPORTS, "block"),
            labels,
            Number(header),
            buckets=buckets,
            zeros="closed",
        )

    return Collector(
        name="media",
        help=__doc__ or "",
        reads=("reporting",),
        families=(
            counter(
                "rtcp_reports_total",
                f"Reports of RTCP, also those that say nothing of how media arrived; from RTCPReceived ({ABOUT}) and "
                "RTCPSent.",
                Folded(REPORTS, "report"),
                {"technology": Part("Channel", "([^/]+)/", TECHNOLOGIES), "direction": direction},
                zeros="closed",
            ),
            spread(
                "round_trip_seconds",
                "The way to the far end and back, of each report that tells it; from RTCPReceived, field RTT. Absent "
                "from reports of a far end that has not heard one of ours yet.",
                "RoundTrip",
                options.buckets.round_trip,
                {"trunk": trunk},
            ),
            spread(
                "jitter_seconds",
                f"Jitter of each report; from RTCPReceived and RTCPSent, field Report0IAJitter ({ABOUT}). It counts in "
                "the codec's clock, which no field names: two sender reports of the stream tell it, 8, 16, 32 or 48 "
                "kHz (fields SentRTP, SentNTP). Reports before that, and of other clocks, such as video's, are not in "
                "it.",
                "Jitter",
                options.buckets.jitter,
            ),
            spread(
                "loss_ratio",
                "The share of packets that were lost since the report before, 0 to 1; from RTCPReceived and RTCPSent, "
                f"field Report0FractionLost ({ABOUT}).",
                "Loss",
                options.buckets.loss,
            ),
            spread(
                "media_experience_score",
                "Asterisk's score of how the voice sounds, 0 to 100, of each report; from RTCPReceived and RTCPSent, "
                f"field MES (Asterisk 18.17, 20.2 and later; {ABOUT}).",
                "Score",
                options.buckets.score,
            ),
        ),
        options=MediaOptions,
        declare=declare,
    )


COLLECTOR = declare(MediaOptions(), Site())
