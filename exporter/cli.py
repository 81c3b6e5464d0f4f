"""The program: its arguments, its commands and its exit codes."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence

from exporter import __version__
from exporter.commands import COMMANDS
from exporter.commands.arguments import (
    BAD,
    DEFAULT_ADDRESS,
    INTERRUPTED,
    OK,
    PROGRAM,
    Command,
    Parser,
    add_config,
    add_serve,
    named_file,
    read,
    settings,
    variables,
)
from exporter.config import ConfigError
from exporter.config.changes import Changes
from exporter.config.shard import Shard
from exporter.logs import set_up


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    try:
        options = parser().parse_args(arguments)
        code: int = options.command(options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return BAD
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of all arguments."""
    top = Parser(
        prog=PROGRAM,
        description="Prometheus exporter and monitor for Asterisk PBX, over AMI. Without a command it runs.",
        epilog=f"Example: {PROGRAM} --config.file=config.yaml\n"
        f"Without a file: AMI_USERNAME=exporter AMI_SECRET_FILE=/run/secrets/ami {PROGRAM}\n"
        "(also AMI_HOST, AMI_PORT, AMI_SECRET, AMI_SERVER_NAME)",
    )
    top.add_argument("--version", action="version", version=_version())
    add_config(top, default=None)
    _add_run(top)
    add_serve(top)
    top.set_defaults(command=_run, parser=top)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        _add(commands, command)
    return top


def _add(commands: argparse._SubParsersAction[Parser], command: Command) -> None:
    first = f"Example: {PROGRAM} {command.name}" + " --config.file=config.yaml" * command.config
    added = commands.add_parser(
        command.name,
        help=command.text.partition("\n")[0],
        description=command.text,
        epilog=f"{first} {command.example}".rstrip(),
    )
    if command.config:
        add_config(added)
    if command.add:
        command.add(added)
    added.set_defaults(command=command.run)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config.watch",
        dest="watch",
        action="store_true",
        help="read the configuration again when its files change, too",
    )
    parser.add_argument(
        "--shard",
        type=_shard,
        default=Shard(),
        metavar="N/COUNT",
        help="watch one part of the servers, as in 1/3; the other exporters have the others",
    )


def _shard(text: str) -> Shard:
    try:
        return Shard.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _run(options: argparse.Namespace) -> int:
    from exporter.app import run  # the other commands need no web server

    set_up(options.log_level, options.log_format)
    file = named_file(options) if options.watch else None
    return run(
        lambda: options.shard.of(read(options)),
        options.addresses or [DEFAULT_ADDRESS],
        settings(options),
        Changes(file, variables(options)).any if file else None,
    )


def _version() -> str:
    return f"{PROGRAM} {__version__} (Python {platform.python_version()}, {platform.platform()})"
