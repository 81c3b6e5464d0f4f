"""What thresholds.yaml says: the numbers that alerts and dashboards share, and where the runbooks stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent.parent


def thresholds() -> dict[str, float]:
    """Each threshold by its name."""
    return {name: each for name, each in _said().items() if name != "runbooks"}


def runbooks() -> str:
    """The address of the runbooks, or nothing."""
    return str(_said()["runbooks"])


def _said() -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / "thresholds.yaml").read_text()))
