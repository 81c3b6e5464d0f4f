"""Lets the demo run under a real Prometheus for some minutes, then draws; `make dashboard-pictures`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl

from grafana.pictures.paint import FAINT, GRID, draw
from grafana.pictures.source import SPAN, STEP, Source

FOLDER = Path(__file__).parent.parent
OUT = FOLDER.parent / "docs/images/dashboards"
EXPORTER, PROMETHEUS = "127.0.0.1:19815", "127.0.0.1:19816"
WARM = 90  # seconds before what is shown


@contextmanager
def _demo(folder: Path) -> Iterator[None]:
    """The demo, and a Prometheus that scrapes it."""
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: {STEP}s}}\n"
        f"scrape_configs:\n- {{job_name: asterisk, static_configs: [{{targets: ['{EXPORTER}']}}]}}\n"
    )
    prometheus = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
    ]
    demo = [sys.executable, "-m", "exporter", "demo", f"--web.listen-address={EXPORTER}"]
    started = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        for command in (demo, [*prometheus, f"--web.listen-address={PROMETHEUS}"])
    ]
    try:
        time.sleep(WARM + SPAN)
        yield
    finally:
        for process in started:
            process.terminate()
            process.wait(20)


def main(address: str | None = None) -> None:
    """Draw all of them, from a Prometheus that is there or from one of our own."""
    mpl.use("Agg")
    mpl.rcParams.update(
        {
            "axes.edgecolor": GRID,
            "axes.grid": True,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.xmargin": 0,
            "font.size": 7,
            "grid.color": GRID,
            "grid.linewidth": 0.6,
            "text.parse_math": False,
            "xtick.color": FAINT,
            "ytick.color": FAINT,
        }
    )
    if address is None:
        with tempfile.TemporaryDirectory() as folder, _demo(Path(folder)):
            return main(PROMETHEUS)
    OUT.mkdir(parents=True, exist_ok=True)
    source = Source(address)
    for path in sorted((FOLDER / "dashboards").glob("*.json")):
        draw(json.loads(path.read_text()), source, OUT / f"{path.stem.removeprefix('asterisk-')}.png")
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
