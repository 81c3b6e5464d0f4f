"""Which rows the status page shows, and in which order: by the parameters of its address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

from aiohttp import web

from exporter.web.answers import listed
from exporter.web.pages.row import LEVELS, Row

Key: TypeAlias = Callable[[Row], float | str | None]


class Column(NamedTuple):
    """What rows can be sorted by. A number is first shown with the largest on top."""

    title: str
    key: Key
    number: bool = True


PROBLEMS = "problems"
COLUMNS = {
    "name": Column("Server", lambda row: row.name.casefold(), number=False),
    PROBLEMS: Column("State", lambda row: list(LEVELS).index(row.level), number=False),
    "calls": Column("Calls", lambda row: row.status.active_calls),
    "channels": Column("Channels", lambda row: row.status.active_channels),
    "queued": Column("Queued", lambda row: row.queue_callers),
    "wait": Column("Longest wait", lambda row: row.longest_wait),
    "agents": Column("Agents free", lambda row: row.agents_available),
    "round_trip": Column("Round trip", lambda row: row.status.round_trip),
    "events": Column("Events/s", lambda row: row.status.events_per_second),
    "version": Column("Asterisk", lambda row: row.status.version, number=False),
}
STATES = ("all", "trouble", *LEVELS)


@dataclass(frozen=True, slots=True)
class Order:
    """Sorted by a column, from its usual end or the other; only servers in a state, and with a text."""

    sort: str = PROBLEMS
    reverse: bool = False
    state: str = "all"
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Order:
        """As the parameters say. Raises HTTPBadRequest that names what is allowed."""
        sort, state = query.get("sort") or PROBLEMS, query.get("state") or "all"
        reverse, sort = sort.startswith("-"), sort.removeprefix("-")
        for name, value, allowed in (("sort", sort, COLUMNS.keys()), ("state", state, STATES)):
            if value not in allowed:
                raise web.HTTPBadRequest(
                    text=f"Unknown {name}: {listed([value])}\nKnown: {listed(allowed)}\n"
                )
        return cls(sort, reverse, state, query.get("q", "").strip()[:100])

    def given(self) -> dict[str, str]:
        """The parameters that say so, but for what goes without saying."""
        sort = "" if (self.sort, self.reverse) == (PROBLEMS, False) else "-" * self.reverse + self.sort
        given = {"sort": sort, "state": "" if self.state == "all" else self.state, "q": self.text}
        return {key: value for key, value in given.items() if value}

    def link(self, **changes: object) -> str:
        """The address of the page with some of it changed."""
        given = replace(self, **changes).given()  # type: ignore[arg-type]
        return "?" + urlencode(given) if given else "./"

    def ordered(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that are shown, in their order; those of which nothing is known come last."""
        shown = sorted(filter(self._shows, rows), key=lambda row: row.name.casefold())
        column = COLUMNS[self.sort]
        known = [row for row in shown if column.key(row) not in (None, "")]
        unknown = [row for row in shown if column.key(row) in (None, "")]
        known.sort(key=column.key, reverse=column.number != self.reverse)  # type: ignore[arg-type]
        return known + unknown

    def _shows(self, row: Row) -> bool:
        if self.state == "trouble" and row.level not in ("down", "failing"):
            return False
        if self.state in LEVELS and row.level != self.state:
            return False
        status = row.status
        texts = (status.name, status.address, status.version, status.state, status.error)
        return not self.text or any(self.text.casefold() in text.casefold() for text in texts)
