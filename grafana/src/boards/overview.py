"""The fleet: which PBX needs somebody, on one screen."""

from __future__ import annotations

from grafana.src.board import Board
from grafana.src.panels import Column, Down, Graph, Limits, Stat, Table
from grafana.src.thresholds import thresholds

_T = thresholds()
_PBX = Down("Open this PBX", "asterisk-pbx")

BOARD = Board(
    "asterisk-overview",
    "Overview",
    "All servers: who is down, who is busy, where callers wait. Click on a server to see more of it.",
    {
        "Now": [
            Stat(
                "Servers up",
                "Servers that are logged in and answer. Compare it with the number beside it.",
                "sum(asterisk_up)",
            ),
            Stat(
                "Servers down",
                "Servers that the exporter cannot reach or log in to. The table below names them; the status "
                "page of the exporter says why.",
                "sum(asterisk_up == bool 0)",
                limits=Limits(1),
            ),
            Stat("Active calls", "Calls now, as a person counts them.", "sum(asterisk_active_calls)"),
            Stat("Active channels", "Channels in use now.", "sum(asterisk_active_channels)"),
            Stat(
                "Callers waiting",
                "Callers in all queues. If they wait long, see the dashboard of queues.",
                "sum(asterisk_queue_callers)",
            ),
            Stat(
                "Trunks down",
                "Trunks that cannot be reached or are not registered. Calls over them fail: see the dashboard "
                "of calls and trunks.",
                "sum(asterisk_trunk_available == bool 0)",
                limits=Limits(1),
            ),
        ],
        "Servers": [
            Table(
                "Servers",
                "One row for each server, those that are down first. Click on a name to open the PBX.",
                ("server",),
                [
                    Column("up", "max by (server) (asterisk_up)", "bool_yes_no", Limits(1, below=True)),
                    Column("calls", "sum by (server) (asterisk_active_calls)"),
                    Column(
                        "channels",
                        "sum by (server) (asterisk_active_channels)",
                        limits=Limits(_T["active_channels"]),
                    ),
                    Column("callers waiting", "sum by (server) (asterisk_queue_callers)"),
                    Column(
                        "longest wait",
                        "max by (server) (asterisk_queue_longest_wait_seconds)",
                        "s",
                        Limits(_T["queue_longest_wait_seconds"]),
                    ),
                    Column("agents available", "sum by (server) (asterisk_queue_members_available)"),
                    Column(
                        "trunks down",
                        "sum by (server) (asterisk_trunk_available == bool 0)",
                        limits=Limits(1),
                    ),
                    Column(
                        "collectors failing",
                        "sum by (server) (asterisk_collector_success == bool 0)",
                        limits=Limits(1),
                    ),
                    Column("running for", "time() - max by (server) (asterisk_start_timestamp_seconds)", "s"),
                ],
                height=10,
                down=_PBX,
                worst="smallest",
            ),
        ],
        "Over time": [
            Graph(
                "Calls by server",
                "The ten busiest. A line that ends is a server that was lost.",
                {"{{server}}": "topk(10, sum by (server) (asterisk_active_calls))"},
                down=_PBX,
            ),
            Graph(
                "Callers waiting by server",
                "The ten with most callers in queues. If it grows, look for agents.",
                {"{{server}}": "topk(10, sum by (server) (asterisk_queue_callers))"},
                down=Down("Open the queues of this PBX", "asterisk-queues"),
            ),
            Graph(
                "Failed sessions",
                "Sessions that could not be had or ended, by reason. auth: the secret or the address list in "
                "manager.conf; refused: Asterisk is not running, or not on this port.",
                {
                    "{{server}} {{reason}}": "sum by (server, reason) "
                    "(rate(asterisk_ami_connection_failures_total[])) > 0"
                },
                "ops",
            ),
            Graph(
                "AMI round trip, 95 of 100",
                "How long Asterisk takes to answer a Ping. If it grows, the PBX is loaded.",
                {
                    "{{server}}": "topk(10, histogram_quantile(0.95, sum by (server, le) "
                    '(rate(asterisk_ami_action_duration_seconds_bucket{action="Ping"}[]))))'
                },
                "s",
                down=_PBX,
            ),
        ],
    },
)
