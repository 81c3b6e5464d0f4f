"""Whose an Asterisk is: a test run must not stop another's, nor be blocked by one that was killed."""

from __future__ import annotations

from pathlib import Path


def birth(pid: int) -> str:
    """`pid start-time`: no other process ever has the same. Empty when the process is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    state, threads, start = fields[0], int(fields[17]), fields[19]
    # of a process that was killed the first thread can be a zombie while others still hold its sockets
    return "" if state in "ZX" and threads <= 1 else f"{pid} {start}"


class Owner:
    """A process that owns what a file stands for, as long as it lives."""

    def __init__(self, file: Path, pid: int) -> None:
        self._file = file
        self._birth = birth(pid)

    @property
    def mine(self) -> bool:
        return self._read() == self._birth

    @property
    def other(self) -> str:
        """The living process that owns it, if that is not ours."""
        owner = self._read()
        alive = owner and birth(int(owner.split()[0])) == owner
        return owner if alive and owner != self._birth else ""

    def take(self) -> None:
        self._file.write_text(self._birth)

    def _read(self) -> str:
        return self._file.read_text() if self._file.exists() else ""
