"""`check --connect` says of each user, and of each wrong port, what is true on a real Asterisk."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.lab.asterisk import Asterisk

pytestmark = pytest.mark.lab

# What goes wrong in that file: a space drops a class, and an empty item grants them all.
TRAPS = """
[spaced]
secret = spaced-secret
read = system, call, security
write = agent, reporting

[empty]
secret = empty-secret
read = system,call,agent,security
write = reporting,,call
"""
STEPS = ["name", "port", "greeting", "login", "rights", "booted"]


class Checked(NamedTuple):
    """What a run of the command brought."""

    code: int
    out: str
    err: str
    seconds: float

    def findings(self, server: str, step: str) -> list[dict[str, str]]:
        """What JSON says of a step at a server; without a step of all."""
        servers: dict[str, list[dict[str, str]]] = {
            each["server"]: each["findings"] for each in json.loads(self.out)["servers"]
        }
        return [each for each in servers[server] if step in ("", each["step"])]

    def state(self, server: str, step: str) -> str:
        """The state of a step that is found once."""
        (finding,) = self.findings(server, step)
        return finding["state"]

    def verdicts(self) -> dict[str, str]:
        """By server, in their order."""
        return {each["server"]: each["verdict"] for each in json.loads(self.out)["servers"]}


async def check(file: Path, *arguments: str) -> Checked:
    """Run the command."""
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "exporter", "check", f"--config.file={file}", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Checked(process.returncode, out.decode(), err.decode(), time.monotonic() - started)


def configured(file: Path, **servers: dict[str, object]) -> None:
    """Write a configuration; each server has the user monitor unless it says otherwise."""
    common = {"host": "127.0.0.1", "username": "monitor"}
    every = {name: {**common, **keys} for name, keys in servers.items()}
    for keys in every.values():
        keys.setdefault("secret", f"{keys['username']}-secret")
    file.write_text(json.dumps({"servers": every}))
    file.chmod(0o600)


@asynccontextmanager
async def saying(first: bytes) -> AsyncIterator[int]:
    """A port that says something and then listens; its number."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def busy(asterisk: Asterisk, sections: str) -> AsyncIterator[None]:
    """More users in manager.conf, and short calls one after the other, until the block ends."""
    over = asyncio.Event()

    async def call() -> None:
        while not over.is_set():
            await asyncio.to_thread(asterisk.cli, "channel originate Local/101@lab application Wait 1")
            await asyncio.sleep(0.5)

    asterisk.write_config("manager.conf", asterisk.config("manager.conf") + sections)
    asterisk.manager_reload()
    calls = asyncio.create_task(call())
    try:
        yield
    finally:
        over.set()
        await calls
        asterisk.cli("channel request hangup all")
        asterisk.restore_config("manager.conf")
        asterisk.manager_reload()


async def test_each_user_gets_what_he_has_coming(asterisk: Asterisk, tmp_path: Path) -> None:
    """Who may do all that is needed works; each right that is missing is named with its line."""
    port = asterisk.ami_port
    users = ("admin", "monitor", "reporting", "nosystem", "nobody", "spaced", "empty", "elsewhere")
    file = tmp_path / "config.yaml"
    configured(
        file,
        **{user: {"port": port, "username": user} for user in users},
        least={"port": port, "username": "reporting", "collectors": ["channels", "core", "agents"]},
        wrong={"port": port, "secret": "not-the-secret"},
        ghost={"port": port, "username": "ghost"},
        tls={"port": asterisk.ami_tls_port, "tls": {"ca_file": str(asterisk.ca_file)}},
    )
    async with busy(asterisk, TRAPS):
        done = await check(file, "--connect", "--format=json")
    assert (done.code, done.err) == (2, "")
    assert done.seconds < 60
    assert "-secret" not in done.out.replace("<the secret", "")
    works, limits, fails = "works", "works with limits", "does not work"
    assert done.verdicts() == {
        "admin": works,
        "monitor": works,
        "reporting": limits,
        "nosystem": limits,
        "nobody": limits,
        "spaced": limits,
        "empty": works,
        "elsewhere": fails,
        "least": limits,
        "wrong": fails,
        "ghost": fails,
        "tls": works,
    }
    steps = [each["step"] for each in done.findings("monitor", "")]
    assert steps[: len(STEPS)] == STEPS
    assert [each["step"] for each in done.findings("tls", "")][:4] == ["name", "port", "tls", "greeting"]

    (rights,) = done.findings("admin", "rights")
    assert (rights["state"], "write = all, or an empty item" in rights["cause"]) == ("hint", True)
    assert done.findings("empty", "rights")[0]["cause"] == rights["cause"]
    assert done.state("admin", "filters") == "ok"
    assert done.state("monitor", "filters") == "hint"  # of the calls come events that nobody uses
    seen = done.findings("monitor", "events")[0]
    assert seen["state"] == "ok"
    assert {"system", "call", "security"} <= set(seen["text"].removeprefix("seen: ").split(", "))

    assert done.state("monitor", "collector pjsip") == done.state("admin", "collector pjsip") == "ok"
    (pjsip,) = done.findings("admin", "collector pjsip")
    assert "PJSIPShowEndpoints 20 rows" in pjsip["text"]
    (pjsip,) = done.findings("monitor", "collector pjsip")
    assert "PJSIPShowEndpoints" not in pjsip["text"]
    assert "no such module" in done.findings("monitor", "collector dahdi")[0]["text"]
    assert done.state("monitor", "collector parking") == "ok"
    assert done.state("reporting", "collector parking") == "unknown"

    (booted,) = done.findings("nosystem", "booted")
    assert (booted["state"], "lacks system" in booted["cause"]) == ("limit", True)
    assert "\nread = system,call,agent," in booted["cure"]
    (rights,) = done.findings("nobody", "rights")
    assert (rights["state"], rights["text"]) == ("limit", "write: nothing; missing: reporting")
    assert done.state("nobody", "collector core") == "limit"
    assert done.state("nobody", "collector queues") == "ok"
    assert done.state("least", "collector agents") == "limit"  # it was asked for by name

    (rights,) = done.findings("spaced", "rights")
    assert (rights["state"], rights["text"]) == ("limit", "write: agent; missing: reporting")
    missing = done.findings("spaced", "events")[1]
    assert (missing["state"], missing["text"]) == ("limit", "not sent to this user: security")
    for name in ("elsewhere", "wrong", "ghost"):
        (login,) = done.findings(name, "login")
        assert login["state"] == "fail"
        assert "permit = 127.0.0.1/255.255.255.255" in login["cure"]
    log = (asterisk.root / "var/log/asterisk/messages").read_text(errors="replace")
    for server, words in {
        "elsewhere": "failed to pass IP ACL as 'elsewhere'",
        "wrong": "failed to authenticate as 'monitor'",
        "ghost": "tried to authenticate with nonexistent user 'ghost'",
    }.items():
        assert words in log  # the cure speaks of what Asterisk really writes
        assert words in done.findings(server, "login")[0]["cure"]


