"""Tells systemd how the run is going: ready, reloading, alive, ending; silent where nobody listens."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from contextlib import suppress

READY = "READY=1"
STOPPING = "STOPPING=1"


def tell(*lines: str) -> None:
    """Send some assignments, as sd_notify(3) has them, to $NOTIFY_SOCKET.

    It never waits and never raises: a manager that does not read must not end what it watches.
    """
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    if path.startswith("@"):  # an abstract socket
        path = "\0" + path[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.setblocking(False)
        sock.sendto("\n".join(lines).encode(errors="replace"), path)


def status(text: str) -> str:
    """What `systemctl status` shows; of one line."""
    return "STATUS=" + text.replace("\n", " ")


def reloading() -> None:
    """Tell that the configuration is being read; READY ends it."""
    tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


async def keep_alive() -> None:
    """Tell at twice the asked rate that the event loop turns; ends at once if systemd does not ask."""
    every = watchdog()
    while every:
        tell("WATCHDOG=1")
        await asyncio.sleep(every / 2)


def watchdog() -> float:
    """The seconds after which systemd takes a silent process for stuck; 0 if it does not watch this one."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    try:
        return max(int(os.environ.get("WATCHDOG_USEC", "0")), 0) / 1e6
    except ValueError:
        return 0.0
