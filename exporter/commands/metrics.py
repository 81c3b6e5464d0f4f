"""metrics: prints the reference of all metrics."""

from __future__ import annotations

import argparse

from exporter.collectors import COLLECTORS, reference
from exporter.commands.arguments import OK, Command, add_format, read
from exporter.metrics.catalogue import as_json, markdown


def _add(parser: argparse.ArgumentParser) -> None:
    add_format(parser, "markdown", "json")


def _run(options: argparse.Namespace) -> int:
    write = as_json if options.format == "json" else markdown
    collectors = reference()
    if options.config_file is not None:  # the reference of this configuration
        config = read(options)
        used = {each.name: each for server in config.servers for each in config.declarations(server)}
        collectors = {name: used[name] for name in sorted(used, key=[*COLLECTORS, *config.custom].index)}
    print(write(collectors.values()), end="")
    return OK


COMMAND = Command(
    "metrics", "Print the reference of all metrics, or of those of a --config.file.", _run, _add
)
