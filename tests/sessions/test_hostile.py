"""A caller who writes headers and whole events into the stream."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls, Load
from tests.proof.configs import config

pytestmark = pytest.mark.lab


@pytest.mark.parametrize(
    ("asterisk", "extension"), [("16", "900"), ("22", "900"), ("22", "901")], indirect=["asterisk"]
)
def test_forged_headers_change_nothing_but_a_counter(
    asterisk: Asterisk, tmp_path: Path, extension: str
) -> None:
    """900 forges headers of channel events, 901 a whole Shutdown: the session stays, no count goes wrong."""
    with ExporterProcess(tmp_path, config(asterisk)) as exporter:
        exporter.wait_up()
        with Calls(asterisk, 12, (Load("100", 15, 6), Load(extension, 20, 8))):
            exporter.wait_until(lambda: exporter.scrape().value("asterisk_ami_anomalies_total") > 0, 20)
            time.sleep(8)
            during = exporter.scrape()
        # Hangups of the forging callers were not believed either; the list of every 60 s is not due: the
        # anomalies have asked for one.
        exporter.wait_until(lambda: exporter.scrape().value("asterisk_active_channels") == 0, 30)
        after = exporter.scrape()
    for page in (during, after):
        assert page.value("asterisk_up") == 1
        assert page.value("asterisk_ami_connections_total") == 1
        assert page.value("asterisk_ami_event_gaps_total") == 0
        assert page.value("asterisk_shutdowns_total") == 0
        assert page.value("asterisk_collector_success", collector="channels") == 1
    assert during.value("asterisk_active_channels") >= 1
    assert after.value("asterisk_active_calls") == 0
    assert "666.6" not in after.text
    assert "Forged" not in after.text
