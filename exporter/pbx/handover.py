"""What a new configuration leaves as it is goes on: sums, rows and the connection change hands."""

from __future__ import annotations

from exporter.metrics.families import Family
from exporter.metrics.sources import tables_of
from exporter.pbx import clock
from exporter.pbx.state import Pbx


def hand_over(old: Pbx, new: Pbx) -> None:
    """Let the state of a server under a new configuration take over from the one before.

    A family that is declared otherwise than before begins anew; all others go on. So do tables and folds
    that were declared alike, and what is known of the connection.
    """
    new.link, new.account = old.link, old.account
    new.link.expect(new.events, [state.poll.action for state in new.polls.values()])
    for table, live in new.tables.items():
        if table in old.tables:
            live.take_over(old.tables[table])
    for question, state in new.polls.items():
        last = old.polls.get(question)
        if last is not None and all(table.loaded for table in state.tables):
            state.take_over(last)
    for family in new.declared.families:
        before = old.declared.named.get(family.name)
        _hand_over_family(family, old if before is not None and _alike(before, family) else None, new)
    _hand_over_folds(old, new)
    for live in new.tables.values():
        new.begin(live)


def _hand_over_folds(old: Pbx, new: Pbx) -> None:
    for fold, folding in new.folds.items():
        if fold in old.folds:
            folding.take_over(old.folds[fold])
        else:
            for table in new.tables.values():
                if table.loaded:
                    folding.listed(table, clock.now())


def _hand_over_family(family: Family, old: Pbx | None, new: Pbx) -> None:
    """A family goes on, or begins anew (`old` is None)."""
    name = family.name
    if old and name in old.tallies:
        new.tallies[name].take_over(old.tallies[name])
    if old and name in old.peaks:
        new.peaks[name].take_over(old.peaks[name])
    elif name in new.peaks:
        for table in tables_of(family.source):
            new.peaks[name].reset(new.tables[table].rows.values(), clock.now())
    if old and name in old.series:
        tables = (*tables_of(family.source), *([family.over] if family.over else ()))
        # Versions go on with the rows, if the table was taken over.
        same = all(new.tables[table].version == old.tables[table].version for table in tables)
        new.series_of(family).take_over(old.series[name], same)
    if old and name in old.broken:
        new.broken[name] = old.broken[name]


def _alike(one: Family, other: Family) -> bool:
    """Whether two declarations make the same series of the same things."""
    return one is other or _meaning(one) == _meaning(other)


def _meaning(family: Family) -> tuple[object, ...]:
    """All that a sum rests on; how it is explained, and when it is shown, is none of that."""
    return (
        family.kind,
        family.source,
        family.where,
        family.value,
        tuple(family.labels.items()),
        family.distinct,
        family.take,
        family.complete,
        family.zeros,
        family.over,
        family.windows,
        family.buckets,
    )
