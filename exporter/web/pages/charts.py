"""Small drawings: a line of the last hour, and how much of a limit is used."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from exporter.web.pages.html import Html, tag
from exporter.web.pages.words import amount

HEIGHT = 32


def sparkline(values: Sequence[float | None], most: int, what: str) -> Html:
    """The values, the newest at the right end; a gap where they are not known.

    Args:
        most: how many values the whole width has.
        what: what they count, for those who hear the page.
    """
    known = [value for value in values if value is not None]
    if not known:
        return tag("svg", class_="spark", viewBox=f"0 0 {most - 1} {HEIGHT}", aria_hidden="true")
    top = max(*known, 1.0)
    points = [
        (most - len(values) + index, None if value is None else HEIGHT - 1 - (HEIGHT - 2) * value / top)
        for index, value in enumerate(values)
    ]
    drawn = []
    for there, group in groupby(points, key=lambda point: point[1] is not None):
        if there:
            run = list(group)
            line = " ".join(f"{x},{y:.1f}" for x, y in run)
            drawn.append(tag("polygon", points=f"{run[0][0]},{HEIGHT} {line} {run[-1][0]},{HEIGHT}"))
            drawn.append(tag("polyline", points=line))
    label = f"{what}, last hour: at least {amount(min(known))}, at most {amount(max(known))}"
    return tag(
        "svg",
        drawn,
        class_="spark",
        viewBox=f"0 0 {most - 1} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def bar(part: float) -> Html:
    """A part of 1 as a bar; it is marked from 0.8 on."""
    width = f"{min(max(part, 0.0), 1.0) * 100:.0f}%"
    filled = tag("rect", width=width, height="100%", rx="2")
    return tag("svg", filled, class_="bar full" if part >= 0.8 else "bar", aria_hidden="true")
