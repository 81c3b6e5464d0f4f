"""How the web floor serves: what the flags say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_PART = re.compile(r"[\w~-][\w.~-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is served, and how.

    Attributes:
        config_file: TLS and users, in the format of Prometheus' exporters.
        lifecycle: whether POST /-/reload reads the configuration again.
        prefix: the path below which all is served; empty, or as in /asterisk.
        pages: whether people are served too, and not only machines.
        max_requests: how many scrapes are answered at one time; 0: any number.
    """

    config_file: Path | None = None
    lifecycle: bool = False
    prefix: str = ""
    pages: bool = True
    max_requests: int = 40


USUAL = Settings()  # as without flags


def path_of(url: str) -> str:
    """The path of the URL under which others reach us, as a prefix. Raises ValueError."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{url!r}: write it as in https://example.com/asterisk/")
    return prefix(parts.path)


def prefix(path: str) -> str:
    """A prefix of paths, as Settings has it. Raises ValueError."""
    parts = path.strip("/").split("/")
    if not all(_PART.fullmatch(part) for part in parts) and path.strip("/"):
        raise ValueError(f"{path!r}: write a plain path, as in /asterisk")
    return "/" + "/".join(parts) if path.strip("/") else ""
