"""Freshness: from an event's first byte in the socket until its value is read from /metrics."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.common import HERE, QUICK, heading, line, percentile
from benchmarks.stream import END, GREETING, recorded

RATES = (10, 500, 2000)  # events a second
RESTS = (0.0, 0.01)  # s before each request: asked again and again, and with caches that others have filled
CONFIG = "servers: {pbx: {host: 127.0.0.1, username: u, secret: s}}\n"
PROBES = 100 if QUICK else 200
SHOWN = b'asterisk_ami_events_total{event="UserEvent",server="pbx"} '
_SUCCESS = b"Response: Success\r\nActionID: %s\r\n\r\n"


async def export(port: int) -> None:
    """An exporter on one session, without polls: its web server, and everything that events come to."""
    from benchmarks.state import all_collectors
    from exporter.ami import Client, Credentials, Endpoint, Timing
    from exporter.app import Exporter
    from exporter.config import load
    from exporter.pbx import clock
    from exporter.pbx.view import View
    from exporter.web import Settings, start

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(CONFIG)
        file.chmod(0o600)
        exporter = Exporter(load(file))
    pbx = all_collectors()
    watched = exporter.watched["pbx"]  # nobody polls it
    watched.pbx, watched.view = pbx, View(pbx)
    client = await Client.connect(
        Endpoint("127.0.0.1", port),
        Credentials("u", "s", "plain"),
        wanted=pbx.events,
        on_event=pbx.take,
        timing=Timing(ping_every=(1000.0, 1000.0)),  # nobody would answer
    )
    pbx.link.connected(client, clock.now())
    pbx.link.boot(None, clock.now())
    web = await start(exporter, ["127.0.0.1:0"], Settings())
    print(web.addresses[0], flush=True)
    await client.closed


def main() -> None:
    heading("Freshness", "aiohttp")
    line(
        "events/s",
        *[f"{what}, rest {rest * 1e3:g} ms" for rest in RESTS for what in ("median", "99 %", "bare")],
    )
    line(*["---"] * (1 + 3 * len(RESTS)))
    for rate in RATES:
        server = socket.create_server(("127.0.0.1", 0))
        command = [sys.executable, "-m", "benchmarks.freshness", str(server.getsockname()[1])]
        exporter = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE.parent, text=True)
        try:
            server.settimeout(30)
            asterisk, _ = server.accept()
            with asterisk, server:
                measure(rate, asterisk, exporter)
        finally:
            exporter.terminate()
            exporter.wait(10)


def measure(rate: int, asterisk: socket.socket, exporter: subprocess.Popen[str]) -> None:
    """Send events at this rate, and now and then one that is waited for; *bare* is a request without one."""
    asterisk.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asterisk.sendall(GREETING)
    found = re.search(rb"ActionID: ([^\r]*)", asterisk.recv(4096))
    assert found
    asterisk.sendall(_SUCCESS % found[1])
    assert exporter.stdout
    host, port = exporter.stdout.readline().strip().split(":")
    web = socket.create_connection((host, int(port)), timeout=10)
    turn, over = threading.Lock(), threading.Event()

    def background() -> None:
        packets, start, count = [event + b"\r\n\r\n" for event in recorded()], time.monotonic(), 0
        while not over.is_set():
            time.sleep(max(0.0, start + count / rate - time.monotonic()))
            with turn:
                asterisk.sendall(packets[count % len(packets)])
            count += 1

    def shown() -> float:
        return float(_page(web).partition(SHOWN)[2].partition(b"\n")[0] or 0.0)

    traffic = threading.Thread(target=background, daemon=True)
    traffic.start()
    took: dict[float, list[float]] = {rest: [] for rest in RESTS}
    bare: dict[float, list[float]] = {rest: [] for rest in RESTS}
    count = shown()
    for rest in RESTS:
        for _ in range(PROBES):
            time.sleep(rest)
            begin = time.perf_counter()
            shown()
            bare[rest].append(time.perf_counter() - begin)
            count += 1
            time.sleep(rest)
            begin = time.perf_counter()
            with turn:
                asterisk.sendall(END)
            while shown() < count:
                pass
            took[rest].append(time.perf_counter() - begin)
    over.set()
    traffic.join()
    figures = [
        figure
        for rest in RESTS
        for figure in (percentile(took[rest], 0.5), percentile(took[rest], 0.99), percentile(bare[rest], 0.5))
    ]
    line(rate, *[f"{figure * 1e3:.2f} ms" for figure in figures])


def _page(web: socket.socket) -> bytes:
    """The page of metrics. A library would take as long to read it as the exporter to write it."""
    web.sendall(b"GET /metrics?server=pbx HTTP/1.1\r\nHost: pbx\r\n\r\n")
    head, _, body = web.recv(1 << 20).partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
    assert length
    while len(body) < int(length[1]):
        body += web.recv(1 << 20)
    return body


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(export(int(sys.argv[1])))
    else:
        main()
