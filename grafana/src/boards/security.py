"""Security: who is refused, how, and how often."""

from __future__ import annotations

from grafana.src.board import Board
from grafana.src.panels import Column, Graph, Limits, Stat, Table
from grafana.src.thresholds import thresholds

_T = thresholds()
_EVENTS = "asterisk_security_events_total"
_REFUSED = _EVENTS + '{event=~"InvalidAccountID|InvalidPassword|ChallengeResponseFailed|FailedACL"}'

BOARD = Board(
    "asterisk-security",
    "Security",
    "Refused logins and odd requests, as Asterisk reports them. Names and addresses are in Asterisk's log.",
    {
        "Now": [
            Stat(
                "Refused within 5 minutes",
                "Wrong passwords, unknown accounts, forbidden addresses. Above the threshold somebody guesses: "
                "block the address (the security log names it), use fail2ban.",
                f"round(sum(increase({_REFUSED}[5m])))",
                limits=Limits(_T["refused_logins"]),
                width=6,
            ),
            Stat(
                "Refused within a day",
                "The same for 24 hours.",
                f"round(sum(increase({_REFUSED}[1d])))",
                width=6,
            ),
            Stat(
                "Refused at limits",
                "Sessions and calls refused because a limit was reached, within a day: an attack, or too small "
                "a limit.",
                "round(sum(increase(asterisk_limits_reached_total[1d])))",
                limits=Limits(1),
                width=6,
            ),
            Stat(
                "Forged packets",
                "Text in a caller's name or number that imitates AMI, within a day. It was not believed.",
                'round(sum(increase(asterisk_ami_anomalies_total{kind="forged"}[1d])))',
                limits=Limits(1),
                width=6,
            ),
        ],
        "Over time": [
            Graph(
                "Refused, by what was wrong",
                "InvalidAccountID: names are guessed; ChallengeResponseFailed: passwords; FailedACL: an address "
                "that may not.",
                {"{{event}}": f"sum by (event) (rate({_REFUSED}[]))"},
                "ops",
                stacked=True,
            ),
            Graph(
                "Refused, by server",
                "One server alone is open to the world: close its ports, or let only known addresses in.",
                {"{{server}}": f"topk(10, sum by (server) (rate({_REFUSED}[])))"},
                "ops",
            ),
            Graph(
                "Refused, by service",
                "AMI should be reached by nobody but you.",
                {"{{service}}": f"sum by (service) (rate({_REFUSED}[]))"},
                "ops",
            ),
            Graph(
                "Logins that went well",
                "A rise after many that were refused: a password was found.",
                {"{{service}}": f'sum by (service) (rate({_EVENTS}{{event="SuccessfulAuth"}}[]))'},
                "ops",
            ),
            Graph(
                "Other events",
                "Bad requests, wrong transports, addresses that changed.",
                {
                    "{{event}}": f"sum by (event) (rate({_EVENTS}"
                    '{event=~"AuthMethodNotAllowed|InvalidTransport|RequestBadFormat|RequestNotAllowed|'
                    'RequestNotSupported|UnexpectedAddress"}[]))'
                },
                "ops",
            ),
            Graph(
                "Calls to outside",
                "Fraud is calls over trunks at night. Compare it with the days before.",
                {
                    "now": 'sum(rate(asterisk_trunk_calls_total{direction="outbound"}[]))',
                    "a week ago": 'sum(rate(asterisk_trunk_calls_total{direction="outbound"}[] offset 1w))',
                },
                "cps",
            ),
            Table(
                "Refused within an hour",
                "By server, service and event.",
                ("server", "service", "event"),
                [
                    Column(
                        "events",
                        f"round(sum by (server, service, event) (increase({_REFUSED}[1h]))) > 0",
                    )
                ],
            ),
        ],
    },
)
