"""ami: a console to a configured server, and one action or command for scripts."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.commands.arguments import BAD, INTERRUPTED, OK, Command, add_format, read
from exporter.config import Config, Server

if TYPE_CHECKING:
    from exporter.console import Console

_TEXT = """\
A console to a server: any action or CLI command; what comes is shown.

It only reads: what may change something on the PBX is refused without --allow-writes.
Without an action it is a prompt, or takes lines from a pipe.
Exit codes: 0 done, 1 Asterisk answered with an error, 2 no answer, or not understood or refused here."""


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "request", nargs="*", metavar="ACTION", help="an action, its Header=value, or a CLI command"
    )
    parser.add_argument("--server", default="", metavar="NAME", help="which server (default: the only one)")
    parser.add_argument(
        "--events",
        nargs="?",
        action="append",
        const="",
        metavar="FILTER",
        help="show live events: names and Header=value, regular expressions (default: all)",
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="end after so many seconds of events")
    parser.add_argument("--count", type=int, metavar="N", help="end after so many events")
    add_format(parser, "text", "json")
    parser.add_argument("--raw", action="store_true", help="show packets as they go over the line")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="write all packets to a file (gzip, if .gz)"
    )
    parser.add_argument("--allow-writes", action="store_true", help="allow what may change the PBX")
    parser.add_argument(
        "--timeout", type=float, default=30.0, metavar="N", help="seconds to wait for an answer (default: 30)"
    )


def _run(options: argparse.Namespace) -> int:
    if wrong := _wrong(options):
        print(wrong, file=sys.stderr)
        return BAD
    try:
        server = _server(read(options), options.server)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return BAD
    for number in (signal.SIGTERM, signal.SIGHUP):  # a recording is closed at any end
        signal.signal(number, _end)
    try:
        return _connected(server, options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        print(f"cannot print: {error}", file=sys.stderr)
        return BAD


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _wrong(options: argparse.Namespace) -> str:
    """What is wrong with the arguments, if anything."""
    bounds = (options.seconds, options.count)
    if options.events is None and bounds != (None, None):
        return "--seconds and --count are for --events"
    if any(bound is not None and bound <= 0 for bound in (*bounds, options.timeout)):
        return "--seconds, --count and --timeout are more than 0"
    return "--raw and --format=json exclude each other" if options.raw and options.format == "json" else ""


def _server(config: Config, name: str) -> Server:
    if not name and len(config.servers) == 1:
        return next(iter(config.servers.values()))
    if name in config.servers:
        return config.servers[name]
    problem = f"there is no server {name!r}" if name else "--server is missing"
    raise LookupError(f"{problem}; there are: {', '.join(config.servers)}")


def _connected(server: Server, options: argparse.Namespace) -> int:
    from exporter.ami import AMIError
    from exporter.console import Console, Mistake, Screen, Style, in_colour

    style = Style("raw" if options.raw else options.format, in_colour())
    screen = Screen()
    try:
        console = Console(
            server,
            style,
            screen,
            allow_writes=options.allow_writes,
            record=options.record,
            timeout=options.timeout,
        )
    except OSError as error:
        print(f"cannot record: {error}", file=sys.stderr)
        return BAD
    try:
        return _converse(console, options)
    except (AMIError, Mistake) as error:
        console.complain(str(error))
        return BAD
    except EOFError:  # quit
        return OK
    finally:
        console.end()
        screen.end()


def _converse(console: Console, options: argparse.Namespace) -> int:
    from exporter.console import EventFilter, joined, on_terminal, split

    bounded = options.seconds or options.count
    filters = None if options.events is None else EventFilter.parse(split(" ".join(options.events)))
    version = console.connect()
    if filters is not None:
        console.watch(filters, options.count)
    code = OK
    if options.request:
        code = console.do(joined(options.request))
    elif on_terminal() and not bounded:
        from exporter.console.prompt import talk  # a script needs no prompt

        console.screen.say(f"AMI {version}, user {console.server.username}; help says what can be typed")
        talk(console)
        return OK
    elif filters is None:
        return _lines(console)
    if filters is not None:
        _wait(console, options.seconds)
    return BAD if console.lost else code


def _lines(console: Console) -> int:
    """Do what comes by a pipe, until quit or its end; the worst exit code."""
    code = OK
    with suppress(EOFError):  # quit
        for line in sys.stdin:
            if line.strip():
                code = max(code, console.do(line))
    return code


def _wait(console: Console, seconds: float | None) -> None:
    """Let events come until there were enough, the time is over, or somebody interrupts."""
    deadline = None if seconds is None else time.monotonic() + seconds
    try:
        while not console.feed.ended.wait(0.1) and not console.screen.failed.is_set():
            if deadline is not None and time.monotonic() >= deadline:
                return
    except KeyboardInterrupt:
        return


COMMAND = Command("ami", _TEXT, _run, _add, example="--server hq QueueStatus Queue=support")
