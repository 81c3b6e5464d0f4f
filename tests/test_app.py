"""The running exporter as a process: its limits, its end, its pages while no PBX answers."""

from __future__ import annotations

import asyncio
import gc
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter import app
from exporter.config import Config, load
from exporter.pbx.handover import hand_over
from exporter.pbx.state import Pbx
from tests.exporter_process import ExporterProcess, free_port


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[ExporterProcess]:
    """An exporter whose only server does not listen."""
    server = f"{{host: 127.0.0.1, port: {free_port()}, username: u, secret: s}}"
    with ExporterProcess(tmp_path, f"servers:\n  nowhere: {server}\n") as process:
        yield process


def test_a_pbx_that_is_down_is_no_trouble_of_the_exporter(exporter: ExporterProcess) -> None:
    """Healthy and, once it was tried, ready; `asterisk_up` is 0 and nothing is said of its state."""
    exporter.wait_until(lambda: exporter.get("/-/ready") == 200, 10)
    page = exporter.scrape()
    assert page.value("asterisk_up", server="nowhere") == 0
    assert page.get("asterisk_active_channels") is None
    assert page.get("asterisk_collector_success") is None
    assert page.value("asterisk_ami_connection_failures_total", reason="refused") >= 1
    assert page.value("asterisk_exporter_config_last_reload_successful") == 1
    assert page.value("process_open_fds") > 0
    assert {"server", "version"}.isdisjoint(page.types)


def test_the_descriptor_limit_is_raised(exporter: ExporterProcess) -> None:
    """The soft limit is the hard one: each session and each scrape is a descriptor."""
    assert exporter.process is not None
    limits = Path(f"/proc/{exporter.process.pid}/limits").read_text()
    match = re.search(r"Max open files +(\S+) +(\S+)", limits)
    assert match is not None
    assert match[1] == match[2]


def test_sigterm_ends_it(exporter: ExporterProcess) -> None:
    """Within 2 s and with exit code 0, also between two tries to connect."""
    assert exporter.stop() < 2.0 * 5


def test_a_session_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """A far end that accepts and says nothing: SIGTERM ends the exporter all the same."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = f"{{host: 127.0.0.1, port: {port}, username: u, secret: s}}"
        with ExporterProcess(tmp_path, f"servers:\n  silent: {server}\n") as process:
            time.sleep(0.5)
            assert process.stop() < 2.0 * 5


SHOWN = ("agents", "conferences", "fax", "iax2", "parking", "pjsip", "queues", "voicemail")
MOVING = (
    *("asterisk_active_channels", "asterisk_channels_created_total", "asterisk_dials_total"),
    *("asterisk_rtcp_reports_total", "asterisk_device_state_changes_total"),
)


def test_the_demo_shows_two_sites_that_move_and_ends() -> None:
    """Soon every collector has something to show of both, and what it shows changes; SIGINT ends it."""
    port = free_port()
    command = [sys.executable, "-m", "exporter", "demo", f"--web.listen-address=127.0.0.1:{port}"]
    process = ExporterProcess.__new__(ExporterProcess)
    process.url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        try:
            deadline = time.monotonic() + 60
            while process.get("/-/healthy") != 200:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            deadline = time.monotonic() + 3.0 * 5
            seen: dict[str, set[float]] = {name: set() for name in MOVING}
            succeeded = 0.0
            while succeeded < 2 * len(SHOWN) or any(len(values) < 2 for values in seen.values()):
                assert time.monotonic() < deadline, seen
                time.sleep(0.2)
                page = process.scrape()
                good = (page.get("asterisk_collector_success", collector=name) or 0.0 for name in SHOWN)
                succeeded = sum(good)
                for name, values in seen.items():
                    values.add(page.get(name) or 0.0)
            for site in ("berlin", "lisbon"):
                assert page.get("asterisk_trunk_available", server=site) is not None
            demo.send_signal(2)
            started = time.monotonic()
            out, log = demo.communicate(timeout=10)
            assert time.monotonic() - started < 2.0 * 5
        finally:
            demo.kill()
    assert demo.returncode == 0
    assert f"http://127.0.0.1:{port}/metrics" in out
    assert "Traceback" not in log


def test_sighup_reads_the_configuration_again(exporter: ExporterProcess) -> None:
    """A good one is taken, an unchanged server untouched; a bad one changes nothing and is told."""
    exporter.wait_until(lambda: exporter.get("/-/ready") == 200, 10)
    good = exporter.config.read_text()
    assert exporter.process is not None
    failures = exporter.scrape().value("asterisk_ami_connection_failures_total", server="nowhere")

    more = good + f"  second: {{host: 127.0.0.1, port: {free_port()}, username: u, secret: s}}\n"
    exporter.config.write_text(more)
    exporter.process.send_signal(signal.SIGHUP)
    exporter.wait_until(lambda: exporter.scrape().get("asterisk_up", server="second") == 0, 10)
    assert exporter.scrape().value("asterisk_ami_connection_failures_total", server="nowhere") >= failures > 0

    exporter.config.write_text(more + "nonsense: 1\n")
    exporter.process.send_signal(signal.SIGHUP)
    exporter.wait_until(
        lambda: exporter.scrape().value("asterisk_exporter_config_last_reload_successful") == 0, 10
    )
    assert "unknown key 'nonsense'" in exporter.log()
    assert exporter.scrape().get("asterisk_up", server="second") == 0

    exporter.config.write_text(good)
    exporter.process.send_signal(signal.SIGHUP)
    exporter.wait_until(lambda: exporter.scrape().get("asterisk_up", server="second") is None, 10)
    assert exporter.scrape().value("asterisk_exporter_config_last_reload_successful") == 1
    assert exporter.get("/metrics?server=second") == 400


SLOW_NAMES = """
import socket, sys, time
from pathlib import Path
from exporter.app import run
from exporter.config import load

