"""A dialplan that writes what a caller said into UserEvents: headers, and whole events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.proof.configs import config

pytestmark = pytest.mark.lab

# Headers of another event, which is not told from a torn one; a piece of one after an empty line; one that is
# perfect; and what nobody forged.
DIALPLAN = r"""
[forged]
exten => 1,1,Set(EVENT=Newchannel%0D%0APrivilege: call%5C%2Call)
 same => n,Set(NAMED=Channel: PJSIP/x-1%0D%0AUniqueid: 6.6)
 same => n,UserEvent(OrderPlaced,Event: Shutdown,ActionID: 1,Privilege: system)
 same => n,UserEvent(OrderPlaced,X: ${URIDECODE(1%0D%0A%0D%0AEvent: Shutdown%0D%0AShutdown: Cleanly)})
 same => n,UserEvent(OrderPlaced,X: ${URIDECODE(1%0D%0A%0D%0AEvent: ${EVENT}%0D%0A${NAMED})})
 same => n,UserEvent(OrderPlaced,Shop: north)
 same => n,Hangup()
"""
CALLS = 3


@pytest.fixture
def forging(asterisk: Asterisk) -> Iterator[Asterisk]:
    """An Asterisk with that extension."""
    asterisk.write_config("extensions.conf", asterisk.config("extensions.conf") + DIALPLAN)
    asterisk.cli("dialplan reload")
    yield asterisk
    asterisk.restore_config("extensions.conf")
    asterisk.cli("dialplan reload")


def test_forged_user_events_end_nothing_and_leave_nothing(forging: Asterisk, tmp_path: Path) -> None:
    """What cannot be believed is counted; a channel that was forged whole goes with the next list."""
    text = config(forging, channels="2s", collectors="[core, channels, calls]")
    with ExporterProcess(tmp_path, text) as exporter:
        exporter.wait_up()
        corrected = exporter.scrape().value("asterisk_table_corrections_total", table="channels")
        for _ in range(CALLS):
            forging.cli("channel originate Local/1@forged application Wait 1")
        exporter.wait_until(
            lambda: (
                (page := exporter.scrape()).get("asterisk_user_events_total") == 3 * CALLS
                and page.value("asterisk_table_corrections_total", table="channels") > corrected
                and page.value("asterisk_active_channels") == 0
            ),
            15,
        )
        page = exporter.scrape()
    assert page.value("asterisk_up") == 1
    assert page.value("asterisk_ami_connections_total") == 1
    assert page.value("asterisk_ami_event_gaps_total") == 0
    assert page.value("asterisk_shutdowns_total") == 0
    for kind in ("torn", "forged"):
        assert page.value("asterisk_ami_anomalies_total", kind=kind) == CALLS
    assert page.value("asterisk_user_events_total", event="OrderPlaced") == 3 * CALLS
    assert "PJSIP/x-1" not in page.text
