"""Whatever the exporter can say is searched for secrets: ours, and those that a PBX sends."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import bcrypt
import pytest

from exporter import app
from exporter.ami import Message
from exporter.ami.actions import reading
from exporter.ami.message import SECRETS
from exporter.cli import parser
from exporter.collectors import COLLECTORS
from exporter.config import ConfigError, load
from exporter.logs import set_up
from exporter.pbx.state import Pbx
from exporter.web import Settings
from tests.ami.build import GREETING, event, packet
from tests.ami.scripted import BOOTED, Peer, Scripted, until

OURS = "0ur-s3cr3t"
THEIRS = "th31r-s3cr3t"
WEB = "w3b-s3cr3t"
LEAKS = [f"{name.title()}: {THEIRS}" for name in sorted(SECRETS)]
EVENTS = (
    ("InvalidPassword", "security,all", f"Challenge: {THEIRS}"),
    ("ChallengeSent", "security,all", f"Challenge: {THEIRS}"),
    ("VoicemailPasswordChange", "user,all", "Mailbox: 100"),
    ("AuthDetail", "system,all", "ObjectName: 100"),
)
SENT = re.compile(rb"(?i)(?:Key|Secret): ([^\r]+)")


async def indiscreet(peer: Peer) -> None:
    """An Asterisk that adds every secret that any of its modules knows to whatever it says."""
    await peer.say(GREETING)
    await peer.answer("Challenge", "Challenge: 816492", *LEAKS)
    await peer.answer("Login", "Message: Authentication accepted", *LEAKS, then=BOOTED)
    await peer.say(*(event(name, line, *LEAKS, privilege=rights) for name, rights, line in EVENTS))
    while True:
        action = await peer.heard()
        name, own = action["Action"], f"ActionID: {action['ActionID']}"
        if name == "ListCommands":
            every = (f"{poll.action}: x" for one in COLLECTORS.values() for poll in one.polls)
            await peer.say(packet("Response: Success", own, *dict.fromkeys(every)))
        elif (known := reading(name)) and known.items:
            items = (packet(f"Event: {item}", own, *LEAKS) for item in known.items)
            start = packet("Response: Success", own, "EventList: start", *LEAKS)
            end = packet("Event: End", own, "EventList: Complete", f"ListItems: {len(known.items)}", *LEAKS)
            await peer.say(start, *items, end)
            await peer.say(*(event(kind, line, *LEAKS, privilege=rights) for kind, rights, line in EVENTS))
        else:
            word = "Success" if name in ("Ping", "Events", "Filter") else "Error"
            await peer.say(packet(f"Response: {word}", own, "Message: no", *LEAKS))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, at debug."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    set_up("debug", stream=stream)
    for name in ("asyncio", "aiohttp"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)


def written(folder: Path, port: int, more: str = "") -> Path:
    """A configuration, readable by all."""
    polled = ", ".join(f"{name}: {{interval: 1s}}" for name, one in COLLECTORS.items() if one.polls)
    server = f"host: 127.0.0.1, port: {port}, username: u, secret: {OURS}"
    file = folder / "config.yaml"
    file.write_text(
        f"servers: {{hq: {{{server}, collectors: [{', '.join(COLLECTORS)}]}}}}\n"
        f"collectors: {{{polled}}}\n{more}"
    )
    file.chmod(0o644)
    return file


async def crawled(web: aiohttp.ClientSession, url: str) -> dict[str, str]:
    """Every page that can be reached, and what machines ask for, by address."""
    kinds = ("", "?collect[]=security", "?server=hq", "?server=nobody")
    paths = ("config", "sd", "probe?target=hq", "-/ready", "api/v1/servers", "events", "nothing")
    left = [urljoin(url, path) for path in ("", *paths, *(f"metrics{kind}" for kind in kinds))]
    pages: dict[str, str] = {}
    while left:
        page = left.pop()
        accept = "application/openmetrics-text" if "server=hq" in page else "*/*"
        async with web.get(page, headers={"Accept": accept}) as answer:
            endless = answer.content_type == "text/event-stream"
            pages[page] = (await (answer.content.readany() if endless else answer.read())).decode()
        links = (urljoin(page, unescape(link)) for link in re.findall(r'(?:href|src)="([^"#]*)', pages[page]))
        left += {link for link in links if link.startswith(url)} - {*pages, *left}
    return pages


async def ran(*arguments: str) -> str:
    """What a command prints, on both of its outputs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-m", "exporter", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return out.decode()


