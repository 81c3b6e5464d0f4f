"""Whatever callers and names hold: metrics stay valid, and pages for people and logs show it harmless."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic

from exporter import app
from exporter.ami.actions import reading
from exporter.collectors import COLLECTORS
from exporter.config import load
from exporter.metrics import Events
from exporter.web import Settings
from tests.ami.build import event, packet
from tests.ami.scripted import Peer, Scripted, until
from tests.test_secrets import crawled, log  # noqa: F401  # a fixture
from tests.web.pages.reading import Reader

MARKUP = "<script>alert(1)</script><img src=x onerror=x()>"
NAMES = (
    *(MARKUP.encode(), b"control \x00\x01\x07\x1b[2J\x7f", b"not UTF-8 \xff\xfe\x80 \xed\xa0\x80"),
    *(b"quotes \" ' and \\ backslashes \\n \\", b'"} 1\\nasterisk_up{server="hq"} 0\\n# '),
    *("lines \u2028 \x85 \u202e".encode(), b"long " + b"x" * 300),
)
LONGEST = b"y" * 100_000
MOST = 128  # bytes of a label's value
FAMILIES = [family for one in COLLECTORS.values() for family in one.families]
# Every header that is read for a label, or tells things apart.
HEADERS = {
    *(header for family in FAMILIES for reader in family.labels.values() for header in reader.headers),
    *(header for one in COLLECTORS.values() for table in one.tables for header in table.key),
    *("ConnectedLineName", "ConnectedLineNum", "PausedReason", "Message"),
}
OTHERS = {"Event", "Privilege", "ActionID", "Response", "Output"}


def lines(name: bytes, caller: bytes) -> list[bytes]:
    """A name in every header that holds one."""
    named = [b"%s: %s" % (header.encode(), name) for header in sorted(HEADERS) if header[0] != "@"]
    named = [line for line in named if line.split(b":")[0].decode() not in OTHERS]
    return [*named, b"CallerIDName: " + caller, b"CallerIDNum: " + caller]


EVERY = [lines(name, name) for name in NAMES[1:]] + [lines(NAMES[0], LONGEST)]
EVENTS = [family.source for family in FAMILIES if isinstance(family.source, Events)]
HEARD = sorted({name for source in EVENTS for name in source.names})


async def unkind(peer: Peer) -> None:
    """An Asterisk where everything has such a name; it tells each list, and then every event."""
    await peer.login()
    while True:
        action = await peer.heard()
        own = f"ActionID: {action['ActionID']}"
        if action["Action"] == "ListCommands":
            names = (f"{poll.action}: x" for one in COLLECTORS.values() for poll in one.polls)
            await peer.say(packet("Response: Success", own, *dict.fromkeys(names)))
        elif (known := reading(action["Action"])) and known.items:
            items = [packet(f"Event: {item}", own, *each) for item in known.items for each in EVERY]
            end = packet("Event: End", own, "EventList: Complete", f"ListItems: {len(items)}")
            await peer.say(packet("Response: Success", own, "EventList: start"), *items, end)
        else:
            await peer.say(packet("Response: Success", own, *EVERY[0]))
        if action["Action"] == "QueueStatus":
            await peer.say(*(event(name, *each) for name in HEARD for each in EVERY))


class Seen(NamedTuple):
    """What an exporter showed and wrote."""

    pages: dict[str, str]  # by address
    log: str


@pytest.fixture
async def seen(tmp_path: Path, log: io.StringIO) -> Seen:  # noqa: F811
    """Every page of an exporter that watches such an Asterisk, and its log at debug."""
    async with Scripted(unkind) as server:
        file = tmp_path / "config.yaml"
        address = f"host: 127.0.0.1, port: {server.endpoint.port}, username: u, secret: s"
        file.write_text(f"servers: {{hq: {{{address}, collectors: [{', '.join(COLLECTORS)}]}}}}\n")
        exporter = app.Exporter(load(file))
        urls: list[str] = []
        task = asyncio.create_task(exporter.run(["127.0.0.1:0"], urls.extend, Settings()))
        try:
            hq = exporter.watched["hq"]  # whose state changes when trunks are found
            await until(lambda: urls and all(s.last_success for s in hq.pbx.polls.values() if s.asked), 30)
            root = urljoin(urls[0], "/")
            async with aiohttp.ClientSession() as web:
                pages = await crawled(web, root)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    return Seen({url.removeprefix(root): page for url, page in pages.items()}, log.getvalue())


def test_what_is_shown_of_hostile_names(seen: Seen) -> None:
    """Both parsers of prometheus_client read the metrics; pages show text alone; a record is one line."""
    for parse, page in ((classic, "metrics"), (openmetrics, "metrics?server=hq")):
        samples = [sample for family in parse(seen.pages[page]) for sample in family.samples]
        assert [sample.value for sample in samples if sample.name == "asterisk_up"] == [1.0]
        values = {value for sample in samples for value in sample.labels.values()}
        assert all(value.isprintable() and len(value.encode()) <= MOST for value in values)
        assert len({sample.name for sample in samples if MARKUP in sample.labels.values()}) > 30
    shown = {url: Reader(page) for url, page in seen.pages.items() if page.startswith("<!DOCTYPE html>")}
    assert {"", "servers/hq"} <= shown.keys()
    assert MARKUP in "".join(shown["servers/hq"].texts.values())
    for reader in shown.values():
        assert "img" not in reader.tags
        assert not [name for _, name, _ in reader.attributes if name.startswith("on")]
    everything = "".join(seen.pages.values()) + seen.log
    assert LONGEST.decode() not in everything
    records = seen.log.removesuffix("\n").split("\n")
    assert len(records) > 2
    assert all(re.fullmatch(r"time=\S+ level=[A-Z]+ source=\S+ msg=.*", record) for record in records)
    assert all(record.isprintable() for record in records)


@pytest.mark.system
def test_promtool_takes_hostile_names(seen: Seen) -> None:
    """Debian's promtool reads the text format without a complaint."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing (Debian package prometheus)")
    page = seen.pages["metrics"].encode()
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")
