"""What all benchmarks share: interleaved rounds, medians, ratios, and the machine they were taken on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

QUICK = bool(os.environ.get("QUICK"))  # fewer and shorter runs: whether all works, not how fast it is
ROUNDS = 2 if QUICK else 3

HERE = Path(__file__).parent
PEERS = HERE / ".venv" / "bin" / "python"  # where the peers are installed, of requirements.txt

Case = Callable[[], float]


def rounds(cases: Mapping[str, Case], count: int = ROUNDS) -> dict[str, list[float]]:
    """What each case gives, in turn: A B C, A B C. A machine that slows down slows them all."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(count):
        for name, case in cases.items():
            found[name].append(case())
    return found


def cpu(work: Callable[[], object], times: int = 1) -> float:
    """CPU seconds of this process that the work takes, once."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def heading(title: str, *packages: str) -> None:
    """What is measured, with which command, on what."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    command = " ".join(["python", "-m", f"benchmarks.{Path(sys.argv[0]).stem}", *sys.argv[1:]])
    print(f"\n## {title}\n\n`{command}`; {', '.join([python, *versions])}; {machine()}", end="")
    print("; QUICK: the figures mean little\n" if QUICK else "\n", flush=True)


def machine() -> str:
    """The processor, and how many of it."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    name = re.search(r"model name\s*: (.*)", text)
    return f"{os.cpu_count()} x {name[1] if name else platform.processor()}"


def table(
    found: Mapping[str, Sequence[float]],
    unit: str,
    base: str,
    *,
    scale: float = 1.0,
    first: str = "",
) -> None:
    """Medians, spreads, and how many times the base each takes."""
    of = median(found[base])
    line(first, unit, "spread", f"of {base}")
    line(*["---"] * 4)
    for name, values in found.items():
        low, high = min(values) * scale, max(values) * scale
        ratio = median(values) / of
        shown = f"1/{1 / ratio:.1f}" if 0 < ratio < 0.95 else f"{ratio:.2f}"
        line(name, f"{median(values) * scale:.3g}", f"{low:.3g} to {high:.3g}", shown)
    print(flush=True)


def line(*cells: object) -> None:
    """A row of a table."""
    print(f"| {' | '.join(map(str, cells))} |")


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """How a cost grows with a size: 1 is linear. The slope of the line through their logarithms."""
    from math import log

    x, y = [log(size) for size in sizes], [log(max(cost, 1e-9)) for cost in costs]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - mean_x) ** 2 for a in x)
