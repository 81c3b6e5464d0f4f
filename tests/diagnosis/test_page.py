"""The page on manager.conf speaks as `check --connect` does."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def said() -> set[str]:
    """Every text of the diagnosis."""
    files = (ROOT / "exporter/diagnosis").glob("*.py")
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text())))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_causes_are_those_that_are_printed() -> None:
    """Whoever searches the page for what he read finds it."""
    table = (ROOT / "docs/manager.md").read_text().partition("## Troubleshooting")[2].split("\n\n")[1]
    causes = [line.split(" | ")[1] for line in table.splitlines()[2:]]
    assert len(causes) > 15
    assert [cause for cause in causes if cause not in said()] == []
