"""What systemd is told, by a socket that a test holds in its place."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter import notify
from tests.exporter_process import ExporterProcess, free_port

WAIT = 10.0  # s for a message, on a machine that has much else to do


@pytest.fixture(params=["file", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    """The socket that a manager of services reads."""
    name = str(tmp_path / "s") if request.param == "file" else f"@asterisk-ami-exporter-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(name.replace("@", "\0"))
        sock.settimeout(WAIT)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield sock


def heard(manager: socket.socket, wanted: Callable[[str], bool]) -> str:
    """The next message that is wanted; others are passed over."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        if wanted(message := manager.recv(4096).decode()):
            return message
    raise AssertionError("not told")


def test_a_run(manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready once it serves, alive again and again, reloading and ready on a reload, stopping at the end."""
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    server = f"{{host: 127.0.0.1, port: {free_port()}, username: u, secret: s}}"
    with ExporterProcess(tmp_path / "run", f"servers:\n  nowhere: {server}\n") as exporter:
        assert exporter.process is not None
        first = heard(manager, lambda text: text.startswith("READY"))
        assert first == f"READY=1\nSTATUS=serves {exporter.url}"
        for _ in range(3):
            heard(manager, lambda text: text == "WATCHDOG=1")
        exporter.process.send_signal(signal.SIGHUP)
        began = heard(manager, lambda text: text.startswith("RELOADING"))
        assert abs(int(began.partition("MONOTONIC_USEC=")[2]) / 1e6 - time.monotonic()) < WAIT
        assert heard(manager, lambda text: text.startswith("READY")) == "READY=1\nSTATUS=reloaded"
        exporter.config.write_text("nonsense: 1\n")
        exporter.process.send_signal(signal.SIGHUP)
        told = heard(manager, lambda text: text.startswith("READY"))
        assert "STATUS=configuration not reloaded: " in told
        assert "nonsense" in told
        exporter.stop()
        heard(manager, lambda text: text == "STOPPING=1")


def test_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable, or with a socket that is gone or full, telling does nothing and never waits."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.tell(notify.READY)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify.tell(notify.READY)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as full:
        full.bind(str(tmp_path / "gone"))
        full.settimeout(WAIT)
        for _ in range(2000):  # more than the kernel queues
            notify.tell(notify.READY)
        assert full.recv(4096) == b"READY=1"


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "nonsense"}, 0.0),
        ({"WATCHDOG_USEC": "-1"}, 0.0),
    ],
)
def test_whether_it_is_watched(
    variables: dict[str, str], seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As systemd says it, and only if it means this process."""
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert notify.watchdog() == seconds


async def test_without_a_watchdog_nothing_is_sent(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task ends at once."""
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    await notify.keep_alive()
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(1)
