"""Logs to standard error: one line a record, as logfmt or JSON, whatever is in it."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import datetime
from typing import Literal, TextIO

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_NAMES = {logging.DEBUG: "DEBUG", logging.INFO: "INFO", logging.WARNING: "WARN", logging.ERROR: "ERROR"}

_BARE = re.compile(r"[\w.:/@+%,;()\[\]-]+")
_LONGEST = 2000  # characters of a value: a caller's text must not fill the disk


class Formatter(logging.Formatter):
    """Prometheus' own shape: ``time=… level=INFO source=poller.py:95 msg="Logged in" server=hq``.

    More fields come with ``extra={"fields": {...}}``.
    """

    def __init__(self, style: Literal["logfmt", "json"] = "logfmt") -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": _NAMES.get(record.levelno, record.levelname),
            "source": f"{record.filename}:{record.lineno}",
            "msg": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        if self._json:
            return json.dumps({key: _short(value) for key, value in fields.items()}, ensure_ascii=True)
        return " ".join(f"{key}={_quoted(str(_short(value)))}" for key, value in fields.items())


def _short(value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _quoted(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    escaped = "".join(_escaped(c) for c in text)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if character.isprintable():
        return character
    return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"


def set_up(
    level: str = "info", style: Literal["logfmt", "json"] = "logfmt", stream: TextIO | None = None
) -> None:
    """Send all logs of the process to standard error, or to `stream`.

    Args:
        level: one of LEVELS.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Formatter(style))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    # asyncio and aiohttp tell of what every closed connection brings; their warnings are enough.
    for name in ("asyncio", "aiohttp"):
        logging.getLogger(name).setLevel(max(LEVELS[level], logging.WARNING))
