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
    OK,
    PROGRAM,
    Command,
    Parser,
    add_config,
    add_serve,
    read,
)
from exporter.config import ConfigError
from exporter.logs import set_up


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.command(options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return BAD
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
    add_serve(top)
    top.set_defaults(command=_run)
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


def _run(options: argparse.Namespace) -> int:
    from exporter.app import run  # the other commands need no web server

    set_up(options.log_level, options.log_format)
    return run(lambda: read(options), options.addresses or [DEFAULT_ADDRESS])


def _version() -> str:
    return f"{PROGRAM} {__version__} (Python {platform.python_version()}, {platform.platform()})"
