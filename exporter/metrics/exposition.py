"""Families to text 0.0.4 and OpenMetrics 1.0, fast.

The bytes are those that prometheus_client would write for the same families. They come faster because
what stands before a value, `name{labels} `, is made once and kept as long as its series is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from exporter.metrics.columns import LabelValues
from exporter.metrics.families import Family
from exporter.metrics.lines import Buckets, Plain, encode
from exporter.metrics.sampling import Distribution

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


_Head: TypeAlias = tuple[Family, bytes]


class Writer:
    """Writes pages. Keep one for a long time: it remembers the series that it has written.

    A page must not have two blocks of the same family and server. What was not written for a period is
    forgotten: a server that was removed, for example.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str | None], Plain | Buckets] = {}
        self._heads: tuple[dict[str, _Head], dict[str, _Head]] = {}, {}  # of text and of OpenMetrics
        self._period = 0
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
        family, server, values, version = block
        lines = self._lines.get((family.name, server))
        if lines is None or (lines.family is not family and not lines.fit(family)):
            self.kept -= len(lines or ())
            made = Buckets if family.kind == "histogram" else Plain
            lines = self._lines[family.name, server] = made(family, server)
        if version is None or version != lines.version or lines.exemplars != (openmetrics and lines.named):
            before = len(lines)
            try:
                text = lines.write(values, version, openmetrics)
            finally:
                self.kept += len(lines) - before
        else:
            text = lines.text
        lines.period = self._period
        self._written += len(lines)
        return text

    def head(self, family: Family, openmetrics: bool) -> bytes:
        """HELP and TYPE of a family."""
        heads = self._heads[openmetrics]
        known = heads.get(family.name)
        if known is None or known[0] is not family:
            known = heads[family.name] = family, _head(family, openmetrics)
        return known[1]

    def end(self) -> None:
        """A page is written: forget what was on none for long."""
        if self._written > PERIOD:
            for key in [key for key, lines in self._lines.items() if lines.period != self._period]:
                self.kept -= len(self._lines.pop(key))
            self._period += 1
            for heads in self._heads:
                heads.clear()
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
        name, line = block.family.name, (block.server or "", lines)
        if (known := self._families.get(name)) is None:
            self._families[name] = block.family, [line]
        else:
            known[1].append(line)

    def whole(self) -> bytes:
        """The page, families by name and servers by name."""
        parts: list[bytes] = []
        head, openmetrics = self._writer.head, self._openmetrics
        for name in sorted(self._families):
            family, servers = self._families[name]
            parts.append(head(family, openmetrics))
            if len(servers) > 1:
                servers.sort()
            for _, lines in servers:
                parts.append(lines)
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
