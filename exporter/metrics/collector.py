"""A collector: what it asks, what it listens to, what it shows; and the checks on that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from exporter.ami.actions import only_reads, reading
from exporter.metrics.families import PREFIX, Family
from exporter.metrics.folds import Fold, Folded, Open
from exporter.metrics.options import Options
from exporter.metrics.sources import Derived, Events, Poll, Table, tables_of

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_RESERVED = frozenset({"server", "job", "instance", "le", "window"})


@dataclass(frozen=True)
class Trunk:
    """Channels that are a trunk: their names match `match` (whole, without the suffix `-0000002a`)."""

    name: str
    match: str
    capacity: int | None = None


@dataclass(frozen=True)
class Site:
    """What the configuration says of all Asterisks, beside the options of collectors."""

    named: tuple[Trunk, ...] = ()  # trunks
    inbound: tuple[str, ...] = ()  # dialplan contexts in which calls from outside begin, regular expressions
    outbound: tuple[str, ...] = ()  # and those that are bound for outside
    found: tuple[Trunk, ...] = ()  # trunks of one server, if the configuration names none

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """The trunks that are told apart."""
        return self.named or self.found


@dataclass(frozen=True)
class Collector:
    """One area of Asterisk.

    Attributes:
        help: one sentence for people.
        reads: read classes of its events (manager.conf, read=).
        interval: seconds from the start of one poll to the start of the next.
        default: whether it runs without being asked for.
        discovery: finds the trunks of a server: rows of `Trunk` and `Match`.
        options: its own options in the configuration.
        declare: makes the collector anew for options and a site; without it they change nothing.
    """

    name: str
    help: str
    families: tuple[Family, ...]
    polls: tuple[Poll, ...] = ()
    reads: tuple[str, ...] = ()
    interval: float = 30.0
    default: bool = True
    discovery: Derived | None = None
    options: type[Options] = Options
    declare: Callable[[Any, Site], Collector] | None = field(default=None, repr=False)

    def configured(self, options: Options, site: Site) -> Collector:
        """The collector as these options want it."""
        return self.declare(options, site) if self.declare else self

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables that its polls fill."""
        first = [poll for poll in self.polls if poll.instead_of is None]
        return tuple(dict.fromkeys(table for poll in first for table in poll.fills))

    @cached_property
    def folds(self) -> tuple[Fold, ...]:
        """The folds that its families read."""
        sources = (family.source for family in self.families)
        return tuple(dict.fromkeys(source.fold for source in sources if isinstance(source, Folded | Open)))

    @cached_property
    def events(self) -> frozenset[str]:
        """The names of the events that it needs."""
        names = {live.event for table in self.tables for live in table.live}
        for family in self.families:
            if isinstance(family.source, Events):
                names.update(family.source.names)
        for fold in self.folds:
            names.update(fold.events)
        return frozenset(names)

    @cached_property
    def writes(self) -> dict[str, tuple[str, ...]]:
        """The actions that it needs, each with the write classes of which the user needs any one."""
        return self._rights([poll for poll in self.polls if poll not in self._more])

    @cached_property
    def writes_more(self) -> dict[str, tuple[str, ...]]:
        """Likewise the actions that bring more, and without which it can do."""
        return self._rights(self._more)

    @property
    def _more(self) -> list[Poll]:
        replaced = [poll.instead_of for poll in self.polls if poll.instead_of]
        return [poll for poll in self.polls if poll.optional or poll in replaced]

    @staticmethod
    def _rights(polls: Iterable[Poll]) -> dict[str, tuple[str, ...]]:
        specs = {poll.action: reading(poll.action) for poll in polls}
        return {action: spec.rights if spec else () for action, spec in specs.items()}


def mistakes(collector: Collector) -> Iterator[str]:
    """What is wrong with a declaration, in words; nothing if all is well."""
    for poll in collector.polls:
        spec = reading(poll.action)
        if spec is None:
            yield f"poll {poll.action}: not one of the reading actions"
            continue
        yield from (f"poll {poll.action}: {text}" for text in _poll_mistakes(poll, collector))
        for table in poll.fills:
            if table.lines and poll.action != "Command":
                yield f"table {table.name}: only Command brings lines"
            elif table.event and table.event not in spec.items:
                yield f"table {table.name}: {poll.action} has no event {table.event}"
            if (table.event or poll.each) and not table.key:
                yield f"table {table.name}: several rows need a key"
    for fold in collector.folds:
        for seed in fold.seeds:
            if seed.table not in collector.tables:
                yield f"fold {fold.name}: no poll fills table {seed.table.name}"
    for table in tables_of(collector.discovery) if collector.discovery else ():
        if table not in collector.tables:
            yield f"discovery: no poll fills table {table.name}"
    for family in collector.families:
        yield from (f"{family.name}: {text}" for text in _family_mistakes(family, collector))


def _poll_mistakes(poll: Poll, collector: Collector) -> Iterator[str]:
    each = poll.each
    asked = [poll.params]
    if each:
        names = [form.format(name) for form in each.forms for name in each.names or ("x",)]
        asked = [(*poll.params, (each.param, name)) for name in names]
    for params in asked:
        if not only_reads(poll.action, params):
            yield f"{' '.join(value for _, value in params)!r} may do more than read"
    if each and bool(each.names) == bool(each.of):
        yield "it is asked for fixed names, or for the rows of a table"
    if poll.instead_of and poll.instead_of not in collector.polls:
        yield f"it stands in for {poll.instead_of.action}, which is not asked"
    if each and each.of and (each.of not in collector.tables or not each.header):
        yield "the things to ask for need a table of this collector and a header"


def _family_mistakes(family: Family, collector: Collector) -> Iterator[str]:
    if not _NAME.fullmatch(family.name) or not family.name.startswith(PREFIX):
        yield "a metric's name has small letters, digits and single underscores"
    if (family.kind == "counter") != family.name.endswith("_total"):
        yield "a counter ends in _total, and nothing else does"
    if (family.kind == "info") != family.name.endswith("_info"):
        yield "an info ends in _info, and nothing else does"
    if family.name.endswith(("_count", "_sum", "_bucket")):
        yield "_count, _sum and _bucket belong to histograms"
    if not family.help.endswith("."):
        yield "the help is a sentence with a full stop"
    for label in family.labels:
        if not _NAME.fullmatch(label) or label in _RESERVED:
            yield f"{label!r} is no name for a label"
    if (family.kind == "histogram") != bool(family.buckets):
        yield "a histogram has buckets, and nothing else does"
    if list(family.buckets) != sorted(set(family.buckets)):
        yield "buckets rise"
    if family.kind == "histogram" and family.value is None:
        yield "a histogram needs a value"
    if (
        family.zeros != "none"
        and family.labels
        and not all(reader.choices for reader in family.labels.values())
    ):
        yield "zeros are for labels whose values are a closed set"
    for table in (*tables_of(family.source), family.over, family.crowd):
        if table is not None and table not in collector.tables:
            yield f"no poll fills table {table.name}"
    if family.windows and family.over:
        yield "the most within a time cannot be over a table"
    if family.kind == "states" and not family.labels["state"].choices:
        yield "states are a closed set"


def twice(collectors: Iterable[Collector]) -> Iterator[str]:
    """Names that two metrics bear; OpenMetrics takes `_total` and `_info` off."""
    seen: dict[str, str] = {}
    for collector in collectors:
        for family in collector.families:
            name = family.name.removesuffix("_total").removesuffix("_info")
            if name in seen:
                yield f"{family.name}: declared in {seen[name]} and in {collector.name}"
            seen[name] = collector.name
