"""The exporter itself: its sessions, its collectors, what it costs, and what it doubts."""

from __future__ import annotations

from grafana.src.board import Board
from grafana.src.panels import Column, Graph, Limits, Stat, Table
from grafana.src.thresholds import thresholds

_T = thresholds()

BOARD = Board(
    "asterisk-exporter",
    "Exporter health",
    "Whether the numbers of the other dashboards can be trusted, and what they cost.",
    {
        "Now": [
            Stat(
                "Configuration",
                "1 if the configuration that was last read was good. If it is 0, run the command check: it "
                "names line and column.",
                "min by (instance) (asterisk_exporter_config_last_reload_successful)",
                "bool_yes_no",
                "{{instance}}",
                Limits(1, below=True),
            ),
            Stat(
                "Servers down",
                "Servers without a session.",
                "sum(asterisk_up == bool 0)",
                limits=Limits(1),
            ),
            Stat(
                "Collectors failing",
                "Collectors whose last poll brought no whole answer; the table below names them.",
                "sum(asterisk_collector_success == bool 0)",
                limits=Limits(1),
            ),
            Stat(
                "Memory",
                "Of the process. It grows with servers and rows, and not with time.",
                "sum by (instance) (process_resident_memory_bytes)",
                "bytes",
                "{{instance}}",
            ),
            Stat(
                "CPU",
                "Of one core.",
                "sum by (instance) (rate(process_cpu_seconds_total[]))",
                "percentunit",
                "{{instance}}",
            ),
            Stat(
                "Event loop lag",
                "99 of 100 samples. Above the threshold the exporter is overloaded: share the servers between two.",
                "histogram_quantile(0.99, sum by (instance, le) "
                "(rate(asterisk_exporter_event_loop_lag_seconds_bucket[])))",
                "s",
                "{{instance}}",
                Limits(_T["event_loop_lag_seconds"]),
            ),
        ],
        "Collectors": [
            Table(
                "Collectors",
                "Those that fail first. Failing: see the log. Not supported: this Asterisk has no such action, "
                "or the user has no right (check --connect says which).",
                ("server", "collector"),
                [
                    Column(
                        "succeeds",
                        "min by (server, collector) (asterisk_collector_success)",
                        "bool_yes_no",
                        Limits(1, below=True),
                    ),
                    Column(
                        "supported",
                        "min by (server, collector) (asterisk_collector_supported and asterisk_collector_success)",
                        "bool_yes_no",
                    ),
                    Column("took", "max by (server, collector) (asterisk_collector_duration_seconds)", "s"),
                    Column(
                        "last success",
                        "time() - max by (server, collector) "
                        "(asterisk_collector_last_success_timestamp_seconds)",
                        "s",
                    ),
                ],
                worst="smallest",
            ),
            Graph(
                "Actions that failed",
                "denied: write= in manager.conf; timeout: a PBX that is slow.",
                {
                    "{{server}} {{action}} {{reason}}": "sum by (server, action, reason) "
                    "(rate(asterisk_ami_action_failures_total[])) > 0"
                },
                "ops",
            ),
            Graph(
                "Time of actions, 95 of 100",
                "The ten slowest. Long lists take long: a longer interval costs nothing, events keep tables "
                "fresh.",
                {
                    "{{action}}": "topk(10, histogram_quantile(0.95, sum by (action, le) "
                    "(rate(asterisk_ami_action_duration_seconds_bucket[]))))"
                },
                "s",
            ),
        ],
        "Can it be trusted": [
            Graph(
                "Corrections of tables",
                "What a list had to correct. A few now and then are races; many: events are lost (see gaps), "
                "or an event filter keeps them back.",
                {
                    "{{server}} {{table}} {{kind}}": "sum by (server, table, kind) "
                    "(rate(asterisk_table_corrections_total[])) > 0"
                },
                "ops",
            ),
            Graph(
                "Gaps and sessions",
                "Each gap is a session that ended: sums of events may miss some.",
                {
                    "{{server}} gaps": "sum by (server) (rate(asterisk_ami_event_gaps_total[]))",
                    "{{server}} logins": "sum by (server) (rate(asterisk_ami_connections_total[]))",
                },
                "ops",
            ),
            Graph(
                "Refused and unreadable",
                "Series over a bound (limits of the configuration), and headers that are not what they should "
                "be. Report the latter.",
                {
                    "{{metric}} refused": "sum by (metric) (rate(asterisk_refused_series_total[])) > 0",
                    "{{metric}} unreadable": "sum by (metric) (rate(asterisk_unreadable_values_total[])) > 0",
                    "{{kind}}": "sum by (kind) (rate(asterisk_ami_anomalies_total[])) > 0",
                },
                "ops",
            ),
            Graph(
                "Clock of the PBX",
                "How far it is ahead of the exporter's. More than seconds: NTP.",
                {"{{server}}": "topk(10, abs(asterisk_ami_clock_offset_seconds))"},
                "s",
                Limits(_T["clock_offset_seconds"]),
            ),
        ],
        "What it costs": [
            Graph(
                "Events",
                "By server. Many that no collector uses (other): shorten read= of the user in manager.conf.",
                {"{{server}}": "topk(10, sum by (server) (rate(asterisk_ami_events_total[])))"},
                "ops",
                width=8,
            ),
            Graph(
                "Bytes",
                "From and to Asterisk.",
                {
                    "{{server}} received": "sum by (server) (rate(asterisk_ami_received_bytes_total[]))",
                    "{{server}} sent": "sum by (server) (rate(asterisk_ami_sent_bytes_total[]))",
                },
                "Bps",
                width=8,
            ),
            Graph(
                "Rows",
                "Rows of tables, by table.",
                {"{{table}}": "topk(10, sum by (table) (asterisk_table_rows))"},
                width=8,
            ),
        ],
    },
)
