"""The command `ami` against a real Asterisk, as scripts and as people use it."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pytest

from exporter.ami.recording import read
from exporter.cli import main
from tests.lab.asterisk import Asterisk
from tests.proof.configs import config

pytestmark = pytest.mark.lab

PATIENCE = 20.0  # s
# A name that clears a terminal and sets its title.
HOSTILE = "\x1b[2J\x1b]0;evil\x07"
CALL = ("Originate", "Channel=Local/101@lab", "Application=Wait", "Data=1", "Async=true")


class Said(NamedTuple):
    """What a run printed."""

    out: str
    err: str


def options(asterisk: Asterisk, folder: Path, user: str = "admin", port: int = 0) -> list[str]:
    """The arguments for this Asterisk, or for another port of its machine."""
    file = folder / f"{user}.yaml"
    text = config(asterisk, user)
    file.write_text(text.replace(f"port: {asterisk.ami_port}", f"port: {port or asterisk.ami_port}"))
    file.chmod(0o600)
    return ["ami", f"--config.file={file}"]


class Ami:
    """The command, run by a script: in this process, since a new one takes a second to start."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.options: list[str] = []

    def run(self, *arguments: str, code: int = 0, lines: str = "") -> Said:
        """One run that must end with this code; its standard input are these lines."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        got = main([*self.options, *arguments])
        said = Said(*self._capsys.readouterr())
        assert got == code, said
        return said


@pytest.fixture
def ami(
    asterisk: Asterisk, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ami]:
    """The command for somebody who may do everything."""
    made = Ami(capsys, monkeypatch)
    made.options = options(asterisk, tmp_path)
    handler = signal.getsignal(signal.SIGTERM)
    yield made
    signal.signal(signal.SIGTERM, handler)
    asterisk.cli("channel request hangup all")


class Terminal:
    """The command on a terminal, with somebody who types and reads."""

    def __init__(self, command: list[str], state: Path) -> None:
        self._ours, theirs = pty.openpty()
        keep = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
        extra = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "XDG_STATE_HOME": str(state)}
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=keep | extra, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def press(self, text: str) -> None:
        """Press these keys."""
        os.write(self._ours, text.encode())

    def see(self, text: str) -> None:
        """Wait until this is shown, after what was seen last."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown:
            left = deadline - time.monotonic()
            ready = select.select([self._ours], [], [], max(left, 0))[0]
            assert ready, f"{text!r} is not shown:\n{self.shown}"
            self.shown += os.read(self._ours, 65536).decode(errors="replace")
        self.shown = self.shown.partition(text)[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._ours)


def test_scripts(asterisk: Asterisk, ami: Ami, tmp_path: Path) -> None:
    """Actions, a list, a command, lines from a pipe; and each way to fail with its exit code."""
    assert "CoreCurrentCalls: " in ami.run("CoreStatus").out
    shown = ami.run("--server=lab", "QueueStatus", "Queue=support").out
    assert shown.count("QueueMember\n") == 3
    assert shown.endswith("\n4 items\n")
    packets = [json.loads(line) for line in ami.run("--format=json", "QueueSummary").out.splitlines()]
    assert packets[0]["Response"] == "Success"
    assert packets[-1]["ListItems"] == str(len(packets) - 2)
    assert "support" in {packet.get("Queue") for packet in packets}
    assert "active channel" in ami.run("core show channels").out
    piped = ami.run(lines="CoreStatus\n\nhelp QueueStatus\ncore show uptime\n").out
    assert "CoreStartupTime" in piped
    assert "[Synopsis]" in piped
    assert "System uptime" in piped
    raw = ami.run("--raw", "Ping").out
    assert raw.startswith("> Action: Ping\n> ActionID: ")
    assert "< Ping: Pong" in raw

    assert "--allow-writes" in ami.run("QueueReset", code=2).err
    assert "--allow-writes" in ami.run("core reload", code=2).err
    assert "Invalid/unknown command" in ami.run("--allow-writes", "NoSuchAction", code=1).err
    assert "No such command" in ami.run("--allow-writes", "no such thing", code=1).err
    ami.options = options(asterisk, tmp_path, "reporting")
    denied = ami.run("core show channels", code=1)
    assert "Permission denied" in denied.err
    assert denied.out == ""
    ami.options = options(asterisk, tmp_path, "monitor", asterisk.ports["DEAD"])
    assert "refused" in ami.run("Ping", code=2).err


