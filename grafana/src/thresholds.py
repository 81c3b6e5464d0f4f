"""The numbers that alerts and dashboards share, from thresholds.yaml."""

from __future__ import annotations

from pathlib import Path

import yaml

FOLDER = Path(__file__).parent.parent


def thresholds() -> dict[str, float]:
    """Each threshold by its name."""
    return dict(yaml.safe_load((FOLDER / "thresholds.yaml").read_text()))
