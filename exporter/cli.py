"""Arguments, commands and exit codes."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from exporter import __version__
from exporter.collectors import COLLECTORS
from exporter.config import Config, ConfigError, Problem, from_environment, json_schema, load
from exporter.logs import LEVELS, set_up
from exporter.metrics.catalogue import as_json, manager_conf, markdown

DEFAULT_FILE = Path("config.yaml")
DEFAULT_ADDRESS = ":9815"

OK, BAD_CONFIGURATION = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.command(options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return BAD_CONFIGURATION
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="asterisk-ami-exporter",
        description="Prometheus exporter and monitor for Asterisk PBX, over AMI. Without a command it runs.",
        epilog="Example: asterisk-ami-exporter --config.file=config.yaml\n"
        "Without a file: AMI_USERNAME=exporter AMI_SECRET_FILE=/run/secrets/ami asterisk-ami-exporter\n"
        "(also AMI_HOST, AMI_PORT, AMI_SECRET, AMI_SERVER_NAME)",
    )
    parser.add_argument("--version", action="version", version=_version())
    _add_config(parser, default=None)
    _add_run(parser)
    parser.set_defaults(command=_run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    check = _command(
        commands,
        "check",
        _check,
        "Check the configuration: every error at once, with its place; exit code 2.",
    )
    check.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    _command(
        commands,
        "manager-conf",
        _manager_conf,
        "Print the section of manager.conf with the least rights needed.",
    )
    metrics = _command(
        commands, "metrics", _metrics, "Print the reference of all metrics, or of those of a --config.file."
    )
    metrics.add_argument(
        "--format", choices=("markdown", "json"), default="markdown", help="default: markdown"
    )

    _command(
        commands,
        "schema",
        _schema,
        "Print the JSON Schema of the configuration, for editors.",
        config=False,
    )
    demo = _command(
        commands, "demo", _demo, "Run a simulated Asterisk and the exporter, on loopback.", config=False
    )
    _add_run(demo, address="127.0.0.1:9815")
    return parser


class _Parser(argparse.ArgumentParser):
    def __init__(self, **keywords: object) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **keywords)  # type: ignore[arg-type]


def _command(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    run: object,
    text: str,
    *,
    config: bool = True,
) -> argparse.ArgumentParser:
    example = f"Example: asterisk-ami-exporter {name}" + (" --config.file=config.yaml" if config else "")
    command = commands.add_parser(name, help=text, description=text, epilog=example)
    if config:
        # What stands before the command holds, unless it is said anew.
        _add_config(command, default=argparse.SUPPRESS)
    command.set_defaults(command=run)
    return command


def _add_config(parser: argparse.ArgumentParser, default: str | None) -> None:
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


def _add_run(parser: argparse.ArgumentParser, address: str = DEFAULT_ADDRESS) -> None:
    parser.add_argument(
        "--web.listen-address",
        dest="addresses",
        action="append",
        metavar="ADDRESS",
        help=f"where to serve; may be repeated (default: {address})",
    )
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


def _version() -> str:
    return f"asterisk-ami-exporter {__version__} (Python {platform.python_version()}, {platform.platform()})"


def _read(options: argparse.Namespace) -> Config:
    """The configuration that the arguments mean. Raises ConfigError."""
    file: Path | None = options.config_file
    if file is None and DEFAULT_FILE.exists():
        file = DEFAULT_FILE
    if file is None:
        return from_environment(os.environ)
    return load(file, os.environ if options.expand else None)


# -- the commands ------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from exporter.app import run  # the other commands need no web server

    set_up(options.log_level, options.log_format)
    return run(lambda: _read(options), options.addresses or [DEFAULT_ADDRESS])


def _demo(options: argparse.Namespace) -> int:
    from exporter.demo import demo

    set_up(options.log_level, options.log_format)
    return demo(options.addresses or ["127.0.0.1:9815"])


def _check(options: argparse.Namespace) -> int:
    problems, warnings, config = [], [], None
    try:
        config = _read(options)
        warnings = list(config.warnings)
    except ConfigError as error:
        problems = list(error.problems)
    if options.format == "json":
        report = {
            "ok": config is not None,
            "errors": [_as_data(problem) for problem in problems],
            "warnings": [_as_data(problem) for problem in warnings],
        }
        print(json.dumps(report, indent=2))
    else:
        for problem in problems:
            print(problem)
        for warning in warnings:
            print(f"warning: {warning}")
        if config is not None:
            count = len(config.servers)
            print(f"OK: {count} server{'s' if count != 1 else ''}: {', '.join(config.servers)}")
    return OK if config is not None else BAD_CONFIGURATION


def _as_data(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": list(problem.path),
        "message": problem.message,
    }


def _manager_conf(options: argparse.Namespace) -> int:
    config = _read(options)
    sections = []
    for username in dict.fromkeys(server.username for server in config.servers.values()):
        servers = [server for server in config.servers.values() if server.username == username]
        declared = (each for server in servers for each in config.declarations(server.name))
        collectors = {id(each): each for each in declared}  # options make several of a name
        loopback = all(server.endpoint().loopback for server in servers)
        named = {name for server in servers for name in server.named} | config.custom.keys()
        names = [server.name for server in servers]
        sections.append(manager_conf(collectors.values(), username, names, loopback=loopback, named=named))
    print("\n".join(sections), end="")
    return OK


def _metrics(options: argparse.Namespace) -> int:
    write = as_json if options.format == "json" else markdown
    collectors = COLLECTORS
    if options.config_file is not None:  # the reference of this configuration
        config = _read(options)
        used = {each.name: each for server in config.servers for each in config.declarations(server)}
        collectors = {name: used[name] for name in sorted(used, key=[*COLLECTORS, *config.custom].index)}
    print(write(collectors.values()), end="")
    return OK


def _schema(options: argparse.Namespace) -> int:  # noqa: ARG001
    print(json.dumps(json_schema(), indent=2))
    return OK