async def test_each_wrong_port_is_told_by_what_it_is(asterisk: Asterisk, tmp_path: Path) -> None:
    """TLS spoken to in clear and the reverse, a wrong authority, and ports that are not AMI at all."""
    file, clear, tls = tmp_path / "config.yaml", asterisk.ami_port, asterisk.ami_tls_port
    good = {"ca_file": str(asterisk.ca_file)}
    async with saying(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n") as ssh, saying(b"") as silent:
        configured(
            file,
            tls_in_clear={"port": tls},
            clear_over_tls={"port": clear, "tls": good},
            wrong_authority={"port": tls, "tls": {"ca_file": str(asterisk.wrong_ca_file)}},
            wrong_name={"port": tls, "tls": {**good, "server_name": "pbx.example.com"}},
            ssh={"port": ssh},
            http={"port": asterisk.http_port},
            silent={"port": silent},
            refused={"port": asterisk.ports["DEAD"]},
            nameless={"host": "pbx.invalid"},
        )
        done = await check(file, "--connect", "--format=json")
        text = await check(file, "--connect", "--server=refused", "--server=clear_over_tls")
    assert (done.code, done.err) == (2, "")
    assert done.seconds < 60
    expected = {
        "tls_in_clear": ("greeting", "the TLS port of AMI"),
        "clear_over_tls": ("tls", "the port of AMI without TLS"),
        "wrong_authority": ("tls", "has signed the certificate"),
        "wrong_name": ("tls", "for another name"),
        "ssh": ("greeting", "An SSH server"),
        "http": ("greeting", "A web server"),
        "silent": ("greeting", "no AMI port"),
        "refused": ("port", "Nobody listens"),
        "nameless": ("name", "misspelt"),
    }
    assert set(done.verdicts().values()) == {"does not work"}
    assert list(done.verdicts()) == list(expected)
    for name, (step, cause) in expected.items():
        last = done.findings(name, "")[-1]
        assert (last["step"], last["state"]) == (step, "fail"), last
        assert cause in last["cause"], last
        assert last["cure"]

    # The order is that of the configuration; nothing is coloured where nobody looks.
    assert text.code == 2
    assert text.out.index("clear_over_tls: does not work") < text.out.index("refused: does not work")
    assert "  FAIL   port  127.0.0.1 port" in text.out
    assert "\x1b" not in text.out + text.err


async def test_calls_that_nobody_tells_of(asterisk: Asterisk, tmp_path: Path) -> None:
    """While channels come and go, a class call that a space dropped is missing, not just unseen."""
    file = tmp_path / "config.yaml"
    configured(file, spaced={"port": asterisk.ami_port, "username": "unheard", "collectors": ["channels"]})
    section = "\n[unheard]\nsecret = unheard-secret\nread = system, call\nwrite = reporting\n"
    async with busy(asterisk, section):
        done = await check(file, "--connect", "--format=json")
    assert done.code == 1
    seen, missing = done.findings("spaced", "events")
    assert (seen["text"], missing["text"]) == ("seen: system", "not sent to this user: call")
    assert "\nread = system,call\n" in missing["cure"]
