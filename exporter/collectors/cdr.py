"""Call detail records, as Asterisk writes them at the end of each part of a call."""

from exporter.metrics import Choice, Collector, Events, Number, Text, counter, histogram
from exporter.metrics.families import TALK

DISPOSITIONS = {
    "ANSWERED": "answered",
    "NO ANSWER": "no_answer",
    "BUSY": "busy",
    "FAILED": "failed",
    "CONGESTION": "congestion",
}

disposition = Choice("Disposition", DISPOSITIONS)

COLLECTOR = Collector(
    name="cdr",
    help=f"{__doc__} Needs cdr_manager (cdr_manager.conf, enabled = yes).",
    reads=("cdr",),
    families=(
        counter(
            "cdrs_total",
            "Call detail records, by disposition and the last application of the dialplan; from Cdr. The first 50 "
            "applications are told apart, the rest are other.",
            Events("Cdr"),
            {"disposition": disposition, "application": Text("LastApplication", default="none", most=50)},
        ),
        counter(
            "cdr_billable_seconds_total",
            "Seconds from answer to end, summed up; from Cdr, field BillableSeconds, which is whole seconds.",
            Events("Cdr"),
            {"disposition": disposition},
            Number("BillableSeconds"),
            zeros="closed",
        ),
        histogram(
            "cdr_duration_seconds",
            "From the beginning to the end of a record; from Cdr, field Duration, which is whole seconds.",
            Events("Cdr"),
            {"disposition": disposition},
            Number("Duration"),
            buckets=TALK,
            zeros="closed",
        ),
    ),
)
