"""Queues and agents: who waits, who serves them, and how well it goes."""

from __future__ import annotations

from grafana.src.board import Board
from grafana.src.panels import Column, Graph, Limits, Stat, Table
from grafana.src.thresholds import thresholds

_T = thresholds()
_ENDED = "asterisk_queue_wait_seconds_count"
_GAVE_UP = _ENDED + '{outcome="abandoned"}'
_WAIT = Limits(_T["queue_longest_wait_seconds"])
_LEVEL = Limits(_T["queue_service_level_ratio"], below=True)


def _rate(metric: str, by: str = "queue") -> str:
    return f"sum by ({by}) (rate({metric}[]))"


def _abandoned(by: str) -> str:
    return f"{_rate(_GAVE_UP, by)} / ({_rate(_ENDED, by)} > 0)"


def _in_time(by: str) -> str:
    return f"{_rate('asterisk_queue_answers_within_service_level_total', by)} / ({_rate(_ENDED, by)} > 0)"


def _wait(which: float, outcome: str) -> str:
    bucket = f'asterisk_queue_wait_seconds_bucket{{outcome="{outcome}"}}'
    return f"histogram_quantile({which}, sum by (queue, le) (rate({bucket}[])))"


BOARD = Board(
    "asterisk-queues",
    "Queues and agents",
    "Call centres: service level, abandon rate, waits, occupancy and pauses.",
    {
        "Now": [
            Stat(
                "Waiting",
                "Callers in the queues. Nobody serves them? See the agents below.",
                "sum(asterisk_queue_callers)",
            ),
            Stat(
                "Longest wait",
                "Of the caller that waits longest. Above the threshold call agents from their pauses.",
                "max(asterisk_queue_longest_wait_seconds)",
                "s",
                limits=_WAIT,
            ),
            Stat(
                "Too late already",
                "Callers that wait now and have waited longer than the service level of their queue.",
                "sum(asterisk_queue_callers_over_service_level)",
                limits=Limits(1),
            ),
            Stat(
                "Agents available",
                "Members that could take a call now; somebody in two queues counts twice.",
                "sum(asterisk_queue_members_available)",
            ),
            Stat(
                "Agents paused",
                "Members that pause; the table below says who and why.",
                "sum(asterisk_queue_members_paused)",
            ),
            Stat(
                "Service level",
                "Calls answered within the service level, of all that ended. Below the threshold: more agents, "
                "or fewer pauses.",
                "sum(rate(asterisk_queue_answers_within_service_level_total[])) / "
                "(sum(rate(asterisk_queue_wait_seconds_count[])) > 0)",
                "percentunit",
                limits=_LEVEL,
            ),
            Table(
                "Queues",
                "One row for each queue, the longest wait first.",
                ("server", "queue"),
                [
                    Column(
                        "longest wait",
                        "max by (server, queue) (asterisk_queue_longest_wait_seconds)",
                        "s",
                        _WAIT,
                    ),
                    Column("waiting", "sum by (server, queue) (asterisk_queue_callers)"),
                    Column("available", "sum by (server, queue) (asterisk_queue_members_available)"),
                    Column("paused", "sum by (server, queue) (asterisk_queue_members_paused)"),
                    Column("members", "sum by (server, queue) (asterisk_queue_members)"),
                    Column("in time", _in_time("server, queue"), "percentunit", _LEVEL),
                    Column(
                        "gave up",
                        _abandoned("server, queue"),
                        "percentunit",
                        Limits(_T["queue_abandoned_ratio"]),
                    ),
                    Column(
                        "level",
                        "max by (server, queue) (asterisk_queue_service_level_seconds)",
                        "s",
                    ),
                ],
            ),
        ],
        "Callers": [
            Graph(
                "Waiting",
                "Callers by queue. A queue that only grows has nobody who answers.",
                {"{{queue}}": "sum by (queue) (asterisk_queue_callers)"},
            ),
            Graph(
                "Longest wait",
                "Of those that wait now.",
                {"{{queue}}": "max by (queue) (asterisk_queue_longest_wait_seconds)"},
                "s",
                _WAIT,
            ),
            Graph(
                "How waits end",
                "answered; abandoned: the caller gave up; timeout_or_other: the time was up, a key, or no member "
                "was left.",
                {"{{outcome}}": _rate(_ENDED, "outcome")},
                "cps",
                stacked=True,
                width=8,
            ),
            Graph(
                "In time",
                "Answers within the service level, of all that ended.",
                {"{{queue}}": _in_time("queue")},
                "percentunit",
                _LEVEL,
                most=1,
                width=8,
            ),
            Graph(
                "Gave up",
                "Callers who hung up while they waited, of all that ended. It follows the longest wait: look at "
                "both.",
                {"{{queue}}": _abandoned("queue")},
                "percentunit",
                Limits(_T["queue_abandoned_ratio"]),
                most=1,
                width=8,
            ),
            Graph(
                "Wait until answered",
                "Half of the callers, and 90 of 100.",
                {
                    "{{queue}} half": _wait(0.5, "answered"),
                    "{{queue}} 90 of 100": _wait(0.9, "answered"),
                },
                "s",
            ),
            Graph(
                "Patience",
                "How long half of those who gave up had waited: be faster than that.",
                {"{{queue}}": _wait(0.5, "abandoned")},
                "s",
            ),
        ],
        "Agents": [
            Graph(
                "Members by state",
                "Over all queues. Many unavailable: phones that are off, or a network that is.",
                {"{{state}}": "sum by (state) (asterisk_queue_members) > 0"},
                stacked=True,
            ),
            Graph(
                "Available and paused",
                "By queue. None available and callers wait: end pauses, or add members.",
                {
                    "{{queue}} available": "sum by (queue) (asterisk_queue_members_available)",
                    "{{queue}} paused": "sum by (queue) (asterisk_queue_members_paused)",
                },
            ),
            Table(
                "Members",
                "One row for each member of a queue, the busiest first. Occupancy is the part of the last hour "
                "in calls, of the time not paused: above the threshold people tire.",
                ("server", "queue", "member"),
                [
                    Column(
                        "occupancy",
                        "max by (server, queue, member) (avg_over_time(asterisk_queue_member_in_call[1h]) / "
                        "(1 - avg_over_time((asterisk_queue_member_paused * "
                        "(1 - asterisk_queue_member_in_call))[1h:]) > 0))",
                        "percentunit",
                        Limits(_T["member_occupancy_ratio"]),
                    ),
                    Column(
                        "answered",
                        "round(sum by (server, queue, member) (increase(asterisk_queue_member_answers_total[1h])))",
                    ),
                    Column(
                        "missed",
                        "round(sum by (server, queue, member) (increase(asterisk_queue_member_missed_total[1h])))",
                    ),
                    Column(
                        "talked",
                        "sum by (server, queue, member) (increase(asterisk_queue_member_talk_seconds_total[1h]))",
                        "s",
                    ),
                    Column(
                        "paused",
                        "sum by (server, queue, member) (increase(asterisk_queue_member_pause_seconds_total[1h]))",
                        "s",
                    ),
                    Column(
                        "pauses now",
                        "max by (server, queue, member) (asterisk_queue_member_paused)",
                        "bool_yes_no",
                    ),
                ],
            ),
            Graph(
                "Pauses by reason",
                "How many members pause at one time, on average.",
                {"{{reason}}": _rate("asterisk_queue_member_pause_seconds_total", "reason")},
                "none",
                stacked=True,
                width=8,
            ),
            Graph(
                "Missed calls",
                "Calls that rang until the time was up: an agent who is away and does not pause. The ten with "
                "most.",
                {"{{member}}": "topk(10, sum by (member) (rate(asterisk_queue_member_missed_total[])))"},
                "cps",
                width=8,
            ),
            Graph(
                "Mean talk and ring time",
                "Of answered calls. Long ringing: agents who are slow to answer.",
                {
                    "{{queue}} talk": f"{_rate('asterisk_queue_talk_seconds_sum')} / "
                    f"({_rate('asterisk_queue_talk_seconds_count')} > 0)",
                    "{{queue}} ring": f"{_rate('asterisk_queue_ring_seconds_sum')} / "
                    f"({_rate('asterisk_queue_ring_seconds_count')} > 0)",
                },
                "s",
                width=8,
            ),
        ],
    },
    ("server", "queue"),
)