def test_events_are_seen_and_recorded(ami: Ami, tmp_path: Path) -> None:
    """A call is heard as it is made; hostile names stay harmless; the record holds all but the login."""
    record = tmp_path / "call.ami.gz"
    watched = (f"--seconds={PATIENCE}", "--allow-writes", "--events=Newchannel Channel=Local/101@lab.*")
    text = ami.run(f"--record={record}", *watched, "--count=2", *CALL, f'CallerID="{HOSTILE}" <100>').out
    assert text.count(" Newchannel\n  Privilege: call,all\n") == 2
    assert "Originate successfully queued" in text
    assert all(line.isprintable() for line in text.split("\n"))

    recording = read(record)
    sent = [packet.message for packet in recording.packets if packet.sent]
    assert [message.name for message in sent] == ["Challenge", "Login", "Events", "Originate", "Logoff"]
    assert [len(message.headers) for message in sent[:2]] == [2, 2]
    plain = gzip.decompress(record.read_bytes())
    assert b"admin-secret" not in plain
    assert b"\r\nKey: " not in plain
    assert b"Challenge: <secret>" in plain
    events = [packet for packet in recording.packets if packet.message.name == "Newchannel"]
    assert len(events) >= 2
    assert all(packet.timestamp for packet in events)

    lines = ami.run(*watched, "--count=1", "--format=json", *CALL).out.splitlines()
    assert [json.loads(line).get("Event") for line in lines if "Newchannel" in line] == ["Newchannel"]


def test_a_caller_who_forges_headers_is_not_believed(ami: Ami) -> None:
    """Events with two ids are counted, and shown as they came with --raw alone."""
    watched = ("--allow-writes", f"--seconds={PATIENCE}", "--count=1")
    call = ("Originate", "Channel=Local/900@lab", "Application=Wait", "Data=1")
    done = ami.run(*watched, "--events=Hangup Channel=Local/900@lab.*", *call)
    assert "X-Forged" not in done.out
    assert "cannot be believed" in done.err
    raw = ami.run(*watched, "--raw", "--events=Newexten Extension=900 Application=Wait", *call).out
    assert "< X-Forged: 1\n< Uniqueid: 666.6\n" in raw


def test_somebody_at_a_terminal(asterisk: Asterisk, tmp_path: Path) -> None:
    """A prompt that completes, shows events above itself, refuses, helps, and remembers."""
    command = [sys.executable, "-m", "exporter", *options(asterisk, tmp_path)]
    with Terminal(command, tmp_path) as terminal:
        terminal.see("lab>")
        terminal.press("CoreStat\t")
        terminal.see("us")
        terminal.press("\r")
        terminal.see("CoreCurrentCalls")
        terminal.press("core show upt\t")
        terminal.see("ime")
        terminal.press("\r")
        terminal.see("System uptime")
        terminal.press("Redirect Channel=x Exten=1\r")
        terminal.see("refused: Redirect is not known to only read")
        terminal.press("help QueueSummary\r")
        terminal.see("[Synopsis]")
        terminal.press("events on New.* Channel=Local/101@lab.*\rPing\r")
        terminal.see("Pong")
        asterisk.cli("channel originate Local/101@lab application Wait 1")
        terminal.see("Newchannel")
        terminal.see("Local/101@lab")
        terminal.press("events off\rPing\r")
        terminal.see("Pong")
        terminal.see("lab>")  # between prompts the terminal itself would take the next key
        terminal.press("\x04")
        assert terminal.process.wait(PATIENCE) == 0
    history = (tmp_path / "asterisk-ami-exporter/history").read_text()
    assert "+CoreStatus\n" in history
    assert "+core show uptime\n" in history
    asterisk.cli("channel request hangup all")
