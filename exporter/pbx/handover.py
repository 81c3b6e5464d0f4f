"""What a new configuration leaves as it is goes on: sums, rows and the connection change hands."""

from __future__ import annotations

from exporter.metrics.families import Family
from exporter.pbx.state import Pbx


def hand_over(old: Pbx, new: Pbx) -> None:
    """Let the state of a server under a new configuration take over from the one before.

    A family whose labels or buckets have changed begins anew; all others go on. So do tables and folds
    that were declared alike, and what is known of the connection.
    """
    new.link, new.account = old.link, old.account
    new.link.expect(new.events, [state.poll.action for state in new.polls.values()])
    for name, tally in new.tallies.items():
        before = old.tallies.get(name)
        if before is not None and _alike(before.family, tally.family):
            tally.take_over(before)
    for table, live in new.tables.items():
        if table in old.tables:
            live.take_over(old.tables[table])
    for name, peak in new.peaks.items():
        earlier = old.peaks.get(name)
        if earlier is not None and _alike(earlier.family, peak.family):
            peak.take_over(earlier)
    for fold, folding in new.folds.items():
        for other, past in old.folds.items():
            if (fold.name, fold.events, fold.seeds) == (other.name, other.events, other.seeds):
                folding.take_over(past)
    for question, state in new.polls.items():
        last = old.polls.get(question)
        if last is not None and all(table.loaded for table in state.tables):
            state.take_over(last)
    new.refused.update({name: n for name, n in old.refused.items() if name in _names(new)})
    new.unreadable.update({name: n for name, n in old.unreadable.items() if name in _names(new)})


def _alike(one: Family, other: Family) -> bool:
    """Whether the series of two declarations are the same."""
    return (one.kind, one.label_names, one.buckets, one.windows) == (
        other.kind,
        other.label_names,
        other.buckets,
        other.windows,
    )


def _names(pbx: Pbx) -> set[str]:
    return {family.name for collector in pbx.collectors for family in collector.families}
