"""The exporter as its users run it: a process of its own, scraped over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

START = 60.0  # s until it answers, on a machine that has much else to do
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Page:
    """What one scrape brought."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: Samples = {}
        self.types: dict[str, str] = {}
        for family in text_string_to_metric_families(text):
            self.types[family.name] = family.type
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in self.samples, f"{key} stands twice"
                self.samples[key] = sample.value

    def get(self, name: str, **labels: str) -> float | None:
        """The sum of the samples of that name which have these labels; None if there is none."""
        wanted = set(labels.items())
        found = [value for (n, have), value in self.samples.items() if n == name and wanted <= have]
        return sum(found) if found else None

    def value(self, name: str, **labels: str) -> float:
        """Like `get`, where there must be one."""
        value = self.get(name, **labels)
        assert value is not None, f"no {name} {labels}"
        return value

    def names(self) -> set[str]:
        """The names of all samples."""
        return {name for name, _ in self.samples}


class ExporterProcess:
    """Started with a configuration, ended with SIGTERM; its log is kept."""

    def __init__(self, folder: Path, config: str, *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "config.yaml"
        self.config.write_text(config)
        self.config.chmod(0o600)
        self.log_file = folder / "exporter.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns once it answers."""
        command = [sys.executable, "-m", "exporter", f"--config.file={self.config}", *self._arguments]
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, f"--web.listen-address=127.0.0.1:{self.port}"],
                stderr=log,
                stdout=log,
                env={**os.environ, "PYTHONWARNINGS": "error"},
            )
        try:
            self.wait_until(lambda: self.get("/-/healthy") == 200, START)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def get(self, path: str) -> int:
        """The status of a path; 0 if nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def scrape(self) -> Page:
        """One scrape of /metrics."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=5) as answer:
            return Page(answer.read().decode())

    def log(self) -> str:
        """What it logged so far."""
        return self.log_file.read_text()

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> float:
        """Wait until it holds; the seconds that took. Fails with the log if it never does."""
        started = time.monotonic()
        while not condition():
            assert self.process is not None
            assert self.process.poll() is None, f"the exporter ended:\n{self.log()}"
            assert time.monotonic() - started < seconds, f"not in {seconds} s:\n{self.log()}"
            time.sleep(0.05)
        return time.monotonic() - started

    def wait_up(self, server: str = "lab", seconds: float = 20) -> float:
        """Wait until a server is up, its channels are known, and all else that their collector asks."""
        return self.wait_until(
            lambda: (
                (page := self.scrape()).get("asterisk_up", server=server) == 1
                and page.get("asterisk_active_channels", server=server) is not None
                and page.get("asterisk_collector_success", server=server, collector="channels") != 0
            ),
            seconds,
        )

    def stop(self) -> float:
        """End it with SIGTERM; the seconds that took."""
        assert self.process is not None
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        assert code == 0, self.log()
        return time.monotonic() - started

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
