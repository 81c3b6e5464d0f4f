"""What sections are made of: headings, tables, facts, and the words for what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exporter.web.pages.html import Content, Html, tag
from exporter.web.pages.words import plural

NOT_KNOWN = tag("p", "Not known now.", class_="unknown")
MOST = 60  # lines of a table
ZEROS = ("0", "0:00")


def section(title: str, *content: Content, here: bool = True, note: Content = None) -> tuple[str, Html]:
    """A section and its identifier; it is hidden where it is not `here`."""
    identifier = title.lower().replace(" ", "-")
    if not here:
        return identifier, tag("section", id=identifier, hidden=True)
    heading = tag("h2", title, tag("small", note) if note else None)
    return identifier, tag("section", heading, *content, id=identifier)


def table(heads: Sequence[str], lines: Iterable[Sequence[Content]], classes: Iterable[str] = ()) -> Html:
    """A table whose first column names its lines; the others are numbers. Long ones are cut, and say so.

    Args:
        classes: of each line.
    """
    lines, marks = list(lines), list(classes)
    head = tag(
        "tr", [tag("th", each, scope="col", class_="number" if n else None) for n, each in enumerate(heads)]
    )
    rows = []
    for number, (first, *rest) in enumerate(lines[:MOST]):
        cells = [tag("td", cell, class_="number zero" if cell in ZEROS else "number") for cell in rest]
        mark = marks[number] if marks else ""
        rows.append(tag("tr", tag("th", first, scope="row"), cells, class_=mark or None))
    more = tag("p", f"and {plural(len(lines) - MOST, 'line')} more") if len(lines) > MOST else None
    return tag("div", tag("table", tag("thead", head), tag("tbody", rows)), more, class_="table")


def card(title: Content, corner: Content, said: Content, small: Content, kind: str, about: str = "") -> Html:
    """One of several that stand side by side: in its corner a time, below what it does and how that went.

    Args:
        kind: its colour.
        about: what else is told to who points at it.
    """
    return tag(
        "li",
        tag("strong", title, class_=None if corner else "alone"),
        corner,
        tag("span", said),
        tag("small", small, class_="last") if small else None,
        class_=kind,
        title=about or None,
    )


def facts(pairs: Iterable[tuple[Content, Content]]) -> Html:
    """Things and how many there are of each."""
    return tag(
        "dl", [tag("div", tag("dt", words), tag("dd", value)) for words, value in pairs], class_="facts"
    )
