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
from grafana.src.thresholds import FOLDER, runbooks, thresholds


def files() -> dict[str, str]:
    """The dashboards, the recording rules and the alerts."""
    made = {f"dashboards/{board.uid}.json": _json(board) for board in found()}
    return made | {f"alerts/{name}": text for name, text in rules(thresholds(), runbooks()).items()}


def found() -> list[Board]:
    """The BOARD of every module below boards/."""
    names = [each.name for each in pkgutil.iter_modules(boards.__path__)]
    return [importlib.import_module(f"{boards.__name__}.{name}").BOARD for name in names]


def rules(numbers: Mapping[str, float], runbooks: str = "") -> dict[str, str]:
    """The files of rules/: a number for each @threshold@, and links if the runbooks have an address."""
    link = rf"\g<0>\n\1runbook_url: {runbooks.rstrip('/')}/\2" if runbooks else r"\g<0>"

    def filled_in(text: str) -> str:
        text = re.sub(r"@(\w+)@", lambda found: f"{numbers[found[1]]:g}", text)
        return re.sub(r"^( +)runbook: docs/runbooks/(.*)$", link, text, flags=re.MULTILINE)

    return {path.name: filled_in(path.read_text()) for path in sorted((FOLDER / "src/rules").glob("*.yaml"))}


def _json(board: Board) -> str:
    return json.dumps(board.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
