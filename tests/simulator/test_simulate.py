"""The command simulate: it prints a configuration, answers on its ports, and ends in time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exporter.cli import main
from exporter.config import load
from tests.exporter_process import ExporterProcess, free_port

from .recorded import WIRES


@contextmanager
def simulate(*arguments: str) -> Iterator[str]:
    """Run it; what it prints until it is ready."""
    command = [sys.executable, "-m", "exporter", "simulate", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline()]
            while lines[-1] and "carrier-b" not in lines[-1]:
                lines.append(process.stdout.readline())
            yield "".join(lines)
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            _, log = process.communicate(timeout=20)
            assert time.monotonic() - started < 2.0 * 5
        finally:
            process.kill()
    assert (process.returncode, log) == (0, "")


def test_the_exporter_watches_what_the_printed_configuration_names(tmp_path: Path) -> None:
    """Several servers, on consecutive ports, with a secret from a file and faults that come later."""
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    sizes = ("--channels=20", "--queues=1", "--members=2", "--seed=1", "--fault=cut:3600")
    where = ("--listen=127.0.0.1:0", "--servers=3", "--asterisk=16", f"--secret-file={secret}")
    with simulate(*where, *sizes) as printed, ExporterProcess(tmp_path / "x", printed) as exporter:
        assert len(load(exporter.config).servers) == 3
        for name in ("pbx-1", "pbx-2", "pbx-3"):
            exporter.wait_up(name, 60)
        page = exporter.scrape()
        assert page.value("asterisk_up") == 3
        assert page.value("asterisk_queue_members", server="pbx-2") == 2


def test_a_recording_is_replayed(tmp_path: Path) -> None:
    """Under the same arguments; the exporter reads its lists."""
    file = WIRES / "22" / "channels.ami"
    with (
        simulate("--listen=127.0.0.1:0", f"--replay={file}") as printed,
        ExporterProcess(tmp_path, printed) as exporter,
    ):
        exporter.wait_up("pbx-1", 60)
        assert exporter.scrape().value("asterisk_core_channels") == 117


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("--fault=nonsense", "no such fault 'nonsense'"),
        ("--servers=0", "0 is not from 1"),
        ("--speed=nan", "nan is not from"),
        ("--listen=nowhere", "'nowhere' is no ADDRESS:PORT"),
        ("--channels=x", "invalid number value: 'x'"),
    ],
)
def test_arguments_that_make_no_sense_are_told(
    argument: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything listens."""
    with pytest.raises(SystemExit):
        main(["simulate", argument])
    assert text in capsys.readouterr().err


def test_a_recording_or_a_secret_that_cannot_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence, with the code for bad usage."""
    (tmp_path / "empty").write_text("")
    for argument in ("--replay", "--secret-file"):
        for file in (tmp_path / "none", tmp_path / "empty"):
            assert main(["simulate", argument, str(file)]) == 2
            assert str(file) in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """And those that listened already do so no more."""
    port = free_port()
    with simulate(f"--listen=127.0.0.1:{port}"):
        assert main(["simulate", f"--listen=127.0.0.1:{port}"]) == 2
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
