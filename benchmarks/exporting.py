"""The exporter as a process of its own, watched from outside: pages, CPU and memory."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.common import HERE


class Process:
    """A process of this machine."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")
        self._clock = (~pid << 3) | 2  # as clock_getcpuclockid(3) makes it; ticks of /proc are of 10 ms

    @property
    def cpu(self) -> float:
        """CPU seconds since it started."""
        return time.clock_gettime(self._clock)

    @property
    def memory(self) -> float:
        """Resident memory (MB)."""
        found = re.search(r"VmRSS:\s+(\d+)", (self._folder / "status").read_text())
        return int(found[1]) / 1024 if found else 0.0


class Exporter(Process):
    """A running exporter."""

    def __init__(self, pid: int, address: str) -> None:
        super().__init__(pid)
        self.address = address

    def page(self, path: str = "/metrics", patience: float = 60.0) -> str:
        """A page of it."""
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=patience) as response:
            text: str = response.read().decode()
        return text

    def value(self, name: str) -> float:
        """The sum of all series of a metric of our session with Asterisk."""
        page = self.page("/metrics?collect[]=ami")
        return sum(map(float, re.findall(rf"^{name}(?:{{.*}})? (.*)$", page, re.MULTILINE)))

    def wait(self, name: str, least: float, patience: float = 200.0) -> None:
        """Until a metric is so much."""
        deadline = time.monotonic() + patience
        while (value := self.value(name)) < least:
            if time.monotonic() > deadline:
                raise SystemExit(f"{name} is {value:g}, not {least}, after {patience:g} s")
            time.sleep(0.5)


@contextmanager
def exporting(config: str) -> Iterator[Exporter]:
    """An exporter with this configuration, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        file, log = Path(folder) / "config.yaml", Path(folder) / "log"
        file.write_text(config)
        file.chmod(0o600)
        command = [sys.executable, "-m", "exporter", f"--config.file={file}"]
        with log.open("w") as out:
            process = subprocess.Popen(
                [*command, "--web.listen-address=127.0.0.1:0"], stderr=out, stdout=out, cwd=HERE.parent
            )
        try:
            yield Exporter(process.pid, _address(log, process))
        finally:
            process.terminate()
            process.wait(60)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://(127\.0\.0\.1:\d+)", log.read_text()):
            return found[1]
        time.sleep(0.01)
    raise SystemExit(f"the exporter does not start:\n{log.read_text()[-2000:]}")


@contextmanager
def simulated(*arguments: str) -> Iterator[str]:
    """Simulated Asterisks; the configuration that watches them."""
    command = [sys.executable, "-m", "exporter", "simulate", "--listen=127.0.0.1:20000", "--seed=1"]
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, cwd=HERE.parent, text=True)
    assert process.stdout
    try:
        lines = []
        for text in process.stdout:
            lines.append(text)
            if "carrier-b" in text:
                break
        yield "".join(lines)
    finally:
        process.terminate()
        process.wait(60)
