"""What is wrong with a configuration, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

# The way from the top of a file to a value: keys, and numbers of list items.
Path: TypeAlias = tuple[str | int, ...]

_SIMPLE = re.compile(r"\w[\w@:.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: in a file, or in a variable of the environment."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, or one thing to be warned of. Holds no value of the configuration: it may be secret."""

    place: Place
    path: Path
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.place), dotted(self.path), self.message) if part)


class ConfigError(Exception):
    """A configuration that cannot be used; `problems` are all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(path: Path) -> str:
    """A path as people write it: ``servers.hq.collectors[1]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _SIMPLE.fullmatch(part) else short(part))
    return text


def short(text: str) -> str:
    """A text of the user's in quotes: on one line, and not too long."""
    return repr(text if len(text) <= 60 else text[:59] + "…")
