"""schema: prints the JSON Schema of the configuration."""

from __future__ import annotations

import argparse
import json

from exporter.commands.arguments import OK, Command
from exporter.config import json_schema


def _run(options: argparse.Namespace) -> int:  # noqa: ARG001
    print(json.dumps(json_schema(), indent=2))
    return OK


COMMAND = Command("schema", "Print the JSON Schema of the configuration, for editors.", _run, config=False)
