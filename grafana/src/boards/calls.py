"""Calls and trunks: how many are answered, how soon, why not, and how full the trunks are."""

from __future__ import annotations

from grafana.src.board import Board
from grafana.src.panels import Column, Down, Graph, Limits, Stat, Table
from grafana.src.thresholds import thresholds

_T = thresholds()
# Local channels dial by themselves, legs that lost to another are no attempts of their own.
_RESULTS = 'asterisk_dial_results_total{technology!="Local", status%s}'
_ANSWERED = _RESULTS % '="answer"'
_REACHED = _RESULTS % '=~"answer|busy|no_answer|cancel"'
_TRIED = _RESULTS % '!="answered_elsewhere"'


def _rate(metric: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}[]))"


def _part(part: str, by: str) -> str:
    return f"{_rate(part, by)} / ({_rate(_TRIED, by)} > 0)"


def _quantile(which: float, metric: str) -> str:
    return f"histogram_quantile({which}, sum by (trunk, le) (rate({metric}_bucket[])))"


BOARD = Board(
    "asterisk-calls",
    "Calls and trunks",
    "How calls go out and come in: answer-seizure ratio (ASR), network effectiveness (NER), call duration "
    "(ACD), post-dial delay, causes, capacity.",
    {
        "Trunks now": [
            Table(
                "Trunks",
                "One row for each trunk, those that are down first. Down: ask the carrier, look at the "
                "registration and at pjsip show contacts. Full: more channels, or find who uses them.",
                ("server", "trunk"),
                [
                    Column(
                        "available",
                        "min by (server, trunk) (asterisk_trunk_available)",
                        "bool_yes_no",
                        Limits(1, below=True),
                    ),
                    Column("channels", "sum by (server, trunk) (asterisk_trunk_channels)"),
                    Column("capacity", "sum by (server, trunk) (asterisk_trunk_channels_limit)"),
                    Column(
                        "use",
                        "sum by (server, trunk) (asterisk_trunk_channels) / "
                        "(sum by (server, trunk) (asterisk_trunk_channels_limit))",
                        "percentunit",
                        Limits(_T["trunk_use_ratio"]),
                    ),
                    Column(
                        "most in 15 min",
                        'sum by (server, trunk) (asterisk_trunk_channels_peak{window="15m"})',
                    ),
                    Column(
                        "ASR",
                        _part(_ANSWERED, "server, trunk") + " and on (server, trunk) asterisk_trunk_channels",
                        "percentunit",
                        Limits(_T["answer_ratio"], below=True),
                    ),
                ],
                down=Down("Media of this trunk", "asterisk-media", ("server", "trunk")),
                worst="smallest",
            ),
            Graph(
                "Channels of trunks",
                "In use, and the most within a minute, which is what a carrier bills.",
                {
                    "{{trunk}}": "sum by (trunk) (asterisk_trunk_channels)",
                    "{{trunk}} at most": 'sum by (trunk) (asterisk_trunk_channels_peak{window="1m"})',
                },
            ),
            Graph(
                "Use of trunks",
                "Channels as a part of the capacity in the configuration. Near 100 % calls are refused.",
                {
                    "{{trunk}}": "sum by (trunk) (asterisk_trunk_channels) / sum by (trunk) (asterisk_trunk_channels_limit)"
                },
                "percentunit",
                Limits(_T["trunk_use_ratio"]),
            ),
        ],
        "How calls go": [
            Graph(
                "Answered (ASR)",
                "Answered dials of all dials. A fall on one trunk is the carrier; on all, look at the dialplan. "
                "A trunk that is dead makes no dials, and no line.",
                {"{{trunk}}": _part(_ANSWERED, "trunk")},
                "percentunit",
                Limits(_T["answer_ratio"], below=True),
                most=1,
                width=8,
            ),
            Graph(
                "Delivered (NER)",
                "Dials that reached the far end: answered, busy, not answered, given up. What is missing the "
                "network lost: show it to the carrier.",
                {"{{trunk}}": _part(_REACHED, "trunk")},
                "percentunit",
                most=1,
                width=8,
            ),
            Graph(
                "Mean length of calls (ACD)",
                "From answer to hangup. A fall means bad audio or calls that drop.",
                {
                    "{{trunk}}": f"{_rate('asterisk_talk_seconds_sum', 'trunk')} / ({_rate('asterisk_talk_seconds_count', 'trunk')} > 0)"
                },
                "s",
                width=8,
            ),
            Graph(
                "Post-dial delay",
                "From the dial to the first sign of the far end; half of the dials, and 95 of 100. Long: the "
                "carrier tries several routes, or DNS is slow.",
                {
                    "{{trunk}} half": _quantile(0.5, "asterisk_dial_post_dial_delay_seconds"),
                    "{{trunk}} 95 of 100": _quantile(0.95, "asterisk_dial_post_dial_delay_seconds"),
                },
                "s",
                Limits(_T["post_dial_delay_seconds"]),
            ),
            Graph(
                "Time to answer",
                "From the dial to the answer; half of the dials.",
                {"{{trunk}}": _quantile(0.5, "asterisk_dial_answer_seconds")},
                "s",
            ),
            Graph(
                "Dials by result",
                "congestion and unavailable are failures of the network or of the far end.",
                {"{{status}}": _rate('asterisk_dial_results_total{technology!="Local"}', "status")},
                "cps",
                stacked=True,
            ),
            Graph(
                "Dials in progress",
                "Dials without a result yet. If they grow, the far end does not answer.",
                {"{{trunk}}": "sum by (trunk) (asterisk_dials_in_progress)"},
            ),
        ],
        "Why calls end": [
            Graph(
                "Hangup causes",
                "By Q.850 cause, without the normal ones; the ten most frequent. Look up what is new.",
                {
                    "{{cause}}": "topk(10, sum by (cause) (rate(asterisk_channel_hangups_total{cause!~"
                    '"normal_clearing|unknown"}[])))'
                },
                "cps",
            ),
            Graph(
                "SIP failures",
                "By code, of Asterisk versions that tell it. 401 and 403: passwords; 404: numbers; 486: busy; "
                "503: the carrier is full or ill.",
                {"{{code}}": "topk(10, sum by (code) (rate(asterisk_sip_failures_total[])))"},
                "cps",
            ),
        ],
        "What was used": [
            Graph(
                "Calls over trunks",
                "By direction, answered or not.",
                {"{{trunk}} {{direction}}": _rate("asterisk_trunk_calls_total", "trunk, direction")},
                "cps",
            ),
            Graph(
                "Minutes over trunks",
                "Seconds of talk in each second, added when a call ends: what the carrier charges.",
                {"{{trunk}} {{direction}}": _rate("asterisk_trunk_call_seconds_total", "trunk, direction")},
                "none",
            ),
            Stat(
                "Calls within a day",
                "Calls that began within the last 24 hours.",
                "round(sum(increase(asterisk_calls_started_total[1d])))",
                width=12,
            ),
            Stat(
                "Talk over trunks within a day",
                "Time of talk over trunks within the last 24 hours.",
                "sum by (direction) (increase(asterisk_trunk_call_seconds_total[1d]))",
                "s",
                "{{direction}}",
                width=12,
            ),
        ],
    },
    ("server", "trunk"),
)
