"""Recorded events, and an AMI port on loopback that sends them to whoever logs in."""

from __future__ import annotations

import gzip
import re
import socket
import threading
import time
from collections.abc import Collection

from benchmarks.common import HERE

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
# The last event of a run: the exporter wants it, and the recording has none of its name.
END = b"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: End\r\n\r\n"
_RESPONSE = b"Response: Success\r\nActionID: %s\r\nMessage: Authentication accepted\r\n\r\n"
_PAUSE = 0.5  # s from a login to the first event: what a client does to begin is not counted


def recorded() -> list[bytes]:
    """All events of a quarter of an hour of calls on Asterisk 22.10, as they came."""
    return gzip.decompress((HERE / "streams" / "asterisk-22.ami.gz").read_bytes()).split(b"\r\n\r\n")[:-1]


def name(event: bytes) -> str:
    """The name of an event."""
    return event[len(b"Event: ") : event.index(b"\r\n")].decode()


def only(events: list[bytes], names: Collection[str]) -> list[bytes]:
    """Those of these names."""
    return [event for event in events if name(event) in names]


class Port:
    """Serves one client: answers its actions, and after its login sends what it is to send.

    Args:
        pace: events a second, each written alone; None: all as fast as they go.
    """

    def __init__(self, events: list[bytes], times: int, pace: float | None = None) -> None:
        self._packets = [event + b"\r\n\r\n" for event in events]
        self._times = times
        self._pace = pace
        self._server = socket.create_server(("127.0.0.1", 0))
        self.number: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        line, _ = self._server.accept()
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server.close()
        with line:
            line.sendall(GREETING)
            held, sent = b"", False
            while data := _heard(line):
                *actions, held = (held + data).split(b"\r\n\r\n")
                for action in actions:
                    found = re.search(rb"(?i)ActionID: ?([^\r]*)", action)
                    line.sendall(_RESPONSE % (found[1] if found else b""))
                    if b"login" in action.lower() and not sent:
                        sent = True
                        time.sleep(_PAUSE)
                        self._send(line)

    def _send(self, line: socket.socket) -> None:
        if self._pace is None:
            data = b"".join(self._packets)
            for _ in range(self._times):
                line.sendall(data)
        else:
            start, count = time.monotonic(), 0
            for _ in range(self._times):
                for packet in self._packets:
                    wait = start + count / self._pace - time.monotonic()
                    if wait > 0:
                        time.sleep(wait)
                    line.sendall(packet)
                    count += 1
        line.sendall(END)


def _heard(line: socket.socket) -> bytes:
    try:
        return line.recv(4096)
    except ConnectionError:  # a client that has seen the last event goes as it likes
        return b""
