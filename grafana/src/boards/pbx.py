"""One PBX: whether it stands, what is on it, and what it complains of."""

from __future__ import annotations

from grafana.src.board import Board
from grafana.src.panels import Column, Down, Graph, Limits, Stat, Table
from grafana.src.thresholds import thresholds

_T = thresholds()

BOARD = Board(
    "asterisk-pbx",
    "PBX",
    "One Asterisk as a whole: calls, channels, conferences, parking, and its own troubles.",
    {
        "Now": [
            Stat(
                "State",
                "1 while logged in and answering. If it is 0, see the log of the exporter and whether "
                "Asterisk runs.",
                "min by (server) (asterisk_up)",
                "bool_yes_no",
                "{{server}}",
                Limits(1, below=True),
            ),
            Stat(
                "Running for",
                "Time since Asterisk started. If it is short and nobody restarted it, look for a core dump.",
                "time() - asterisk_start_timestamp_seconds",
                "s",
                "{{server}}",
            ),
            Stat("Calls", "Calls now.", "sum by (server) (asterisk_active_calls)", legend="{{server}}"),
            Stat(
                "Channels",
                "Channels in use now. Above the threshold, look for calls that hang or for a loop.",
                "sum by (server) (asterisk_active_channels)",
                legend="{{server}}",
                limits=Limits(_T["active_channels"]),
            ),
            Stat(
                "Oldest channel",
                "If it is older than any call can be, hang it up: channel request hangup.",
                "max by (server) (asterisk_channel_longest_seconds)",
                "s",
                "{{server}}",
                Limits(_T["call_longest_seconds"]),
            ),
            Stat(
                "Deadlocks",
                "Deadlocks that Asterisk reported within the last hour. One is too many: take core show "
                "locks, then restart.",
                "round(sum by (server) (increase(asterisk_deadlocks_total[1h])))",
                legend="{{server}}",
                limits=Limits(1),
            ),
        ],
        "Calls and channels": [
            Graph(
                "Calls and channels",
                "With the highest numbers between two scrapes. Much more channels than calls: forks, queues "
                "that ring all, or a loop.",
                {
                    "{{server}} calls": "asterisk_active_calls",
                    "{{server}} channels": "asterisk_active_channels",
                    "{{server}} channels at most": 'asterisk_active_channels_peak{window="1m"}',
                },
                limits=Limits(_T["active_channels"]),
            ),
            Graph(
                "Calls by direction",
                "Inbound and outbound calls use trunks, internal ones none.",
                {"{{server}} {{direction}}": "asterisk_active_calls_by_direction"},
                stacked=True,
            ),
            Graph(
                "Channels by technology and state",
                "Many that ring and few that are up: somebody does not answer.",
                {
                    "{{technology}} {{state}}": "sum by (technology, state) (asterisk_channels) > 0",
                },
                stacked=True,
            ),
            Graph(
                "Calls begun, answered and ended",
                "If more begin than end for long, calls pile up.",
                {
                    "begun": "sum(rate(asterisk_calls_started_total[]))",
                    "answered": "sum(rate(asterisk_calls_answered_total[]))",
                    "ended": "sum(rate(asterisk_calls_ended_total[]))",
                },
                "cps",
            ),
            Graph(
                "Channels by application",
                "What the dialplan does with them now; the ten with most channels.",
                {"{{application}}": "topk(10, sum by (application) (asterisk_application_channels))"},
                width=8,
            ),
            Graph(
                "Length of calls",
                "Half of the calls are shorter, and 95 of 100. Calls of some seconds only: audio fails, or "
                "somebody scans.",
                {
                    "half": "histogram_quantile(0.5, sum by (le) (rate(asterisk_call_duration_seconds_bucket[])))",
                    "95 of 100": "histogram_quantile(0.95, sum by (le) "
                    "(rate(asterisk_call_duration_seconds_bucket[])))",
                },
                "s",
                width=8,
            ),
            Graph(
                "Holds, transfers and pickups",
                "How people handle calls. Failed transfers: wrong numbers, or a context that does not allow them.",
                {
                    "holds": "sum(rate(asterisk_holds_total[]))",
                    "pickups": "sum(rate(asterisk_pickups_total[]))",
                    "{{kind}} transfer {{result}}": "sum by (kind, result) (rate(asterisk_transfers_total[])) > 0",
                },
                "ops",
                width=8,
            ),
        ],
        "Conferences and parking": [
            Graph(
                "Conferences",
                "Rooms and the people in them.",
                {
                    "{{server}} rooms": "asterisk_conferences",
                    "{{server}} people": "asterisk_conference_users",
                },
            ),
            Graph(
                "Parked calls",
                "Calls that wait to be fetched, and spaces of the lot. Full lot: add spaces in "
                "res_parking.conf.",
                {
                    "{{server}} {{lot}} parked": "asterisk_parked_calls",
                    "{{server}} {{lot}} spaces": "asterisk_parking_lot_spaces",
                },
            ),
        ],
        "Asterisk itself": [
            Graph(
                "Tasks that wait inside Asterisk",
                "By part. Above its high water mark PJSIP refuses calls: find what is slow, such as DNS or a "
                "database. Needs the collector taskprocessors.",
                {"{{server}} {{name}}": "topk(10, asterisk_taskprocessor_queued_tasks)"},
                limits=Limits(_T["taskprocessor_queued_tasks"]),
            ),
            Graph(
                "Limits, reloads and failures",
                "Work refused at a limit, reloads of modules, log files that cannot be written (is the disk "
                "full?).",
                {
                    "limit {{limit}}": "sum by (limit) (rate(asterisk_limits_reached_total[]))",
                    "reload {{module}}": "sum by (module) (rate(asterisk_reloads_total[]))",
                    "log files": "sum(rate(asterisk_log_channel_failures_total[]))",
                },
                "ops",
            ),
            Table(
                "What runs where",
                "Versions. Bring the odd one up to date.",
                ("server", "version", "system_name"),
                [Column("known", "max by (server, version, system_name) (asterisk_info)", "bool_yes_no")],
                width=12,
                height=6,
            ),
            Table(
                "Queues of this PBX",
                "Click on a queue to see its callers and agents.",
                ("server", "queue"),
                [
                    Column("callers", "sum by (server, queue) (asterisk_queue_callers)"),
                    Column("agents available", "sum by (server, queue) (asterisk_queue_members_available)"),
                ],
                width=12,
                height=6,
                down=Down("Open this queue", "asterisk-queues", ("server", "queue")),
            ),
        ],
    },
)
