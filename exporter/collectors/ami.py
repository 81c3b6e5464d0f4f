"""The connection to Asterisk and the work on it."""

from exporter.metrics import (
    SHORT,
    Collector,
    Facts,
    Happenings,
    Number,
    Poll,
    Table,
    Text,
    counter,
    gauge,
    histogram,
    info,
)

CONNECTION = Facts("connection")
TRAFFIC = Facts("traffic")
EVENTS = Facts("events")
FAILURES = Facts("connection_failures")
ACTION_FAILURES = Facts("action_failures")
ANOMALIES = Facts("anomalies")
TABLES = Facts("tables")
CORRECTIONS = Facts("corrections")
RESULTS = Facts("collectors")
REFUSED = Facts("refused")
UNREADABLE = Facts("unreadable")
ANSWERED = Happenings("answered")

settings = Table("settings")
SETTINGS = Poll("CoreSettings", fills=(settings,), every=300)

count = Number("Count")
collector = {"collector": Text("Collector")}

COLLECTOR = Collector(
    name="ami",
    help=__doc__,
    reads=("system",),
    polls=(SETTINGS,),
    interval=300,
    families=(
        gauge(
            "up",
            "1 while logged in, fully booted and the last Ping was answered in time, else 0.",
            CONNECTION,
            value=Number("Up"),
        ),
        info(
            "info",
            "What answers: versions from CoreSettings, the system name from asterisk.conf or none.",
            settings,
            {
                "version": "AsteriskVersion",
                "ami_version": "AMIversion",
                "system_name": Text("SystemName", default="none"),
            },
        ),
        counter("ami_connections_total", "Sessions that logged in.", CONNECTION, value=Number("Connections")),
        counter(
            "ami_connection_failures_total",
            "Sessions that could not be had or that ended, by reason: dns, refused (nothing listens), unreachable, "
            "timeout, tls, greeting (not an AMI port), auth (login refused), in_use, closed, protocol.",
            FAILURES,
            {"reason": "Reason"},
            count,
        ),
        gauge(
            "ami_session_start_timestamp_seconds",
            "When the present session logged in, as Unix time.",
            CONNECTION,
            value=Number("SessionStart"),
        ),
        counter(
            "ami_received_bytes_total",
            "Bytes received from Asterisk, before TLS.",
            TRAFFIC,
            value=Number("Received"),
        ),
        counter("ami_sent_bytes_total", "Bytes sent to Asterisk, before TLS.", TRAFFIC, value=Number("Sent")),
        counter(
            "ami_events_total",
            "Events received, by name. Those that no collector uses count as other.",
            EVENTS,
            {"event": "Event"},
            count,
        ),
        counter(
            "ami_event_gaps_total",
            "Times the stream of events was interrupted: sums of events may have missed some.",
            CONNECTION,
            value=Number("Gaps"),
        ),
        histogram(
            "ami_action_duration_seconds",
            "From the question to the last packet of the answer, by action.",
            ANSWERED,
            {"action": "Action"},
            Number("Seconds"),
            buckets=SHORT,
        ),
        counter(
            "ami_action_failures_total",
            "Actions without a usable answer, by reason: error, denied (no right), unknown (no such action), timeout, "
            "closed (the session ended).",
            ACTION_FAILURES,
            {"action": "Action", "reason": "Reason"},
            count,
        ),
        gauge(
            "ami_clock_offset_seconds",
            "How far the clock of the PBX is ahead of ours: Timestamp of a Ping against the middle of its round trip.",
            CONNECTION,
            value=Number("ClockOffset"),
        ),
        counter(
            "ami_anomalies_total",
            "Packets that were dropped or not believed: oversize, torn, forged (by a caller, mostly), foreign_item, "
            "count_mismatch, duplicate_header.",
            ANOMALIES,
            {"kind": "Kind"},
            count,
        ),
        gauge(
            "ami_tls_certificate_expiry_timestamp_seconds",
            "When the certificate of Asterisk ends, as Unix time; with verified TLS.",
            CONNECTION,
            value=Number("CertificateExpiry"),
        ),
        gauge(
            "table_rows", "Rows of each table that lists and events keep.", TABLES, {"table": "Table"}, count
        ),
        counter(
            "table_corrections_total",
            "What a list had to correct in a table that events keep fresh, unless an event explained it within 2 s: "
            "missing, ghost (there though gone), changed.",
            CORRECTIONS,
            {"table": "Table", "kind": "Kind"},
            count,
        ),
        gauge(
            "collector_success",
            "1 if the last poll of every action of the collector brought a whole answer, else 0.",
            RESULTS,
            collector,
            Number("Success"),
        ),
        gauge(
            "collector_duration_seconds",
            "How long the last polls of the collector took together.",
            RESULTS,
            collector,
            Number("Duration"),
        ),
        gauge(
            "collector_last_success_timestamp_seconds",
            "When the collector last had a whole answer to every action, as Unix time.",
            RESULTS,
            collector,
            Number("LastSuccess"),
        ),
        gauge(
            "collector_supported",
            "0 if this Asterisk has no such action or the user has no right to it (manager.conf, write=), else 1.",
            RESULTS,
            collector,
            Number("Supported"),
        ),
        counter(
            "refused_series_total",
            "Series refused because a metric has reached its bound (limits: series_per_metric), or because "
            "two series would have been equal.",
            REFUSED,
            {"metric": "Metric"},
            count,
        ),
        counter(
            "unreadable_values_total",
            "Headers that were not what they should be; the sample is left out.",
            UNREADABLE,
            {"metric": "Metric"},
            count,
        ),
    ),
)
