"""check: says every mistake in the configuration at once, each with its place."""

from __future__ import annotations

import argparse
import json

from exporter.commands.arguments import BAD, OK, Command, add_format, read
from exporter.config import ConfigError, Problem


def _add(parser: argparse.ArgumentParser) -> None:
    add_format(parser, "text", "json")


def _run(options: argparse.Namespace) -> int:
    problems, warnings, config = [], [], None
    try:
        config = read(options)
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
    return OK if config is not None else BAD


def _as_data(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": list(problem.path),
        "message": problem.message,
    }


COMMAND = Command(
    "check", "Check the configuration: every error at once, with its place; exit code 2.", _run, _add
)
