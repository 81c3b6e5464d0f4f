"""Asterisk goes and comes back; logins are refused; ports are not what they should be."""

from __future__ import annotations

import http.server
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess, Page
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls
from tests.proof.configs import config

pytestmark = pytest.mark.lab

# What only a living session knows.
STATE = {
    "asterisk_active_channels",
    "asterisk_active_calls",
    "asterisk_channels",
    "asterisk_core_channels",
    "asterisk_start_timestamp_seconds",
    "asterisk_info",
    "asterisk_table_rows",
}
BACK = 5.0  # seconds from full boot to the first lists; five times as long on a busy machine


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_restart_in_mid_call(asterisk: Asterisk, tmp_path: Path, how: str) -> None:
    """Down within 2 s and its state absent, back soon after full boot, and no sum of ours falls."""
    with ExporterProcess(tmp_path, config(asterisk)) as exporter:
        exporter.wait_up()
        with Calls(asterisk, 10):
            exporter.wait_until(lambda: exporter.scrape().value("asterisk_active_channels") > 2, 15)
            before = exporter.scrape()
            assert before.names() >= STATE
            gone = threading.Thread(target=getattr(asterisk, how))
            gone.start()
            exporter.wait_until(lambda: not asterisk.running, 15)
            took = exporter.wait_until(lambda: exporter.scrape().value("asterisk_up") == 0, 10)
            gone.join()
        down = exporter.scrape()
        asterisk.start()
        booted = time.monotonic()
        exporter.wait_up(seconds=5 * BACK + 5)
        back = time.monotonic() - booted
        after = exporter.scrape()
    assert took < 2.0 * 5
    assert down.names().isdisjoint(STATE)
    assert back < 5 * BACK
    assert (
        after.value("asterisk_start_timestamp_seconds") > before.value("asterisk_start_timestamp_seconds") + 1
    )
    assert after.value("asterisk_ami_connections_total") == before.value("asterisk_ami_connections_total") + 1
    assert after.value("asterisk_ami_event_gaps_total") == 1
    assert after.value("asterisk_shutdowns_total") == (how == "stop")
    _no_sum_fell(before, down, after)
    assert all(
        value >= 0
        for (name, _), value in after.samples.items()
        if name != "asterisk_ami_clock_offset_seconds"
    )


def _no_sum_fell(*pages: Page) -> None:
    for earlier, later in itertools.pairwise(pages):
        for (name, labels), value in earlier.samples.items():
            if (
                name.endswith(("_total", "_count", "_bucket", "_sum"))
                and name != "asterisk_calls_processed_total"
            ):
                assert later.samples.get((name, labels), -1.0) >= value, (name, labels)


def test_sigterm_logs_off_and_ends(asterisk: Asterisk, tmp_path: Path) -> None:
    """It ends within 2 s, with exit code 0, and Asterisk sees a Logoff, not a lost connection."""
    with ExporterProcess(tmp_path, config(asterisk)) as exporter:
        exporter.wait_up()
        assert "monitor" in asterisk.cli("manager show connected")
        assert exporter.stop() < 2.0 * 5
    deadline = time.monotonic() + 5
    while "monitor" in asterisk.cli("manager show connected"):
        assert time.monotonic() < deadline, "there is still a session"
        time.sleep(0.1)


def failures(page: Page, server: str = "lab") -> dict[str, float]:
    """Failed connections by reason, where there are any."""
    return {
        dict(labels)["reason"]: value
        for (name, labels), value in page.samples.items()
        if name == "asterisk_ami_connection_failures_total" and value and dict(labels)["server"] == server
    }


def said(exporter: ExporterProcess, text: str) -> int:
    """How many log lines say so."""
    return sum(text in line for line in exporter.log().splitlines())


REFUSED = {"monitor": "not-the-secret", "nobody-there": "no-secret-at-all", "elsewhere": "elsewhere-secret"}


def test_a_refused_login_is_not_tried_again_soon(asterisk: Asterisk, tmp_path: Path) -> None:
    """Wrong secret, wrong name, refused address: one reason, one log line with all causes, one try."""
    text = "servers:\n" + "".join(
        f"  {user}: {{host: 127.0.0.1, port: {asterisk.ami_port}, username: {user}, secret: {secret}}}\n"
        for user, secret in REFUSED.items()
    )
    with ExporterProcess(tmp_path, text) as exporter:
        exporter.wait_until(lambda: all(failures(exporter.scrape(), user) for user in REFUSED), 20)
        time.sleep(5)
        page = exporter.scrape()
        assert [failures(page, user) for user in REFUSED] == [{"auth": 1}] * len(REFUSED)
        assert page.value("asterisk_up") == 0
        assert exporter.get("/-/ready") == 200
        assert said(exporter, "wrong name, wrong secret, or an address") == len(REFUSED)
        for secret in REFUSED.values():
            assert secret not in exporter.log()


