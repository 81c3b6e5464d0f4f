"""Who comes from another exporter is sent to names that there are."""

from __future__ import annotations

import re

import pytest

from grafana.src.scope import labels_of
from tests.grafana.shipped import ROOT

# What res_prometheus serves.
ASTERISKS_OWN = """
    asterisk_bridges_channels_count asterisk_bridges_count asterisk_calls_count asterisk_calls_sum
    asterisk_channels_count asterisk_channels_duration_seconds asterisk_channels_state
    asterisk_core_last_reload_seconds asterisk_core_properties asterisk_core_scrape_time_ms
    asterisk_core_uptime_seconds asterisk_endpoints_channels_count asterisk_endpoints_count
    asterisk_endpoints_state asterisk_pjsip_outbound_registration_status
"""
ROWS = re.findall(
    r"^\| `([^`]+)` \| `(\w+)` \| (.*)\|$", (ROOT / "docs/migration.md").read_text(), re.MULTILINE
)


def test_every_new_name_exists() -> None:
    """Those of the second column, and those that the third one names besides."""
    assert len(ROWS) > 80
    for _, new, remark in ROWS:
        for name in (new, *re.findall(r"\basterisk_\w+", remark)):
            labels_of(name)


def test_no_name_of_res_prometheus_is_left_out_or_taken() -> None:
    """Each is in the table, and none is a name of ours: both can be scraped into one Prometheus."""
    old = set(ASTERISKS_OWN.split())
    assert old <= {name for name, _, _ in ROWS}
    for name in old:
        with pytest.raises(KeyError):
            labels_of(name)
