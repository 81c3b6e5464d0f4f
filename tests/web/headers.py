"""Accept headers as clients send them, and the format that each should get."""

from __future__ import annotations

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
OPENMETRICS_UTF8 = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"

PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROTO_FIRST = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,"
    + PROMETHEUS_3
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
OM = "application/openmetrics-text"

ACCEPT: list[tuple[str | None, str]] = [
    (None, TEXT),
    ("", TEXT),
    ("*/*", TEXT),
    ("text/*", TEXT),
    (BROWSER, TEXT),
    (PROMETHEUS_2_42, OPENMETRICS),
    (PROMETHEUS_3, OPENMETRICS_UTF8),
    (PROTO_FIRST, OPENMETRICS_UTF8),
    # A Prometheus that is told to scrape text only
    ("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5", TEXT),
    ("text/plain;version=0.0.4;q=0.6,*/*;q=0.5", TEXT),
    # What is liked best wins, in whatever order
    (f"text/plain;version=0.0.4;q=0.9,{OM};version=1.0.0;q=0.1", TEXT),
    (f"text/plain;version=0.0.4;q=0.1,{OM};version=1.0.0;q=0.9", OPENMETRICS),
    (f"{OM};version=1.0.0;q=0.1,text/plain;version=0.0.4;q=0.9", TEXT),
    (f"{OM};version=1.0.0;q=0.5,text/plain;q=0.5", OPENMETRICS),
    (f"text/plain;q=0.5,{OM};version=1.0.0;q=0.5", TEXT),
    (f"*/*,{OM}", OPENMETRICS),
    (f"{OM};q=0,*/*", TEXT),
    (f"{OM};q=0.0", TEXT),
    ("text/plain;q=0,*/*;q=0.1", OPENMETRICS),
    ("application/*;q=0.9,*/*;q=0.1", OPENMETRICS),
    # Versions
    (OM, OPENMETRICS),
    (f'{OM}; version="1.0.0"', OPENMETRICS),
    (f"{OM.upper()} ; Version=1.0.0 ; Q=0.5", OPENMETRICS),
    (f"{OM};version=0.0.1", TEXT),
    (f"{OM};version=2.0.0", TEXT),
    (f"{OM};version=9.9.9,text/plain;version=0.0.4;q=0.1", TEXT),
    (f"{OM};version=2.0.0;q=0.9,{OM};version=1.0.0;q=0.2", OPENMETRICS),
    (f"{OM};version=abc", TEXT),
    (f"{OM};version=", TEXT),
    ("text/plain;version=abc", TEXT),
    # Escaping: only what we know is said back
    (f"{OM};version=1.0.0;escaping=underscores", OPENMETRICS),
    (f'{OM};version=1.0.0;escaping="allow-utf-8"', OPENMETRICS_UTF8),
    (f"{OM};version=1.0.0;escaping=dots", OPENMETRICS),
    (f"{OM};version=1.0.0;escaping=evil", OPENMETRICS),
    (f"{OM};q=0.2;escaping=allow-utf-8,{OM};version=1.0.0;q=0.9", OPENMETRICS),
    # Garbage
    (f"{OM};version=1.0.0;q=abc", TEXT),
    (f"{OM};version=1.0.0;q=7", TEXT),
    (f"{OM};version=1.0.0;q=-1", TEXT),
    (f"{OM};version=1.0.0;q=nan", TEXT),
    (f'"{OM}"', TEXT),
    (f'x;y=",{OM};version=1.0.0', TEXT),
    (f'x;y="a,b;c",{OM}', OPENMETRICS),
    (";;;,,,;q=1,=,/,*", TEXT),
    ('"', TEXT),
    ("\\", TEXT),
    ("\u00e9\u2603", TEXT),
]
