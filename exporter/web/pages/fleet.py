"""The status page: one row for each server, problems first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exporter.web.pages.frame import document
from exporter.web.pages.html import Html, tag
from exporter.web.pages.order import COLUMNS, Order
from exporter.web.pages.row import LEVELS, Row
from exporter.web.pages.words import amount

MARK = Html(
    '<svg class="mark" aria-hidden="true" viewBox="0 0 32 32" fill="none" stroke="currentColor" '
    'stroke-width="4" stroke-linecap="round"><path d="M16 4v24M5.6 10l20.8 12M26.4 10 5.6 22"/></svg>'
)


def page(
    rows: Sequence[Row], lines: Iterable[Html], order: Order, revision: int, problems: tuple[str, ...]
) -> bytes:
    """The page.

    Args:
        rows: of all servers.
        lines: of those that are shown, in their order.
        revision: up to which its pieces are.
    """
    header = (
        MARK,
        tag("div", tag("h1", "Asterisk exporter"), summary(rows)),
        tag(
            "form",
            [
                tag("input", type="hidden", name=key, value=value)
                for key, value in order.given().items()
                if key != "q"
            ],
            tag(
                "input",
                type="search",
                name="q",
                value=order.text,
                placeholder="Name, address, version, error",
                aria_label="Show servers with this text",
            ),
            tag("button", "Filter"),
            role="search",
            action="./",
        ),
    )
    stream = "events" + order.link().removeprefix("./")
    stream += ("&" if "?" in stream else "?") + f"after={revision}"
    return document(
        title(rows),
        "",
        header,
        (_tiles(rows, order), _table(rows, lines, order)),
        stream,
        problems,
        "fleet",
    )


def title(rows: Sequence[Row]) -> Html:
    """The page's title: the sign of the worst server first, since a tab shows little more."""
    worst = min((list(LEVELS).index(row.level) for row in rows), default=len(LEVELS) - 1)
    return tag("title", f"{list(LEVELS.values())[worst][0]} Asterisk exporter", id="title")


def summary(rows: Sequence[Row]) -> Html:
    """All in one sentence."""
    troubled = sum(row.level in ("down", "failing") for row in rows)
    if not rows:
        words = "No servers are configured"
    elif troubled:
        words = f"{troubled} of {len(rows)} need{'s' if troubled == 1 else ''} a look"
    else:
        words = "All is well" if any(row.level == "up" for row in rows) else "Starting"
    return tag("p", words, id="summary")


def numbers(rows: Sequence[Row]) -> dict[str, Html]:
    """The numbers of the tiles, by their identifiers."""
    shown: dict[str, Html] = {}
    for level in LEVELS:
        count = sum(row.level == level for row in rows)
        shown[f"count-{level}"] = tag(
            "dd", amount(count), id=f"count-{level}", class_=level if count else "none"
        )
    for key, known in (
        ("calls", [row.status.active_calls for row in rows]),
        ("channels", [row.status.active_channels for row in rows]),
        ("queued", [row.queue_callers for row in rows]),
        ("agents", [row.agents_available for row in rows]),
    ):
        values = [value for value in known if value is not None]
        shown[f"sum-{key}"] = tag("dd", amount(sum(values) if values else None), id=f"sum-{key}")
    return shown


def _tiles(rows: Sequence[Row], order: Order) -> Html:
    shown = numbers(rows)
    tiles = []
    for level, (sign, words) in LEVELS.items():
        here = order.state == level
        link = tag(
            "a",
            tag("span", sign, aria_hidden="true"),
            f" {words}",
            href=order.link(state="all" if here else level),
            aria_current="true" if here else None,
        )
        tiles.append(tag("div", tag("dt", link), shown[f"count-{level}"]))
    for key, words in (
        ("calls", "Calls"),
        ("channels", "Channels"),
        ("queued", "Queued"),
        ("agents", "Agents free"),
    ):
        tiles.append(tag("div", tag("dt", words), shown[f"sum-{key}"]))
    return tag("dl", tiles, class_="tiles")


def _table(rows: Sequence[Row], lines: Iterable[Html], order: Order) -> Html:
    heads = []
    for key, column in COLUMNS.items():
        here = key == order.sort
        falling = here and column.number != order.reverse
        link = tag("a", column.title, href=order.link(sort=key, reverse=here and not order.reverse))
        heads.append(
            tag(
                "th",
                link,
                scope="col",
                class_="number" if column.number else None,
                aria_sort=("descending" if falling else "ascending") if here else None,
            )
        )
    table = tag(
        "table",
        tag("caption", "Servers"),
        tag("thead", tag("tr", heads)),
        tag("tbody", lines, id="rows"),
    )
    empty = tag(
        "p", "There is nothing to show.", " " if rows else "", _all(order) if rows else "", class_="empty"
    )
    return tag("div", table, empty, class_="card")


def _all(order: Order) -> Html:
    return tag("a", "Show all servers", href=order.link(state="all", text=""))
