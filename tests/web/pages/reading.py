"""A page as a reader sees it: its rows, its texts, its tags; and the rows that tests fill by hand."""

from __future__ import annotations

from html.parser import HTMLParser

from exporter.web.pages.row import Level, Row
from tests.web.source import status

VOID = {"meta", "link", "path", "input"}


def row(name: str = "hq", level: Level = "up", **changes: object) -> Row:
    """The row of a server that is well, but for the changes; what is of its status goes there."""
    own = {"queue_callers": 2.0, "longest_wait": 62.0, "agents_available": 3.0, "failures": (), "advice": ""}
    own |= {key: changes.pop(key) for key in own.keys() & changes}
    return Row(status(name, **changes), level, **own)  # type: ignore[arg-type]


class Reader(HTMLParser):
    """Takes a page or a piece of one apart; refuses tags that do not pair.

    Attributes:
        rows: the texts of the cells of each row of a table's body.
        texts: all text, by the identifier or the name of the element that it stands in.
    """

    def __init__(self, page: bytes | str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.rows: list[list[str]] = []
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str]] = []
        self.feed(page if isinstance(page, str) else page.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("id") or tag))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if {"th", "td"} & {tag for tag, _ in self._open}:
            self.rows[-1][-1] += data
        for name in dict.fromkeys(name for _, name in self._open):
            self.texts[name] = self.texts.get(name, "") + data
