"""PJSIP and registrations: which phones and carriers can be reached, and how steadily."""

from __future__ import annotations

from grafana.src.board import Board
from grafana.src.panels import Column, Graph, Limits, Stat, Table
from grafana.src.thresholds import thresholds

_T = thresholds()

BOARD = Board(
    "asterisk-pjsip",
    "PJSIP and registrations",
    "Phones and carriers: endpoints, contacts and their round trip, and where Asterisk registers.",
    {
        "Now": [
            Stat(
                "Endpoints",
                "Endpoints of PJSIP, in whatever state.",
                "sum(asterisk_pjsip_endpoints)",
            ),
            Stat(
                "Unavailable",
                "Endpoints that cannot be reached. Phones that are off are among them: watch the change.",
                'sum(asterisk_pjsip_endpoints{state="unavailable"})',
            ),
            Stat("In use", "Endpoints in a call.", 'sum(asterisk_pjsip_endpoints{state="in_use"})'),
            Stat(
                "Contacts reachable",
                "Contacts that answer OPTIONS.",
                'sum(asterisk_pjsip_contacts{status="reachable"})',
            ),
            Stat(
                "Contacts unreachable",
                "Contacts that do not answer OPTIONS: the network, or a device that was unplugged.",
                'sum(asterisk_pjsip_contacts{status="unreachable"})',
            ),
            Stat(
                "Registrations lost",
                "Outbound registrations that do not stand; the table below names them. rejected: the password; "
                "unregistered: nobody answers.",
                'sum(asterisk_pjsip_registration_state{state="registered"} == bool 0)',
                limits=Limits(1),
            ),
        ],
        "Registrations": [
            Table(
                "Outbound registrations",
                "Where Asterisk registers, and whether it stands. Look at pjsip show registrations and at the "
                "log of Asterisk.",
                ("server", "registration"),
                [
                    Column(
                        "registered",
                        'max by (server, registration) (asterisk_pjsip_registration_state{state="registered"})',
                        "bool_yes_no",
                        Limits(1, below=True),
                    ),
                    Column(
                        "rejected",
                        'max by (server, registration) (asterisk_pjsip_registration_state{state="rejected"})',
                        "bool_yes_no",
                        Limits(1),
                    ),
                ],
                width=12,
                worst="smallest",
            ),
            Graph(
                "Outcomes of registrations",
                "Many that fail: the carrier, the network or the password.",
                {
                    "{{technology}} {{status}}": "sum by (technology, status) "
                    "(rate(asterisk_registration_changes_total[])) > 0"
                },
                "ops",
            ),
        ],
        "Endpoints and contacts": [
            Graph(
                "Endpoints by state",
                "If many become unavailable at once, look at the network of that site.",
                {"{{state}}": "sum by (state) (asterisk_pjsip_endpoints) > 0"},
                stacked=True,
            ),
            Graph(
                "Contacts by status",
                "not_qualified: nobody asks them (qualify_frequency of the AOR).",
                {"{{status}}": "sum by (status) (asterisk_pjsip_contacts) > 0"},
                stacked=True,
            ),
            Graph(
                "Changes of contacts",
                "Contacts that come and go: Wi-Fi, NAT that forgets, or a DHCP lease. Shorten the "
                "qualification, or lengthen the registration.",
                {"{{status}}": "sum by (status) (rate(asterisk_pjsip_contact_changes_total[]))"},
                "ops",
            ),
            Graph(
                "Round trip by AOR",
                "The ten slowest. Above the threshold voices overlap.",
                {"{{aor}}": "topk(10, max by (aor) (asterisk_pjsip_aor_round_trip_seconds))"},
                "s",
                Limits(_T["phone_round_trip_seconds"]),
            ),
            Table(
                "Endpoints that cannot be reached",
                "See pjsip show endpoint, and whether the device has power.",
                ("server", "endpoint"),
                [
                    Column(
                        "available",
                        "min by (server, endpoint) (asterisk_pjsip_endpoint_available) == 0",
                        "bool_yes_no",
                        Limits(1, below=True),
                    ),
                ],
                width=12,
            ),
            Table(
                "Endpoints by channels",
                "The ten with most channels now. A phone has one or two, a trunk many.",
                ("server", "endpoint"),
                [
                    Column(
                        "channels", "topk(10, sum by (server, endpoint) (asterisk_pjsip_endpoint_channels))"
                    )
                ],
                width=12,
            ),
        ],
        "Other drivers": [
            Graph(
                "Peers of chan_sip and IAX2",
                "By what they answer to being asked. unreachable: as for PJSIP.",
                {
                    "SIP {{state}}": "sum by (state) (asterisk_sip_peers) > 0",
                    "IAX2 {{state}}": "sum by (state) (asterisk_iax2_peers) > 0",
                },
            ),
            Graph(
                "Device states",
                "What busy lamps show, by technology and state.",
                {"{{technology}} {{state}}": "sum by (technology, state) (asterisk_device_states) > 0"},
                stacked=True,
            ),
        ],
    },
)
