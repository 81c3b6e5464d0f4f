"""Prints from a thread of its own: a terminal or a pipe that stalls must not stop who reads from Asterisk."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from io import TextIOWrapper
from queue import SimpleQueue

_WAITING = 10_000  # events that wait to be printed; more are left out, and counted


class Screen:
    """Prints texts in their order. Nothing here waits but `flush` and `end`."""

    def __init__(self) -> None:
        self.failed = threading.Event()  # nobody reads what is printed
        self._queue: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._failure: Exception | None = None
        self._left_out = 0
        for stream in (sys.stdout, sys.stderr):  # what a terminal cannot show is escaped
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        threading.Thread(target=self._work, name="screen", daemon=True).start()

    def say(self, text: str) -> None:
        """Print this."""
        self._queue.put(lambda: sys.stdout.write(text + "\n"))

    def complain(self, text: str) -> None:
        """Print this on standard error."""
        self._queue.put(lambda: (sys.stdout.flush(), sys.stderr.write(text + "\n"), sys.stderr.flush()))

    def offer(self, write: Callable[[], str]) -> None:
        """Print what this writes, if printing keeps up."""
        if self._queue.qsize() >= _WAITING:
            self._left_out += 1
            return
        if self._left_out:
            left_out, self._left_out = self._left_out, 0
            self.complain(f"{left_out} events are not shown: they came faster than they could be printed")
        self._queue.put(lambda: sys.stdout.write(write() + "\n"))

    def flush(self) -> None:
        """Wait until all is printed. Raises BrokenPipeError, or another OSError, if nobody reads it."""
        done = threading.Event()
        self._queue.put(done.set)
        done.wait()
        if self._failure is not None:
            raise self._failure

    def end(self) -> None:
        """Like `flush`, for the last time."""
        try:
            self.flush()
        finally:
            self._queue.put(None)

    def _work(self) -> None:
        while (step := self._queue.get()) is not None:
            try:
                step()
                if self._queue.empty():
                    sys.stdout.flush()
            except Exception as error:  # whoever waits in `flush` is told
                self._failure = error
                self.failed.set()


def on_terminal() -> bool:
    """Whether somebody sits there."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def in_colour() -> bool:
    """Whether what is printed may have colours."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return sys.stdout.isatty() and not plain
