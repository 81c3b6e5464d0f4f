"""What commands have in common: their shape, their arguments, their exit codes, and the configuration."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from exporter.config import Config, from_environment, load
from exporter.logs import LEVELS

PROGRAM = "asterisk-ami-exporter"
DEFAULT_FILE = Path("config.yaml")
DEFAULT_ADDRESS = ":9815"

OK, LIMITED, BAD = 0, 1, 2


class Parser(argparse.ArgumentParser):
    """A parser whose texts keep their lines, and whose options are never shortened."""

    def __init__(self, **keywords: object) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **keywords)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Command:
    """A command of the program.

    Attributes:
        text: a sentence or more that say what it does; the first line stands in the list of commands.
        run: does it and returns the exit code. What only this command needs it imports itself.
        add: adds its arguments to its parser.
        example: arguments, for its help.
        config: whether it takes a --config.file.
    """

    name: str
    text: str
    run: Callable[[argparse.Namespace], int]
    add: Callable[[argparse.ArgumentParser], None] | None = None
    example: str = ""
    config: bool = True


def add_config(parser: argparse.ArgumentParser, default: str | None = argparse.SUPPRESS) -> None:
    """The arguments that say where the configuration is.

    What stands before a command holds, unless it is said anew behind it: so no default there.
    """
    parser.add_argument(
        "--config.file",
        dest="config_file",
        type=Path,
        metavar="FILE",
        default=default,
        help=f"the configuration (default: {DEFAULT_FILE} if it is there, else the environment)",
    )
    parser.add_argument(
        "--config.expand-environment-variables",
        dest="expand",
        action="store_true",
        default=default or False,
        help="let ${NAME} in the configuration stand for a variable of the environment",
    )


def add_serve(parser: argparse.ArgumentParser, address: str = DEFAULT_ADDRESS) -> None:
    """The arguments of what serves: where, and how it logs."""
    parser.add_argument(
        "--web.listen-address",
        dest="addresses",
        action="append",
        metavar="ADDRESS",
        help=f"where to serve; may be repeated (default: {address})",
    )
    add_log(parser)


def add_log(parser: argparse.ArgumentParser) -> None:
    """How it logs."""
    parser.add_argument(
        "--log.level", dest="log_level", choices=tuple(LEVELS), default="info", help="default: info"
    )
    parser.add_argument(
        "--log.format",
        dest="log_format",
        choices=("logfmt", "json"),
        default="logfmt",
        help="default: logfmt",
    )


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """How it prints; the first is the default."""
    parser.add_argument("--format", choices=formats, default=formats[0], help=f"default: {formats[0]}")


def read(options: argparse.Namespace) -> Config:
    """The configuration that the arguments mean. Raises ConfigError."""
    file: Path | None = options.config_file
    if file is None and DEFAULT_FILE.exists():
        file = DEFAULT_FILE
    if file is None:
        return from_environment(os.environ)
    return load(file, os.environ if options.expand else None)
