"""What commands have in common: their shape, their arguments, their exit codes, and the configuration."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.config import Config, ConfigError, Problem, from_environment, load
from exporter.config.errors import Place
from exporter.logs import LEVELS

if TYPE_CHECKING:
    from exporter.web import Settings

PROGRAM = "asterisk-ami-exporter"
DEFAULT_FILE = Path("config.yaml")
DEFAULT_ADDRESS = ":9815"

OK, LIMITED, BAD = 0, 1, 2
INTERRUPTED = 130  # as shells say it


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
    """The arguments of what serves: where and how, and how it logs."""
    parser.add_argument(
        "--web.listen-address",
        dest="addresses",
        action="append",
        metavar="ADDRESS",
        help=f"where to serve; may be repeated (default: {address})",
    )
    parser.add_argument(
        "--web.config.file",
        dest="web_config",
        type=Path,
        metavar="FILE",
        help="TLS and users, in the format of Prometheus' exporters",
    )
    parser.add_argument(
        "--web.enable-lifecycle",
        dest="lifecycle",
        action="store_true",
        help="let POST /-/reload read the configuration again",
    )
    parser.add_argument(
        "--web.external-url",
        dest="external",
        type=_typed("path_of"),
        metavar="URL",
        help="where others reach it, behind a proxy for example; its path is the default of the prefix",
    )
    parser.add_argument(
        "--web.route-prefix",
        dest="prefix",
        type=_typed("prefix"),
        metavar="PATH",
        help="the path below which everything is served",
    )
    parser.add_argument(
        "--web.pages",
        dest="pages",
        choices=("on", "off"),
        default="on",
        help="off: only what machines read: metrics, probe, sd, health, reload (default: on)",
    )
    parser.add_argument(
        "--web.max-requests",
        dest="max_requests",
        type=_amount,
        default=40,
        metavar="N",
        help="how many scrapes are answered at one time; 0: any number (default: 40)",
    )
    add_log(parser)


def settings(options: argparse.Namespace) -> Settings:
    """How to serve, as the arguments of add_serve say it."""
    from exporter.web import Settings

    return Settings(
        config_file=options.web_config,
        lifecycle=options.lifecycle,
        prefix=(options.external or "") if options.prefix is None else options.prefix,
        pages=options.pages == "on",
        max_requests=options.max_requests,
    )


def _amount(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("expected a number, 0 or more")
    return int(text[:9])


def _typed(name: str) -> Callable[[str], str]:
    """A function of the web floor as the type of an argument; it is fetched if the argument is there."""

    def read(text: str) -> str:
        from exporter.web import settings

        try:
            value: str = getattr(settings, name)(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return value

    return read


def add_log(parser: argparse.ArgumentParser) -> None:
    """How it logs."""
    parser.add_argument(
        "--log.level",
        dest="log_level",
        choices=tuple(LEVELS),
        default="info",
        help="the least that is logged (default: info)",
    )
    parser.add_argument(
        "--log.format",
        dest="log_format",
        choices=("logfmt", "json"),
        default="logfmt",
        help="the form of the lines of the log (default: logfmt)",
    )


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """How it prints; the first is the default."""
    parser.add_argument(
        "--format",
        choices=formats,
        default=formats[0],
        help=f"the form of what it prints (default: {formats[0]})",
    )


def read(options: argparse.Namespace) -> Config:
    """The configuration that the arguments mean. Raises ConfigError."""
    if file := named_file(options):
        return load(file, variables(options))
    try:
        return from_environment(os.environ)
    except ConfigError as error:
        note = Problem(
            Place(str(DEFAULT_FILE)),
            (),
            "no such file here, and no --config.file: so the environment is read",
        )
        raise ConfigError((note, *error.problems)) from None


def named_file(options: argparse.Namespace) -> Path | None:
    """The file of the configuration; None if it comes from the environment."""
    file: Path | None = options.config_file
    return DEFAULT_FILE if file is None and DEFAULT_FILE.exists() else file


def variables(options: argparse.Namespace) -> Mapping[str, str] | None:
    """What ${NAME} in the file may stand for; None: for nothing."""
    return os.environ if options.expand else None