async def test_nothing_that_the_exporter_says_has_a_secret(
    tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages, metrics, configuration, logs at debug with tracebacks, reprs, refusals of a reload."""
    hashed = bcrypt.hashpw(WEB.encode(), bcrypt.gensalt(4)).decode()
    users = tmp_path / "web.yaml"
    users.write_text(f"basic_auth_users: {{admin: {hashed}}}\n")

    def fails(self: Pbx, message: Message) -> None:
        if message.name == "InvalidPassword":
            raise ValueError(message)
        taken(self, message)

    taken = Pbx.take
    monkeypatch.setattr(Pbx, "take", fails)
    async with Scripted(indiscreet) as server:
        file = written(tmp_path, server.endpoint.port)
        config = load(file)
        exporter = app.Exporter(config, lambda: load(file))
        urls: list[str] = []
        settings = Settings(config_file=users, lifecycle=True)
        task = asyncio.create_task(exporter.run(["127.0.0.1:0"], urls.extend, settings))
        try:
            link = exporter.watched["hq"].pbx.link
            await until(lambda: urls and link.up and "A listener failed" in log.getvalue(), 30)
            root = urljoin(urls[0], "/")
            auth = {"Authorization": aiohttp.encode_basic_auth("admin", WEB)}
            one, hq = config.servers["hq"], exporter.watched["hq"]
            said = [repr([config, one, one.credentials(), hq.pbx, vars(exporter), vars(hq)])]
            wrong = {"Authorization": aiohttp.encode_basic_auth("admin", WEB + "x")}
            async with aiohttp.request("GET", urls[0], headers=wrong) as answer:
                assert answer.status == 401
                said.append(await answer.text())
            async with aiohttp.ClientSession(headers=auth) as web:
                pages = await crawled(web, root)
                assert await exporter.reread() == ()  # and warns
                for bad in BAD:
                    written(tmp_path, server.endpoint.port, bad)
                    async with web.post(root + "-/reload") as answer:
                        assert answer.status == 500, bad
                        said.append(await answer.text())
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        keys = [sent for peer in server.peers for read in peer.reads for sent in SENT.findall(read)]
    assert pages.keys() >= {root + path for path in ("servers/hq", "reference")}
    assert 'asterisk_up{server="hq"} 1' in pages[root + "metrics"]
    assert "<secret>" in pages[root + "config"]
    for word in ("A listener failed", "ValueError", "others can read", "not reloaded"):
        assert word in log.getvalue()
    everything = "\n".join([*pages.values(), *said, log.getvalue()])
    assert keys
    for secret in (OURS, THEIRS, WEB, hashed, *(key.decode() for key in keys)):
        assert secret not in everything


# What the mistake is about is a secret, or stands beside one.
BAD = (
    f"servers: {{hq: {{secret: {OURS}}}}}\n",  # a second time
    f"defaults: {{secret: [{OURS}]}}\n",
    f"defaults: {{secret: {{{OURS}: 1}}}}\n",
    f'defaults: {{secret: "{OURS}\\u0007"}}\n',
    f"defaults: {{secret: {OURS * 100}}}\n",
    f"defaults: {{secret: *{OURS}}}\n",
    f"defaults: {{secret: !{OURS} x}}\n",
    f'defaults: {{secret: "{OURS}\n',
    f"defaults: {{sceret: {OURS}}}\n",
    f"defaults: {{secret: {OURS}, secret_file: /nowhere}}\n",
    f"defaults: {{login: {OURS}}}\n",
)


def test_no_mistake_in_a_configuration_shows_a_secret(tmp_path: Path) -> None:
    """Whatever is wrong with it, its messages name the place, and nothing that stands there."""
    for bad in BAD:
        with pytest.raises(ConfigError) as failed:
            load(written(tmp_path, 5038, bad))
        told = [repr(failed.value), *traceback.format_exception(failed.value)]
        assert OURS not in "".join(told), bad


async def test_neither_console_nor_check_nor_a_recording_has_a_secret(tmp_path: Path) -> None:
    """Raw packets on the screen, the same as JSON, what was recorded of them, and the steps of a check."""
    async with Scripted(indiscreet) as server:
        file = f"--config.file={written(tmp_path, server.endpoint.port)}"
        record = tmp_path / "session.ami"
        asked = ("ami", file, "--events", "--seconds=1")
        shown = await asyncio.gather(
            ran(*asked, "--raw", f"--record={record}", "QueueStatus"),
            ran(*asked, "--format=json", "QueueStatus"),
            ran(*asked, "--allow-writes", "PJSIPShowAuths"),
            ran("check", file, "--connect"),
        )
        keys = [sent for peer in server.peers for read in peer.reads for sent in SENT.findall(read)]
    assert "QueueMember" in shown[0]
    assert "VoicemailPasswordChange" in shown[0]
    assert "hq" in shown[3]
    everything = "\n".join([*shown, record.read_text()])
    assert "<secret>" in everything
    assert keys
    for secret in (OURS, THEIRS, *(key.decode() for key in keys)):
        assert secret not in everything


def test_no_argument_takes_a_secret() -> None:
    """Everybody on the machine can read the arguments of a process."""
    assert not re.findall(r"--\S*(?:secret|password|token|key)\S*", parser().format_help())