real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: (
    time.sleep(40) if host == "pbx.example.com" else real(host, *rest, **more)
)
sys.exit(run(lambda: load(Path(sys.argv[1])), [sys.argv[2]]))
"""


def test_a_name_server_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """A thread that waits for a name is not waited for."""
    server = "{host: pbx.example.com, port: 5038, username: u, secret: s}"
    exporter = ExporterProcess(tmp_path, f"servers:\n  slow: {server}\n")
    command = [sys.executable, "-c", SLOW_NAMES, str(exporter.config), f"127.0.0.1:{exporter.port}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 20
        while exporter.get("/-/healthy") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert process.wait(60) == 0
    assert time.monotonic() - started < 2.0 * 5


# -- reloading, without a process ----------------------------------------------------------------------

SERVERS = "servers:\n" + "".join(
    f"  {name}: {{host: 127.0.0.1, port: 1, username: u, secret: s}}\n" for name in "abc"
)
MORE = SERVERS + "trunks: [{name: provider, match: PJSIP/provider}]\n"


def configured(folder: Path, text: str) -> Config:
    (folder / "config.yaml").write_text(text)
    return load(folder / "config.yaml")


async def test_a_reload_changes_what_the_configuration_changes(tmp_path: Path) -> None:
    """The same one builds nothing anew; servers share what is worked out of their collectors."""
    exporter = app.Exporter(configured(tmp_path, SERVERS))
    before = {name: watched.pbx for name, watched in exporter.watched.items()}
    await exporter.reload(configured(tmp_path, SERVERS.replace("secret: s}", "secret: s, labels: {x: y}}")))
    assert {name: watched.pbx for name, watched in exporter.watched.items()} == before
    assert exporter.watched["a"].server.labels == {"x": "y"}
    await exporter.reload(configured(tmp_path, MORE))
    after = [watched.pbx for watched in exporter.watched.values()]
    assert all("asterisk_trunk_channels" in pbx.declared.named for pbx in after)
    assert len({id(pbx.declared) for pbx in after}) == 1
    was = {collector.name: collector for collector in before["a"].collectors}
    changed = {one.name for one in after[0].collectors if one is not was[one.name]}
    assert "channels" in changed
    assert "ami" not in changed
    assert after[0].link is before["a"].link


async def test_a_bug_of_ours_leaves_the_configuration_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reload that fails at one server changes none, and the next one is tried all the same."""
    exporter = app.Exporter(configured(tmp_path, SERVERS), lambda: configured(tmp_path, MORE))
    before = {name: watched.pbx for name, watched in exporter.watched.items()}

    def broken(name: str, *rest: object) -> object:
        if name == "b":
            raise RuntimeError("a bug")
        return Pbx(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("exporter.watched.Pbx", broken)
    assert await exporter.reread() == ("an error of our own; the log says more",)
    assert exporter.problems() == ("an error of our own; the log says more",)
    assert {name: watched.pbx for name, watched in exporter.watched.items()} == before
    assert gc.isenabled()
    monkeypatch.undo()
    assert await exporter.reread() == exporter.problems() == ()
    assert exporter.own.config_good
    assert not any(watched.pbx is before[name] for name, watched in exporter.watched.items())


async def test_a_server_whose_state_cannot_be_handed_over_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration holds as a whole all the same."""
    exporter = app.Exporter(configured(tmp_path, SERVERS))
    before = dict(exporter.watched)

    def broken(old: Pbx, new: Pbx) -> None:
        if old.name == "b":
            raise RuntimeError("a bug")
        hand_over(old, new)

    monkeypatch.setattr("exporter.watched.hand_over", broken)
    monkeypatch.setattr("exporter.watched.Watched.start", lambda self, delay: None)
    await exporter.reload(configured(tmp_path, MORE))
    assert [name for name, watched in exporter.watched.items() if watched is not before[name]] == ["b"]
    for watched in exporter.watched.values():
        assert "asterisk_trunk_channels" in watched.pbx.declared.named


async def test_other_work_goes_on_while_servers_are_reloaded(tmp_path: Path) -> None:
    """Sessions are attended to between any two servers."""
    exporter = app.Exporter(configured(tmp_path, SERVERS))
    steps = 0

    async def work() -> None:
        nonlocal steps
        while True:
            steps += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(work())
    await exporter.reload(configured(tmp_path, MORE))
    task.cancel()
    assert steps >= 2 * len(exporter.watched)
