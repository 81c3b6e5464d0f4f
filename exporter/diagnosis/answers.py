"""From what the questions of a collector brought to a finding: rows, or why there are none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from exporter.ami import reading
from exporter.diagnosis.findings import Finding
from exporter.diagnosis.rights import Needs, classes_of, write_line
from exporter.metrics import Collector, Poll
from exporter.metrics.catalogue import HARMLESS

Outcome: TypeAlias = Literal["rows", "not offered", "failed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One poll of a collector, asked once with its parameters.

    Attributes:
        text: what was wrong, in words.
        counts: whether the collector stands on it here: not on one that only brings more.
    """

    action: str
    outcome: Outcome
    rows: int = 0
    text: str = ""
    counts: bool = True


def of(poll: Poll, asked: Asked) -> Asked:
    """What came of a poll, for one collector: what it can do without another may need."""
    missed = poll.optional and asked.outcome == "not offered"
    return replace(asked, counts=asked.counts and not missed)


class Classes(NamedTuple):
    """Read classes: those that were proven, and those whose events should have come and did not."""

    seen: Collection[str]
    withheld: Collection[str] = ()


def collector(
    each: Collector, asked: Sequence[Asked], needs: Needs, held: Collection[str], classes: Classes
) -> Finding:
    """What one collector brings here; `held` are the write classes of the user."""
    step = f"collector {each.name}"
    told = "; ".join(_words(one, held) for one in _merged(asked) if one.counts or one.outcome == "rows")
    if any(one.outcome == "failed" for one in asked):
        return Finding(
            step,
            "limit",
            told,
            "Asterisk offers it, and does not answer it as it should.",
            "see what its own log says of that action",
        )
    gone = [one for one in asked if one.counts and one.outcome == "not offered"]
    if gone:
        named = each.name in needs.named
        denied = [one for one in gone if _denied(one.action, held)]
        if any(named or _expected(one.action, one in denied) for one in gone):
            return Finding(step, "limit", told, *_lack(gone, denied, needs, held, each.name))
        if denied:
            return Finding(
                step,
                "unknown",
                told,
                "It needs more rights than one gets without asking for it.",
                f"name {each.name} in `collectors`, and print the section anew: manager-conf",
            )
        return Finding(step, "unknown", told)
    if not told:
        return _events_only(step, each, classes)
    return Finding(step, "ok", told)


def _events_only(step: str, each: Collector, classes: Classes) -> Finding:
    if not each.reads:
        return Finding(step, "ok", "asks nothing")
    if withheld := [name for name in each.reads if name in classes.withheld]:
        return Finding(
            step,
            "limit",
            f"listens to events that are not sent to this user: {', '.join(withheld)}",
            "See the step events.",
        )
    unseen = [name for name in each.reads if name not in classes.seen]
    if unseen:
        return Finding(step, "unknown", f"listens to events; not seen yet: {', '.join(unseen)}")
    return Finding(step, "ok", f"listens to events: {', '.join(each.reads)}")


def _lack(
    gone: Sequence[Asked], denied: Sequence[Asked], needs: Needs, held: Collection[str], name: str
) -> tuple[str, str]:
    if denied:
        return "This user has no right to ask that.", f"{write_line(needs, held)}, as the step rights says"
    actions = ", ".join(one.action for one in gone)
    return (
        f"Asterisk has no module that answers {actions}, or has not loaded it.",
        f"load it (see modules.conf), or take {name} out of `collectors`",
    )


def _denied(action: str, held: Collection[str]) -> bool:
    """Whether a right is missing; else no module is there that answers."""
    classes = classes_of(action)
    return bool(classes) and not set(classes) & set(held)


def _expected(action: str, denied: bool) -> bool:
    """Whether it should be there although nobody named the collector."""
    spec = reading(action)
    return (spec is not None and spec.everywhere) or (denied and HARMLESS in classes_of(action))


def _merged(asked: Sequence[Asked]) -> list[Asked]:
    """The answers to one action in one."""
    merged: dict[tuple[str, ...], Asked] = {}
    for one in asked:
        key = (one.action, one.outcome, one.text)
        before = merged.get(key, replace(one, rows=0, counts=False))
        merged[key] = replace(one, rows=before.rows + one.rows, counts=before.counts or one.counts)
    return list(merged.values())


def _words(one: Asked, held: Collection[str]) -> str:
    if one.outcome == "rows":
        return f"{one.action} {one.rows} row{'s' * (one.rows != 1)}"
    if one.outcome == "failed":
        return one.text
    if _denied(one.action, held):
        return f"{one.action}: denied (write={' or '.join(classes_of(one.action))})"
    return f"{one.action}: no such module is loaded"
