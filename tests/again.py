"""Runs all tests; the few that fail beside the others are asked once more, alone, and named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# Seven at a time on two cores make a moment long: what waits for one is asked again without the others.
# A fault that is real fails twice; more than these are no accident.
FEW = 3
ALL = ("-n", "7", "--dist", "loadgroup", "-m", "not long", "--cache-clear")


def main(arguments: tuple[str, ...] = ALL, folder: Path = Path()) -> int:
    """Run pytest in a folder; its exit status, of the second run if there was one."""
    pytest = (sys.executable, "-m", "pytest")
    status = subprocess.run((*pytest, *arguments), cwd=folder).returncode
    failed = _failed(folder)
    if status != 1 or not 0 < len(failed) <= FEW:
        return status
    print(f"\nOnce more, alone: {', '.join(failed)}", flush=True)
    status = subprocess.run((*pytest, *failed), cwd=folder).returncode
    if status == 0:
        print(f"UNSTABLE, failed beside the others and passed alone: {', '.join(failed)}", flush=True)
    return status


def _failed(folder: Path) -> list[str]:
    try:
        return sorted(json.loads((folder / ".pytest_cache/v/cache/lastfailed").read_text()))
    except FileNotFoundError:
        return []


if __name__ == "__main__":
    sys.exit(main())
