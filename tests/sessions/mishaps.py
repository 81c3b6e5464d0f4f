"""What goes wrong at a PBX now and then, so that the panels which show it have something to show."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.lab.asterisk import Asterisk
from tests.proof.intruder import ami
from tests.proof.test_prometheus import Prometheus

PATIENCE = 60.0  # seconds until all of it was seen

# Metrics of somebody who errs: of a parking lot that is not there, of a table of whose rows no event tells,
# of one row though there are many, and of a text as a number.
ODD = """
custom:
  odd:
    interval: 2s
    polls:
      - {action: ParkedCalls, params: {ParkingLot: nowhere}}
      - {action: CoreShowChannels}
    tables:
      unheard: {event: CoreShowChannel, key: Uniqueid, live: [{event: Newchannel, does: remove}]}
    metrics:
      - {gauge: odd_channel, help: Only one., of: unheard, value: ChannelState}
      - {counter: odd_shops_total, help: Not numbers., of: {event: UserEvent}, value: Shop}
"""


def mishaps(asterisk: Asterisk, prom: Prometheus) -> None:
    """Again and again until Prometheus has seen each kind: a counter that begins with 1 has no rate yet."""
    deadline = time.monotonic() + PATIENCE
    while left := [name for name in MISHAPS if not prom.query(f"sum(increase({name}[30s])) > 0")]:
        assert time.monotonic() < deadline, left
        for name in left:
            MISHAPS[name](asterisk)
        time.sleep(1)  # so that it is scraped before it happens again


def _reload(asterisk: Asterisk) -> None:
    asterisk.cli("module reload features")


def _dial_nobody(asterisk: Asterisk) -> None:
    """A call to itself, which it answers with 404."""
    asterisk.cli(f"channel originate PJSIP/caller/sip:nobody@127.0.0.1:{asterisk.sip_port} application Echo")


def _forge(asterisk: Asterisk) -> None:
    """A caller whose number has headers in it."""
    asterisk.cli("channel originate Local/900@lab application Wait 2")


def _transfer(asterisk: Asterisk) -> None:
    """The far end of a call over the trunk sends the caller elsewhere, if such a call is answered by now."""
    asterisk.cli("channel originate Local/400@lab application Wait 5")
    login = {"Action": "Login", "Username": "admin", "Secret": asterisk.users["admin"], "Events": "off"}
    channels = asterisk.cli("core show channels concise")
    bridged = re.search(r"^(PJSIP/trunk-live-\w+)!.*![-\da-f]{36}!", channels, re.MULTILINE)
    if bridged:
        transfer = {"Action": "BlindTransfer", "Channel": bridged[1], "Context": "lab", "Exten": "100"}
        with ami(asterisk, login, transfer):
            pass


MISHAPS: dict[str, Callable[[Asterisk], None]] = {
    "asterisk_reloads_total": _reload,
    "asterisk_sip_failures_total": _dial_nobody,
    "asterisk_ami_anomalies_total": _forge,
    "asterisk_transfers_total": _transfer,
}
