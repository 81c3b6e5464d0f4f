"""The kinds of panels, painted with matplotlib."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from PIL import Image

from grafana.pictures.source import SPAN, Source
from grafana.pictures.words import written

NOTE = (
    "Drawn from the panels' own queries, over the simulated company of `make demo`. Not a picture of Grafana."
)
CELL, LINE = 0.62, 0.4  # inches for a column and a row of Grafana's grid
INK, FAINT, GRID = "#1f2430", "#6b7280", "#e5e7eb"
COLOURS = {"green": "#2f855a", "red": "#c53030", "text": INK}


def _colour(value: float, thresholds: dict[str, Any]) -> str:
    found = "text"
    for step in thresholds["steps"]:
        if step["value"] is None or value >= step["value"]:
            found = step["color"]
    return COLOURS[found]


def _minutes(top: float) -> float:
    """How far apart people want marks of time, if three or four are to fit below the top; in seconds."""
    return next((apart for apart in (15, 30, 60, 120, 300, 600) if apart * 4 >= top), 1800)


def _stat(axes: Any, panel: dict[str, Any], source: Source) -> None:
    target, defaults = panel["targets"][0], panel["fieldConfig"]["defaults"]
    series = [(name, points) for name, points in source.course(target) if points][:2]
    axes.axis("off")
    if not series:
        axes.text(0.5, 0.5, defaults["noValue"], ha="center", va="center", color=FAINT)
    for at, (name, points) in enumerate(series):
        value = points[-1][1]
        x = (at + 0.5) / len(series)
        text = written(value, defaults["unit"])
        size = 19 if len(series) == 1 else 14
        colour = _colour(value, defaults["thresholds"])
        axes.text(x, 0.55, text, ha="center", va="center", size=size, color=colour, weight="bold")
        axes.text(x, 0.12, name, ha="center", va="center", size=7, color=FAINT)


def _graph(axes: Any, panel: dict[str, Any], source: Source) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    stacked = defaults["custom"].get("stacking", {}).get("mode") == "normal"
    series = [each for target in panel["targets"] for each in source.course(target) if each[1]]
    series.sort(key=lambda each: -max(value for _, value in each[1]))
    below = dict.fromkeys(sorted({at for _, points in series for at, _ in points}), 0.0)
    minutes = [(at - source.end) / 60 for at in below]
    for number, (name, points) in enumerate(series[:8]):
        # what is missing is 0 in a pile, and a gap in a line
        known = dict.fromkeys(below, 0.0 if stacked else math.nan) | dict(points)
        high = [below[at] + known[at] if stacked else known[at] for at in below]
        axes.plot(minutes, high, color=f"C{number}", lw=1.1, label=name[:34])
        if stacked:
            axes.fill_between(minutes, list(below.values()), high, color=f"C{number}", alpha=0.35, lw=0)
            below = dict(zip(below, high, strict=True))
    if not series:
        axes.text(
            0.5, 0.5, defaults["noValue"], ha="center", va="center", color=FAINT, transform=axes.transAxes
        )
    top = defaults.get("max") or axes.get_ylim()[1]
    axes.set_ylim(0, top if series else 1)
    for step in defaults.get("thresholds", {}).get("steps", ()):
        if step["value"] is not None and step["value"] <= axes.get_ylim()[1]:
            axes.axhline(step["value"], color=COLOURS["red"], lw=0.8, ls="--")
    axes.yaxis.set_major_formatter(lambda value, _: written(value, defaults["unit"]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f} min")
    axes.set_xlim(-SPAN / 60, 0)
    axes.set_xticks(range(-int(SPAN / 60), 1))
    axes.locator_params(axis="y", nbins=4)
    if defaults["unit"] == "s" and (top := axes.get_ylim()[1]) >= 60:
        axes.set_yticks([at * _minutes(top) for at in range(1 + int(top / _minutes(top)))])
    if series:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=4, frameon=False, fontsize=6)


def _table(axes: Any, panel: dict[str, Any], source: Source) -> None:
    axes.axis("off")
    names = panel["transformations"][1]["options"]["renameByName"]
    overrides = {each["matcher"]["options"]: each["properties"] for each in panel["fieldConfig"]["overrides"]}
    found: dict[tuple[str, ...], dict[str, float]] = {}
    labels: list[str] = []
    for target in panel["targets"]:
        column = names[f"Value #{target['refId']}"]
        for told in source.now(target["expr"]):
            labels = labels or sorted(told["metric"], key=lambda name: (name != "server", name))
            key = tuple(told["metric"].get(name, "") for name in labels)
            found.setdefault(key, {})[column] = float(told["value"][1])
    columns = [names[f"Value #{target['refId']}"] for target in panel["targets"]]
    order = panel["options"]["sortBy"][0]
    rows = sorted(found, key=lambda row: found[row].get(order["displayName"], 0.0), reverse=order["desc"])
    widths = [2.0] * len(labels) + [1.0] * len(columns)
    starts = [sum(widths[:at]) / sum(widths) for at in range(len(widths))]
    height = max(5, panel["gridPos"]["h"] - 1)
    for start, name in zip(starts, [*labels, *columns], strict=True):
        axes.text(start, 1 - 0.5 / height, name, size=7, color=FAINT, va="center")
    for line, row in enumerate(rows[: height - 1], 1):
        y = 1 - (line + 0.5) / height
        for start, text in zip(starts, row, strict=False):
            axes.text(start, y, text[:30], size=7.5, color=INK, va="center")
        for start, column in zip(starts[len(labels) :], columns, strict=True):
            if column not in found[row]:
                continue
            value = found[row][column]
            properties = {each["id"]: each["value"] for each in overrides.get(column, ())}
            colour = _colour(value, properties["thresholds"]) if "thresholds" in properties else INK
            axes.text(start, y, written(value, properties["unit"]), size=7.5, color=colour, va="center")
    if not rows:
        empty = panel["fieldConfig"]["defaults"]["noValue"]
        axes.text(0.5, 0.5, empty, ha="center", va="center", color=FAINT)


DRAWN = {"stat": _stat, "timeseries": _graph, "table": _table}


def draw(dashboard: dict[str, Any], source: Source, path: Path) -> None:
    """One figure, its panels where the dashboard has them."""
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    lines = max(at["y"] + at["h"] for at in places) + 3
    figure = plt.figure(figsize=(24 * CELL, lines * LINE), facecolor="white")
    figure.text(0.012, 1 - 1.1 / lines, dashboard["title"], size=15, weight="bold", color=INK, va="center")
    figure.text(0.988, 1 - 1.1 / lines, NOTE, size=7.5, color=FAINT, ha="right", va="center")
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        left, top = (at["x"] + 0.3) / 24, 1 - (at["y"] + 2) / lines
        if panel["type"] == "row":
            figure.text(
                left, top - 0.5 / lines, panel["title"], size=10, color=INK, weight="bold", va="center"
            )
            continue
        figure.text(left, top - 0.6 / lines, panel["title"], size=8.5, color=INK, va="center")
        graph = panel["type"] == "timeseries"
        axes = figure.add_axes(
            (
                left + (0.7 / 24 if graph else 0),
                top - (at["h"] - (2.1 if graph else 0.2)) / lines,
                (at["w"] - (1.4 if graph else 0.6)) / 24,
                (at["h"] - (3.3 if graph else 1.3)) / lines,
            )
        )
        DRAWN[panel["type"]](axes, panel, source)
    figure.savefig(path, dpi=100)
    plt.close(figure)
    # maximum coverage keeps a colour that is rare, such as the red of one number
    small = Image.open(path).convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE)
    small.save(path, optimize=True)
