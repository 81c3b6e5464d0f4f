"""Logs: one line a record, whatever is in it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from exporter.logs import set_up

HOSTILE = ["a\r\nlevel=ERROR", 'say "x"', "back\\slash", "\x1b[31mred", "a\u2028b", "\x00", "ü" * 100_000, ""]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the root logger writes to; put back after the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_on_one_line(stream: io.StringIO, text: str) -> None:
    """Neither a message nor a field can begin a line, end a quote, or fill the disk."""
    set_up("info", "logfmt", stream)
    logging.getLogger("x").warning("got %s", text, extra={"fields": {"caller": text, "count": 3}})
    (line,) = re.split(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", stream.getvalue().removesuffix("\n"))
    assert re.fullmatch(
        r'time=\S+ level=WARN source=test_logs\.py:\d+ msg="(\\.|[^"\\])*" '
        r'caller=("(\\.|[^"\\])*"|\S+) count=3',
        line,
    )
    assert line.isprintable()
    assert len(line) < 5000


@pytest.mark.parametrize("text", HOSTILE)
def test_json_lines(stream: io.StringIO, text: str) -> None:
    """Each line is an object with the same fields."""
    set_up("info", "json", stream)
    logging.getLogger("x").error("got %s", text, extra={"fields": {"caller": text}})
    (line,) = stream.getvalue().splitlines()
    record = json.loads(line)
    assert record["level"] == "ERROR"
    assert record["caller"][:2000] == text[:2000]


def test_an_exception_is_on_the_same_line(stream: io.StringIO) -> None:
    """A traceback does not begin lines of its own."""
    set_up("info", "logfmt", stream)
    try:
        int("a\nb")
    except ValueError:
        logging.getLogger("x").exception("failed")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: invalid literal" in line


def test_levels(stream: io.StringIO) -> None:
    """What is below the level is not written; asyncio's chatter never is below a warning."""
    set_up("debug", "logfmt", stream)
    logging.getLogger("exporter").debug("shown")
    logging.getLogger("asyncio").info("not shown")
    assert "shown" in stream.getvalue()
    assert "not shown" not in stream.getvalue()
    set_up("error", "logfmt", stream)
    logging.getLogger("exporter").warning("hidden")
    assert "hidden" not in stream.getvalue()
