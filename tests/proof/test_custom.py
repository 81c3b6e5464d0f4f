"""Metrics written in YAML are true on a real Asterisk: the worked examples of docs/configuration.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.proof.configs import config

pytestmark = pytest.mark.lab

CUSTOM = r"""
custom:
  do_not_disturb:
    interval: 1s
    poll: {action: DBGet, params: {Family: DND}, for_each: {Key: ['6001', '6002']}}
    tables: {do_not_disturb: {event: DBGetResponse, key: [Family, Key]}}
    metrics:
      - gauge: do_not_disturb
        help: Whether an extension does not want to be disturbed.
        of: do_not_disturb
        labels: {extension: Key}
        value: {flag: Val}
  orders:
    metrics:
      - counter: orders_total
        help: Orders placed by the dialplan.
        of: {event: UserEvent, where: {UserEvent: OrderPlaced}}
        labels: {shop: {text: Shop, default: unknown, most: 20}}
      - histogram: order_amount
        help: What orders amount to.
        of: {event: UserEvent, where: {UserEvent: {match: 'Order.*'}}}
        value: Amount
        buckets: [10, 100]
  mailboxes:
    interval: 1s
    poll: {action: MailboxCount, for_each: {Mailbox: [6001@default, 6002@default]}}
    tables: {mailboxes: {key: Mailbox}}
    metrics:
      - gauge: mailbox_new_messages
        help: New messages of a mailbox.
        of: mailboxes
        labels: {mailbox: Mailbox}
        value: NewMessages
      - gauge: mailbox_old_messages
        help: Old messages of a mailbox.
        of: mailboxes
        labels: {mailbox: Mailbox}
        value: OldMessages
  lamps:
    poll: {action: DeviceStateList}
    tables:
      lamps:
        event: DeviceStateChange
        key: Device
        where: {Device: {match: 'Custom:.*'}}
        live: [{event: DeviceStateChange, does: create}]
        compared: [State]
    metrics:
      - gauge: lamp_lit
        help: Whether a lamp is lit.
        of: lamps
        labels: {lamp: {part: Device, pattern: 'Custom:(.*)'}}
        value: {choice: State, names: {INUSE: 1}, other: 0}
  extensions:
    metrics:
      - gauge: extension_channels
        help: Channels by the extension that they are at.
        of: {table: channels, where: {Channel: {match: 'Local/.*;2'}}}
        labels: {extension: Exten}
  threads:
    interval: 1s
    poll: {command: core show threads}
    tables: {thread_count: {lines: '(?P<count>\d+) threads'}}
    metrics:
      - {gauge: threads, help: Threads of Asterisk., of: thread_count, value: count}
"""


@contextmanager
def message(asterisk: Asterisk, mailbox: str) -> Iterator[None]:
    """One new message in a mailbox: Asterisk counts their files."""
    folder = asterisk.root / "var/spool/asterisk/voicemail/default" / mailbox / "INBOX"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("msg*"):
        left.unlink()
    file = folder / "msg0000.txt"
    file.write_text("[message]\n")
    try:
        yield
    finally:
        file.unlink()


def test_the_worked_examples(asterisk: Asterisk, tmp_path: Path) -> None:
    """A key, absent keys, user events, mailboxes and lines of the CLI are what Asterisk says."""
    asterisk.cli("devstate change Custom:bulb NOT_INUSE")
    asterisk.cli("database del DND 6002")
    asterisk.cli("database put DND 6001 YES")
    with (
        message(asterisk, "6001"),
        ExporterProcess(tmp_path, config(asterisk, "admin", collectors="") + CUSTOM) as exporter,
    ):
        exporter.wait_up()
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_threads") is not None, 10)
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_do_not_disturb") is not None, 10)
        page = exporter.scrape()
        threads = re.search(r"(\d+) threads listed", asterisk.cli("core show threads"))
        assert threads is not None
        assert abs(page.value("asterisk_threads") - int(threads[1])) <= 5
        assert page.value("asterisk_do_not_disturb", extension="6001") == 1
        assert page.get("asterisk_do_not_disturb", extension="6002") is None
        assert page.value("asterisk_mailbox_new_messages", mailbox="6001@default") == 1
        assert page.value("asterisk_mailbox_new_messages", mailbox="6002@default") == 0
        assert page.value("asterisk_mailbox_old_messages", mailbox="6001@default") == 0
        assert page.get("asterisk_orders_total") is None

        lamps = asterisk.cli("devstate list")
        assert page.value("asterisk_lamp_lit", lamp="bulb") == 0, lamps
        asterisk.cli("devstate change Custom:bulb INUSE")
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_lamp_lit", lamp="bulb") == 1, 2)

        asterisk.cli("database put DND 6001 NO")
        asterisk.cli("database put DND 6002 YES")
        for _ in range(2):
            asterisk.cli("channel originate Local/330@lab application Wait 12")
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_orders_total", shop="north") == 2, 10)
        exporter.wait_until(
            lambda: exporter.scrape().get("asterisk_extension_channels", extension="330") in (1, 2), 10
        )
        exporter.wait_until(
            lambda: exporter.scrape().get("asterisk_do_not_disturb", extension="6002") == 1, 10
        )
        page = exporter.scrape()
        assert page.value("asterisk_do_not_disturb", extension="6001") == 0
        assert page.value("asterisk_order_amount_sum") == 24
        assert page.value("asterisk_order_amount_bucket", le="10.0") == 0
        for name in ("do_not_disturb", "mailboxes", "threads"):
            assert page.value("asterisk_collector_success", collector=name) == 1
        assert page.get("asterisk_unreadable_values_total", metric="asterisk_do_not_disturb") is None


def test_parked_calls(asterisk: Asterisk, tmp_path: Path) -> None:
    """Each lot has its spaces and a count from the start; who hangs up has given up."""
    with ExporterProcess(tmp_path, config(asterisk, collectors="[channels, parking]")) as exporter:
        exporter.wait_up()
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_parked_calls") is not None, 10)
        page = exporter.scrape()
        spaces = {lot: page.value("asterisk_parking_lot_spaces", lot=lot) for lot in ("default", "night")}
        assert spaces == {"default": 20, "night": 10}
        assert page.value("asterisk_parked_calls", lot="night") == 0
        assert page.value("asterisk_parking_outcomes_total", lot="default") == 0

        asterisk.cli("channel originate Local/310@lab application Wait 30")
        exporter.wait_until(lambda: exporter.scrape().value("asterisk_parked_calls", lot="default") == 1, 5)
        exporter.wait_until(lambda: exporter.scrape().value("asterisk_parked_call_longest_seconds") > 1, 5)
        listed = asterisk.cli("parking show default")
        assert len(re.findall(r"^ *Space *:", listed, re.MULTILINE)) == 1, listed
        asterisk.cli("channel request hangup all")
        exporter.wait_until(lambda: exporter.scrape().value("asterisk_parked_calls", lot="default") == 0, 5)
        page = exporter.scrape()
        assert page.value("asterisk_parking_outcomes_total", outcome="gave_up") == 1
        assert page.value("asterisk_parked_call_longest_seconds") == 0
        assert page.value("asterisk_table_corrections_total") == 0