def test_two_refused_logins_are_half_a_minute_apart(asterisk16: Asterisk, tmp_path: Path) -> None:
    """The second try comes after 30 s at least, and the same cause makes no second log line."""
    with ExporterProcess(tmp_path, config(asterisk16, secret="wrong")) as exporter:
        exporter.wait_until(lambda: failures(exporter.scrape()) == {"auth": 1}, 10)
        took = exporter.wait_until(lambda: failures(exporter.scrape()) == {"auth": 2}, 60)
        assert said(exporter, "wrong name, wrong secret") == 1
    assert took >= 28


def test_a_user_without_rights(asterisk: Asterisk, tmp_path: Path) -> None:
    """It is up, and says which collectors it may not read; nothing is made up, no refused action is sent."""
    with ExporterProcess(tmp_path, config(asterisk, "nobody")) as exporter:
        exporter.wait_until(lambda: exporter.scrape().get("asterisk_collector_supported") is not None, 20)
        page = exporter.scrape()
        assert page.value("asterisk_up") == 1
        for collector in ("ami", "core", "channels"):
            assert page.value("asterisk_collector_supported", collector=collector) == 0
            assert page.get("asterisk_collector_success", collector=collector) is None
        assert page.get("asterisk_active_channels") is None
        assert page.value("asterisk_ami_action_failures_total") == 0
        assert said(exporter, "CoreShowChannels") == 1


def test_without_read_system_it_comes_up_all_the_same(asterisk: Asterisk, tmp_path: Path) -> None:
    """FullyBooted never comes to that user: two equal answers to ListCommands stand for it."""
    with ExporterProcess(tmp_path, config(asterisk, "nosystem")) as exporter:
        exporter.wait_up(seconds=30)
        page = exporter.scrape()
    assert page.get("asterisk_start_timestamp_seconds") is None
    assert page.value("asterisk_collector_success", collector="channels") == 1


def test_tls(asterisk: Asterisk, tmp_path: Path) -> None:
    """With its CA the session stands and the certificate's end is told; with another it does not."""
    port = str(asterisk.ami_tls_port)
    good = config(asterisk, port=port, tls=f"{{ca_file: {asterisk.ca_file}}}")
    with ExporterProcess(tmp_path / "good", good) as exporter:
        exporter.wait_up()
        assert exporter.scrape().value("asterisk_ami_tls_certificate_expiry_timestamp_seconds") > time.time()
    bad = config(asterisk, port=port, tls=f"{{ca_file: {asterisk.wrong_ca_file}}}")
    with ExporterProcess(tmp_path / "bad", bad) as exporter:
        exporter.wait_until(lambda: failures(exporter.scrape()).get("tls", 0) >= 2, 15)
        assert failures(exporter.scrape()).keys() == {"tls"}
        assert said(exporter, "certificate") == 1
    clear = config(asterisk, tls=f"{{ca_file: {asterisk.ca_file}}}")
    with ExporterProcess(tmp_path / "clear", clear) as exporter:
        exporter.wait_until(lambda: failures(exporter.scrape()).keys() == {"tls"}, 15)
        assert said(exporter, "does not speak TLS") == 1


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def http_port() -> Iterator[int]:
    """A web server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def talking_port() -> Iterator[int]:
    """A server that speaks first, as SSH and SMTP do."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("port", "words"),
    [(silent_port, "said nothing"), (http_port, "said nothing"), (talking_port, "not an AMI port")],
)
def test_a_port_that_is_not_ami(asterisk16: Asterisk, tmp_path: Path, port: object, words: str) -> None:
    """A web server, a silent one, SSH: the reason is the greeting, said once."""
    assert callable(port)
    with port() as number, ExporterProcess(tmp_path, config(asterisk16, port=str(number))) as exporter:
        exporter.wait_until(lambda: failures(exporter.scrape()).get("greeting", 0) >= 1, 15)
        time.sleep(2)
        assert failures(exporter.scrape()).keys() == {"greeting"}
        assert said(exporter, words) == 1


def test_nobody_listens(asterisk16: Asterisk, tmp_path: Path) -> None:
    """Refused is a reason of its own, tried often at first, and logged once."""
    with ExporterProcess(tmp_path, config(asterisk16, port=str(asterisk16.ports["DEAD"]))) as exporter:
        exporter.wait_until(lambda: failures(exporter.scrape()).get("refused", 0) >= 3, 15)
        assert failures(exporter.scrape()).keys() == {"refused"}
        assert said(exporter, "refused") == 1
