"""Whether the files of a configuration have changed since somebody looked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from exporter.config.errors import ConfigError
from exporter.config.load import matching, patterns

_Stamp: TypeAlias = tuple[int, ...]


class Settled:
    """Tells when something has changed, and is no longer changing: nobody reads half a file."""

    def __init__(self, state: object) -> None:
        self._taken = self._last = state

    def changed(self, state: object) -> bool:
        """Whether the state is another than the one that was taken last, and the same as a look ago."""
        settled, self._last = state == self._last, state
        if not settled or state == self._taken:
            return False
        self._taken = state
        return True


class Changes:
    """Looks at a configuration file, and at the files with servers that it names.

    By time, size and inode: what is put in a file's place is seen too, as Kubernetes does it.
    """

    def __init__(self, file: Path, variables: Mapping[str, str] | None = None) -> None:
        self._file = file
        self._variables = variables
        self._main: _Stamp = ()
        self._patterns: tuple[str, ...] = ()
        self._settled = Settled(self._look())

    def any(self) -> bool:
        """Whether something has changed since the last time, and is at rest. It reads files."""
        return self._settled.changed(self._look())

    def _look(self) -> dict[Path, _Stamp]:
        main = stamp(self._file)
        if main != self._main:
            self._main = main
            with suppress(ConfigError):  # who reads it tells; until it is good the patterns before count
                self._patterns = patterns(self._file, self._variables)
        others = [file for pattern in self._patterns for file in matching(self._file, pattern)]
        return {file: stamp(file) for file in (self._file, *others)}


def stamp(file: Path) -> _Stamp:
    """What changes when a file does; empty if it is not there."""
    try:
        stat = file.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
