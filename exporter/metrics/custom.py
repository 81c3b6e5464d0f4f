"""Custom metrics: what the configuration says becomes the objects that built-in collectors are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.metrics import families
from exporter.metrics.collector import Collector, mistakes
from exporter.metrics.custom_questions import Questions
from exporter.metrics.custom_readers import Data, condition, label, number
from exporter.metrics.custom_sources import Borrowed, Mistakes, Path
from exporter.metrics.families import PREFIX, Family
from exporter.metrics.folds import Folded, Open
from exporter.metrics.sources import Events, Joined, Source, Table

KINDS = ("gauge", "counter", "histogram", "info", "states")


@dataclass(frozen=True)
class Entry:
    """One entry of the section `custom`, whose shape was checked already.

    Args:
        name: its key, which is the collector's name.
        data: what stands under it; the short forms are written out.
    """

    name: str
    data: Data

    def read(self, builtins: Mapping[str, Collector]) -> tuple[Collector, Mistakes]:
        """The collector, and what is wrong with it; its tables and folds can be those of built-in ones."""
        return _Reading(self, builtins).collector()


@dataclass
class _Reading:
    """An entry while it is read."""

    entry: Entry
    builtins: Mapping[str, Collector]
    wrong: Mistakes = field(default_factory=Mistakes)

    def __post_init__(self) -> None:
        self.borrowed = Borrowed(self.builtins)
        self.questions = Questions(self.entry.data, self.borrowed, self.wrong)

    def collector(self) -> tuple[Collector, Mistakes]:
        """The collector that the entry declares, and what is wrong with it."""
        data = self.entry.data
        made = [self._family(spec, ("metrics", index)) for index, spec in enumerate(data["metrics"])]
        collector = Collector(
            name=self.entry.name,
            help=data.get("help", f"Metrics of your own: {self.entry.name}."),
            families=tuple(family for family in made if family),
            polls=self.questions.polls + self.borrowed.polls,
            interval=data.get("interval", 30.0),
        )
        return self.questions.listening(collector), self.wrong

    # -- one metric ----------------------------------------------------------------------------

    def _family(self, spec: Data, path: Path) -> Family | None:
        kind = next(kind for kind in KINDS if kind in spec)
        name: str = spec[kind]
        if name.startswith(PREFIX):
            self.wrong.add((*path, kind), f"write the name without {PREFIX}, which is put before it")
        source = self._source(spec["of"], kind, (*path, "of"))
        options = dict(self._options(spec, path))
        if source is None:
            return None
        make: Any = getattr(families, kind)
        labels = {key: label(reader) for key, reader in spec.get("labels", {}).items()}
        if "state" in labels and kind == "states":
            self.wrong.add((*path, "labels", "state"), "`state` is the label of the state itself")
        family: Family = make(name, spec["help"], source, labels, **options)
        for text in (*self._misfits(family), *self._mistakes(family)):
            self.wrong.add(_place(text, family, (*path, kind), path), text)
        return family

    def _options(self, spec: Data, path: Path) -> Iterator[tuple[str, Any]]:
        """What a family has beside its name, help, source and labels."""
        if where := condition(spec["of"].get("where", {})):
            yield "where", where
        for key in ("take", "distinct", "zeros", "complete", "windows", "exemplar", "buckets"):
            if key in spec:
                yield key, spec[key]
        if "value" in spec:
            yield "value", number(spec["value"])
        if "state" in spec:
            yield "state", label(spec["state"])
        for key in ("over", "crowd"):
            if key in spec and (table := self.questions.table(spec[key], (*path, key))):
                yield key, table

    def _source(self, of: Data, kind: str, path: Path) -> Source | None:
        grows = kind in ("counter", "histogram")
        if "fold" in of:
            fold = self.borrowed.fold(of["fold"], of["rows"], self.wrong, path, grows=grows)
            if fold is None:
                return None
            return Folded(fold, of["rows"]) if grows else Open(fold, of["rows"])
        if "event" in of:
            if not grows:
                self.wrong.add(path, f"events are added up: by a counter or a histogram, not by {kind}")
            for event in of["event"]:
                self.questions.event(event, (*path, "event"))
            return Events(*of["event"])
        if kind == "histogram":
            self.wrong.add(path, "a histogram is made of events or of a fold, not of a table")
            return None
        table = self.questions.table(of["table"], path)
        if table is None or "joined" not in of:
            return table
        other = self.questions.table(of["joined"], (*path, "joined"))
        if other and not other.key:
            self.wrong.add((*path, "joined"), "the table has no key by which rows could be found in it")
        return Joined(table, other) if other else None

    # -- what is wrong with it -----------------------------------------------------------------

    def _misfits(self, family: Family) -> Iterator[str]:
        """What a built-in family would never ask of its source."""
        source = family.source
        if family.kind == "counter" and isinstance(source, Table | Joined) and family.value is None:
            yield "a count of rows can fall: make it a gauge, or give a value that Asterisk adds up itself"
        if family.windows and (family.value or not isinstance(source, Table)):
            yield "windows are for counts of a table's rows"
        if family.distinct and family.value:
            yield "distinct counts, so there is no value"
        if family.zeros == "seen" and not isinstance(source, Table | Joined):
            yield "zeros: seen is for tables"
        if isinstance(source, Table) and (groups := self.questions.groups(source)):
            for header in sorted(family.headers):
                if header not in groups and not header.startswith("@"):
                    yield f"the lines of table {source.name} have no group {header!r}"

    def _mistakes(self, family: Family) -> Iterator[str]:
        alone = Collector("", "", (family,), self.questions.polls + self.borrowed.polls)
        for text in mistakes(alone):
            name, _, said = text.partition(": ")
            if name == family.name and not said.startswith("no poll fills"):
                yield said


def _place(text: str, family: Family, name: Path, path: Path) -> Path:
    """Where the cause of a mistake stands: by default at the metric's name."""
    for key in family.labels:
        if text.startswith(repr(key)):
            return (*path, "labels", key)
    first = text.split()[0].rstrip(":").replace("states", "state")
    return (*path, first) if first in ("zeros", "windows", "distinct", "state") else name
