"""What it costs a real Asterisk to be watched: CPU of its process, and bytes. Needs the lab of the tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from benchmarks.common import HERE, PEERS, QUICK, heading, line
from benchmarks.exporting import Process, exporting
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls, Load
from tests.lab.ports import VERSIONS

SECONDS = 6.0 if QUICK else 31.0  # two intervals of 15 s, and a poll of ours every 30 s
CHANNELS = (0, 100) if QUICK else (0, 100, 500, 1000)
MIX = (Load("100", 60, 6), Load("200", 60, 9), Load("400", 60, 5))  # three calls a second
Bytes = Callable[[], float]


@contextmanager
def nobody(_: Asterisk) -> Iterator[Bytes]:
    yield lambda: 0.0


@contextmanager
def ours(asterisk: Asterisk, user: str = "monitor") -> Iterator[Bytes]:
    """The exporter with all that it does unasked."""
    server = f"{{host: 127.0.0.1, port: {asterisk.ami_port}, username: {user}, secret: {user}-secret}}"
    with exporting(f"servers: {{pbx: {server}}}\n") as exporter:
        exporter.wait("asterisk_up", 1)
        yield lambda: exporter.value("asterisk_ami_received_bytes_total")


@contextmanager
def ours_filtered(asterisk: Asterisk) -> Iterator[Bytes]:
    """The same, of a user who may set filters."""
    with ours(asterisk, "admin") as received:
        yield received


@contextmanager
def res_prometheus(asterisk: Asterisk) -> Iterator[Bytes]:
    """Asterisk's own metrics, scraped every 15 s."""
    code = (
        "import sys, time, urllib.request as u\n"
        "total = 0\n"
        "while True:\n"
        "    total += len(u.urlopen(sys.argv[1]).read())\n"
        "    print(total, flush=True)\n"
        "    time.sleep(15)\n"
    )
    with _printing([sys.executable, "-c", code, f"http://127.0.0.1:{asterisk.http_port}/metrics"]) as total:
        yield total


@contextmanager
def panoramisk(asterisk: Asterisk) -> Iterator[Bytes]:
    """A session with all events, which asks for all channels every 15 s."""
    with _printing([str(PEERS), str(HERE / "polling.py"), str(asterisk.ami_port)]) as total:
        yield total


@contextmanager
def _printing(command: list[str]) -> Iterator[Bytes]:
    """A process that prints how many bytes it got."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    os.set_blocking(process.stdout.fileno(), False)
    got = [0.0]

    def total() -> float:
        for text in (process.stdout.read() or b"").split() if process.stdout else ():
            got[0] = float(text)
        return got[0]

    try:
        yield total
    finally:
        process.terminate()
        process.wait(10)


CASES: dict[str, Callable[[Asterisk], AbstractContextManager[Bytes]]] = {
    "nothing attached": nobody,
    "ours": ours,
    "ours, with filters": ours_filtered,
    "res_prometheus every 15 s": res_prometheus,
    "panoramisk, all events, channels every 15 s": panoramisk,
}


def main() -> None:
    heading("On the PBX")
    if os.getuid() or not shutil.which("debootstrap"):
        print("Left out: it needs a real Asterisk, which the lab of the tests installs as root on Debian.")
        return
    for version in VERSIONS:
        asterisk = Asterisk(version)
        asterisk.start()
        try:
            print(f"Asterisk {version_of(asterisk)}, {SECONDS:g} s each.\n")
            line("channels", "beside", "CPU of a core", "bytes/s")
            line(*["---"] * 4)
            for channels in map(int, sys.argv[1:]) if sys.argv[1:] else CHANNELS:
                fill(asterisk, channels)
                measure(f"{channels:,}", asterisk)
            fill(asterisk, 0)
            measure("3 calls/s", asterisk)
            print(flush=True)
        finally:
            asterisk.release()


def measure(title: str, asterisk: Asterisk) -> None:
    """CPU and bytes of each case."""
    for name, case in CASES.items():
        if name.startswith("res_prometheus") and asterisk.version == "16":
            continue
        calls: AbstractContextManager[object] = (
            Calls(asterisk, SECONDS + 6, MIX) if "calls" in title else nullcontext()
        )
        with case(asterisk) as total, calls:
            time.sleep(5.0)  # a client that begins asks everything at once, and the first calls come
            assert asterisk.pid
            process = Process(asterisk.pid)
            cpu, got, begin = process.cpu, total(), time.perf_counter()
            time.sleep(SECONDS)
            seconds = time.perf_counter() - begin
            line(title, name, f"{(process.cpu - cpu) / seconds:.3%}", f"{(total() - got) / seconds:,.0f}")


def version_of(asterisk: Asterisk) -> str:
    """Its version, as it says it."""
    found = re.search(r"Asterisk (\d[^ ]*)", asterisk.cli("core show version"))
    return found[1] if found else asterisk.version


def fill(asterisk: Asterisk, channels: int) -> None:
    """See that it has so many channels that only stand there."""
    if channels == 0:
        asterisk.cli("channel request hangup all")
    for _ in range((channels - active(asterisk)) // 2):
        asterisk.cli("channel originate Local/101@lab application Wait 3600")
    deadline = time.monotonic() + 60
    while abs(active(asterisk) - channels) > 1 and time.monotonic() < deadline:
        time.sleep(0.5)


def active(asterisk: Asterisk) -> int:
    """How many channels it has."""
    found = re.search(r"(\d+) active channel", asterisk.cli("core show channels count"))
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
