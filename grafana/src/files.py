"""Everything that is generated, as texts by their paths below grafana/."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Mapping

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.src import boards
from grafana.src.board import Board
from grafana.src.thresholds import FOLDER, thresholds

RUNBOOKS = "docs/runbooks"


def files() -> dict[str, str]:
    """The dashboards, the recording rules and the alerts."""
    made = {f"dashboards/{board.uid}.json": _json(board) for board in found()}
    return made | {f"alerts/{name}": text for name, text in rules(thresholds()).items()}


def found() -> list[Board]:
    """The BOARD of every module below boards/."""
    names = [each.name for each in pkgutil.iter_modules(boards.__path__)]
    return [importlib.import_module(f"{boards.__name__}.{name}").BOARD for name in names]


def rules(numbers: Mapping[str, float]) -> dict[str, str]:
    """The files of rules/, with a number in the place of each @threshold@."""
    values = {name: f"{number:g}" for name, number in numbers.items()} | {"runbooks": RUNBOOKS}
    return {
        path.name: re.sub(r"@(\w+)@", lambda found: values[found[1]], path.read_text())
        for path in sorted((FOLDER / "src/rules").glob("*.yaml"))
    }


def _json(board: Board) -> str:
    return json.dumps(board.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
