"""Families to text 0.0.4 and OpenMetrics 1.0, fast.

The bytes are those that prometheus_client would write for the same families. They come faster because
what stands before a value, `name{labels} `, is made once and kept as long as its series is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from exporter.metrics.columns import LabelValues
from exporter.metrics.families import Family
from exporter.metrics.lines import Buckets, Plain, encode
from exporter.metrics.sampling import Distribution

_NO_NAME = re.compile("[^a-z0-9_]|^(?=[0-9])")  # what a label's name cannot have

PERIOD = 2_000_000  # series written: some rounds of a large fleet, some hours of a small one


class Block(NamedTuple):
    """The samples of one family and one server (none for a metric of the exporter alone).

    `values` has label values in the order of the family's labels, without `server`; a histogram has
    distributions, everything else numbers. With an equal `version` they are those of the last time.
    """

    family: Family
    server: str | None
    values: Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]
    version: object = None  # None: nobody has watched them


class Writer:
    """Writes pages. Keep one for a long time: it remembers the series that it has written.

    A page must not have two blocks of the same family and server. What was not written for a period is
    forgotten: a server that was removed, for example.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str | None], Plain | Buckets] = {}
        self._heads: dict[tuple[str, bool], tuple[Family, bytes]] = {}
        self._used: set[tuple[str, str | None]] = set()
        self._written = 0  # series, in this period
        self.kept = 0  # series whose prefix is remembered

    def write(self, blocks: Iterable[Block], openmetrics: bool = False) -> bytes:
        """The page, families by name and servers by name, whatever the order of the blocks."""
        page = self.page(openmetrics)
        for block in blocks:
            page.add(block)
        return page.whole()

    def page(self, openmetrics: bool = False) -> Page:
        """A page that is written block by block; others may write theirs meanwhile."""
        return Page(self, openmetrics)

    def lines(self, block: Block, openmetrics: bool) -> bytes:
        """The lines of a block."""
        family, key = block.family, (block.family.name, block.server)
        mark = _NO_NAME.sub("_", family.exemplar.lower()) if openmetrics and family.exemplar else ""
        lines = self._lines.get(key)
        if lines is None or (lines.family is not family and not lines.fit(family)):
            self.kept -= len(lines or ())
            made = Buckets if family.kind == "histogram" else Plain
            lines = self._lines[key] = made(family, block.server)
        before = len(lines)
        text = lines.written(block.values, block.version, mark)
        after = len(lines)
        self.kept += after - before
        self._written += after
        self._used.add(key)
        return text

    def head(self, family: Family, openmetrics: bool) -> bytes:
        """HELP and TYPE of a family."""
        key = family.name, openmetrics
        known = self._heads.get(key)
        if known is None or known[0] is not family:
            known = self._heads[key] = family, _head(family, openmetrics)
        return known[1]

    def end(self) -> None:
        """A page is written: forget what was on none for long."""
        if self._written > PERIOD:
            for key in self._lines.keys() - self._used:
                self.kept -= len(self._lines.pop(key))
            self._used.clear()
            self._heads.clear()
            self._written = 0


class Page:
    """A page on its way. Made by `Writer.page`."""

    def __init__(self, writer: Writer, openmetrics: bool) -> None:
        self._writer = writer
        self._openmetrics = openmetrics
        self._families: dict[str, tuple[Family, list[tuple[str, bytes]]]] = {}

    def add(self, block: Block) -> None:
        """Write the lines of a block, now: what it was made of may change afterwards."""
        lines = self._writer.lines(block, self._openmetrics)
        if (known := self._families.get(block.family.name)) is None:
            known = self._families[block.family.name] = block.family, []
        known[1].append((block.server or "", lines))

    def whole(self) -> bytes:
        """The page, families by name and servers by name."""
        parts: list[bytes] = []
        for _, (family, servers) in sorted(self._families.items()):
            parts.append(self._writer.head(family, self._openmetrics))
            parts += [lines for _, lines in (sorted(servers) if len(servers) > 1 else servers)]
        if self._openmetrics:
            parts.append(b"# EOF\n")
        self._writer.end()
        return b"".join(parts)


def _head(family: Family, openmetrics: bool) -> bytes:
    """HELP and TYPE. OpenMetrics names a counter and an info without the end of its samples' name."""
    name, kind = family.name, "gauge" if family.kind == "states" else family.kind
    text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    if openmetrics:
        name = name.removesuffix({"counter": "_total", "info": "_info"}.get(kind, ""))
        text = text.replace('"', r"\"")
    elif kind == "info":
        kind = "gauge"
    return encode(f"# HELP {name} {text}\n# TYPE {name} {kind}\n")
