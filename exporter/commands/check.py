"""check: says every mistake in the configuration at once, and with --connect what is wrong on the way."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from exporter.commands.arguments import BAD, LIMITED, OK, Command, add_format, read
from exporter.config import Config, ConfigError, Problem

if TYPE_CHECKING:
    from exporter.diagnosis import Diagnosis

TOGETHER = 100  # servers that are tried side by side: each takes a few files
CODES = {"works": OK, "works with limits": LIMITED, "does not work": BAD}


def _add(parser: argparse.ArgumentParser) -> None:
    add_format(parser, "text", "json")
    parser.add_argument(
        "--connect",
        action="store_true",
        help="log in to each server, ask what is asked of it, and say what fails, why, and what mends it",
    )
    parser.add_argument(
        "--server",
        dest="servers",
        action="append",
        metavar="NAME",
        default=[],
        help="with --connect: this server only; may be repeated",
    )


def _run(options: argparse.Namespace) -> int:
    try:
        config = read(options)
    except ConfigError as error:
        return _tell(options, None, list(error.problems), [])
    unknown = [name for name in options.servers if name not in config.servers]
    if unknown:
        known = ", ".join(config.servers)
        print(f"no server is called {', '.join(unknown)} (known: {known})", file=sys.stderr)
        return BAD
    if options.servers and not options.connect:
        print("--server goes with --connect", file=sys.stderr)
        return BAD
    names = [name for name in config.servers if not options.servers or name in options.servers]
    try:
        diagnoses = asyncio.run(_diagnose(config, names)) if options.connect else []
    except KeyboardInterrupt:
        return BAD
    return _tell(options, config, [], diagnoses)


def _tell(
    options: argparse.Namespace, config: Config | None, problems: list[Problem], diagnoses: list[Diagnosis]
) -> int:
    from exporter.diagnosis import as_data, as_text, worst  # the other commands need none of it

    code = CODES[worst(diagnoses)] if config is not None else BAD
    warnings = config.warnings if config is not None else ()
    if options.format == "json":
        report: dict[str, object] = {
            "ok": code == OK,
            "errors": [_as_data(problem) for problem in problems],
            "warnings": [_as_data(problem) for problem in warnings],
        }
        if options.connect:
            report["servers"] = [as_data(diagnosis) for diagnosis in diagnoses]
        print(json.dumps(report, indent=2))
        return code
    for problem in problems:
        print(problem)
    for warning in warnings:
        print(f"warning: {warning}")
    if diagnoses:
        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if terminal else None
        print(as_text(diagnoses, width=width, colour=terminal and "NO_COLOR" not in os.environ), end="")
    elif config is not None:
        count = len(config.servers)
        print(f"OK: {count} server{'s' if count != 1 else ''}: {', '.join(config.servers)}")
    return code


async def _diagnose(config: Config, names: list[str]) -> list[Diagnosis]:
    """All side by side; in the order of the configuration."""
    from exporter.diagnosis import diagnose

    with _Progress(names) as progress:
        turns = asyncio.Semaphore(TOGETHER)

        async def one(name: str) -> Diagnosis:
            async with turns:
                return await diagnose(config, config.servers[name], progress.of(name))

        return await asyncio.gather(*map(one, names))


class _Progress:
    """One line on standard error that says what is tried; only for a terminal."""

    def __init__(self, names: list[str]) -> None:
        self._steps = dict.fromkeys(names, "")
        self._shown = sys.stderr.isatty()

    def of(self, name: str) -> Callable[[str], None]:
        """What is to be told of a server's steps."""
        return lambda step: self._step(name, step)

    def _step(self, name: str, step: str) -> None:
        self._steps[name] = step
        text = "  ".join(f"{name}: {step}" for name, step in self._steps.items())
        self._show(text[: shutil.get_terminal_size().columns - 1])

    def _show(self, text: str) -> None:
        if self._shown:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._show("")


def _as_data(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": list(problem.path),
        "message": problem.message,
    }


COMMAND = Command(
    "check",
    "Check the configuration: every error at once, with its place; exit code 2.\n"
    "With --connect also the way to each server, step by step: exit code 0 if all works,\n"
    "1 if it works with limits, 2 if it does not work.",
    _run,
    _add,
    "--connect",
)
