"""What carries calls: channels, trunks, registrations, conferences, parking lots."""

from __future__ import annotations

from exporter.web.pages.charts import bar, sparkline
from exporter.web.pages.figures import Figures
from exporter.web.pages.html import Content, Html, foreign, tag
from exporter.web.pages.memory import HOUR, Memory
from exporter.web.pages.sections.section import NOT_KNOWN, facts, section, table
from exporter.web.pages.words import UNKNOWN, amount, wait, words


def channels(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """Channels by technology and state."""
    found: dict[str, dict[str, float]] = {}
    for labels, value in figures.rows("channels"):
        if value:
            found.setdefault(labels["technology"], {})[labels["state"]] = value
    here, title = figures.has("channels"), "Channels by technology"
    if not found:
        nothing = tag("p", "There are none now.") if figures.sum("active_channels") is not None else NOT_KNOWN
        return section(title, nothing, here=here)
    longest = figures.by("channel_longest_seconds", "technology")
    lines = [
        (
            technology,
            amount(sum(states.values())),
            [
                [
                    [tag("b", amount(count)), " ", words(state), " "]
                    for state, count in sorted(states.items())
                ],
                sparkline(memory.hour(technology), HOUR, f"{technology} channels"),
            ],
            wait(longest.get(technology)),
        )
        for technology, states in sorted(found.items())
    ]
    shown = table(("Technology", "Channels", "States", "Oldest"), lines)
    return section(title, shown, here=here, note="and the last hour")


def trunks(figures: Figures, memory: Memory) -> tuple[str, Html]:
    """What each trunk carries of what it may, and whether it can be reached."""
    used, title = figures.by("trunk_channels", "trunk"), "Trunks"
    available = figures.by("trunk_available", "trunk")
    names = sorted({*used, *available} - {"none"}, key=str.casefold)
    if not names:
        return section(title, NOT_KNOWN, here=not figures.pbx.link.up and figures.has("trunk_channels"))
    limits = figures.by("trunk_channels_limit", "trunk")
    peaks = figures.by("trunk_channels_peak", "trunk", window="15m")
    calls = memory.today.sums(figures.pbx, "trunk_calls_total", "trunk")
    lines = []
    for trunk in names:
        limit, count = limits.get(trunk), used.get(trunk)
        use: Content = amount(count)
        if limit and count is not None:
            full = tag("span", "! ", class_="bad", title="full") if count >= limit else None
            use = [full, use, " of ", amount(limit), bar(count / limit)]
        today = calls[(trunk,)].times if (trunk,) in calls else None
        lines.append(
            (
                foreign(trunk),
                _whether(available.get(trunk), "available", "not available"),
                use,
                amount(peaks.get(trunk)),
                amount(today),
            )
        )
    heads = ("Trunk", "State", "In use", "Peak", "Calls")
    return section(title, table(heads, lines), note="peak of 15 min, calls of today")


def _whether(value: float | None, yes: str, no: str) -> Content:
    if value is None:
        return UNKNOWN
    return tag("span", "✓ " if value else "✕ ", yes if value else no, class_="good" if value else "bad")


def registrations(figures: Figures) -> tuple[str, Html]:
    """Where we register, and whether that stands."""
    metrics = ("sip_registration_registered", "iax2_registration_registered")
    lines: list[tuple[Content, Content]] = []
    for labels, value in figures.rows("pjsip_registration_state"):
        if value:
            state = labels["state"]
            lines.append(
                (foreign(labels["registration"]), _whether(float(state == "registered"), state, words(state)))
            )
    for metric in metrics:
        for labels, value in figures.rows(metric):
            lines.append((foreign(labels["registration"]), _whether(value, "registered", "not registered")))
    return section("Registrations", table(("Registration", "State"), lines), here=bool(lines))


def conferences(figures: Figures) -> tuple[str, Html]:
    """Conferences and who is in them."""
    rooms, title = figures.by("conference_participants", "conference"), "Conferences"
    count, users = figures.sum("conferences"), figures.sum("conference_users")
    if count is None:
        return section(title, NOT_KNOWN, here=figures.has("conferences") and not figures.pbx.link.up)
    pairs: list[tuple[Content, Content]] = [("Conferences", amount(count)), ("People", amount(users))]
    pairs += [(foreign(room), amount(people)) for room, people in sorted(rooms.items()) if people]
    return section(title, facts(pairs))


def parking(figures: Figures) -> tuple[str, Html]:
    """Calls that are parked, by lot."""
    parked, title = figures.by("parked_calls", "lot"), "Parked calls"
    if not parked:
        return section(title, here=False)
    spaces = figures.by("parking_lot_spaces", "lot")
    longest = figures.by("parked_call_longest_seconds", "lot")
    lines = [
        (foreign(lot), [amount(count), " of ", amount(spaces.get(lot))], wait(longest.get(lot)))
        for lot, count in sorted(parked.items())
    ]
    return section(title, table(("Lot", "Parked", "Longest"), lines))
