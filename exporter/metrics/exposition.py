"""Families to text 0.0.4 and OpenMetrics 1.0, fast.

The bytes are those that prometheus_client would write for the same families. They come faster because
what stands before a value, `name{labels} `, is made once and kept as long as its series is there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TypeVar, cast

from exporter.metrics.families import SERVER, Family
from exporter.metrics.sampling import Distribution, Exemplar, LabelValues

T = TypeVar("T")

_HALF = re.compile("[\ud800-\udfff]")
_NO_NAME = re.compile("[^a-z0-9_]|^(?=[0-9])")  # what a label's name cannot have

EXEMPLAR_LENGTH = 128  # characters of the label's name and its text together: more OpenMetrics forbids

REMEMBERED = 32_768  # numbers
PERIOD = 2_000_000  # series written: some rounds of a large fleet, some hours of a small one


@dataclass(frozen=True, slots=True)
class Block:
    """The samples of one family and one server (none for a metric of the exporter alone).

    `values` has label values in the order of the family's labels, without `server`; a histogram has
    distributions, everything else numbers.
    """

    family: Family
    server: str | None
    values: Mapping[LabelValues, float] | Mapping[LabelValues, Distribution]


class Writer:
    """Writes pages. Keep one for a long time: it remembers the series that it has written.

    A page must not have two blocks of the same family and server. What was not written for a period is
    forgotten: a server that was removed, for example.
    """

    def __init__(self) -> None:
        self._prefixes: dict[tuple[str, str | None], _Plain | _Buckets] = {}
        self._used: set[tuple[str, str | None]] = set()
        self._written = 0  # series, in this period
        self.kept = 0  # series whose prefix is remembered

    def write(self, blocks: Iterable[Block], openmetrics: bool = False) -> bytes:
        """The page, families by name and servers by name, whatever the order of the blocks."""
        parts: list[bytes] = []
        family = ""
        for block in sorted(blocks, key=lambda block: (block.family.name, block.server or "")):
            if block.family.name != family:
                family = block.family.name
                parts.append(_head(block.family, openmetrics))
            self._samples(block, parts, openmetrics)
        if openmetrics:
            parts.append(b"# EOF\n")
        if self._written > PERIOD:
            self._forget()
        return b"".join(parts)

    def _samples(self, block: Block, parts: list[bytes], openmetrics: bool) -> None:
        family, key = block.family, (block.family.name, block.server)
        prefixes = self._prefixes.get(key)
        if prefixes is None or not prefixes.fit(family):
            self.kept -= len(prefixes or ())
            made = _Buckets if family.kind == "histogram" else _Plain
            prefixes = self._prefixes[key] = made(family, block.server)
        before = len(prefixes)
        if isinstance(prefixes, _Buckets):
            mark = _NO_NAME.sub("_", family.exemplar.lower()) if openmetrics and family.exemplar else ""
            _histogram(prefixes, cast(Mapping[LabelValues, Distribution], block.values), parts, mark)
        else:
            values = cast(Mapping[LabelValues, float], block.values)
            names = map(prefixes.__getitem__, values)
            numbers = map(_NUMBERS.__getitem__, values.values())
            parts.extend(chain.from_iterable(zip(names, numbers, strict=True)))
        if len(prefixes) > len(block.values):
            for gone in prefixes.keys() - block.values.keys():
                del prefixes[gone]
        self.kept += len(prefixes) - before
        self._written += len(prefixes)
        self._used.add(key)

    def _forget(self) -> None:
        for key in self._prefixes.keys() - self._used:
            self.kept -= len(self._prefixes.pop(key))
        self._used.clear()
        self._written = 0


class _Prefixes(dict[LabelValues, T]):
    """What stands before the values of one family and server, by label values, made when asked for."""

    def __init__(self, family: Family, server: str | None) -> None:
        super().__init__()
        self._shape = (family.label_names, family.buckets)
        labels = [label for label in family.label_names if label != SERVER]
        self._order = sorted(range(len(labels)), key=labels.__getitem__)
        self._count = len(labels)
        known = dict.fromkeys(labels, "%s")
        if server is not None:
            known[SERVER] = _escape(server).replace("%", "%%")
        self._templates = [_template(family.name + suffix, known | more) for suffix, more in _lines(family)]

    def fit(self, family: Family) -> bool:
        """Whether they still are what the family needs: a reload can change labels and buckets."""
        return self._shape == (family.label_names, family.buckets)

    def _made(self, values: LabelValues) -> list[bytes]:
        if len(values) != self._count:
            raise ValueError(f"{self._count} labels, but {values!r}")
        escaped = tuple([_escape(values[index]) for index in self._order])
        return [_encode(template % escaped) for template in self._templates]


class _Plain(_Prefixes[bytes]):
    def __missing__(self, values: LabelValues) -> bytes:
        (self[values],) = (prefix,) = self._made(values)
        return prefix


class _Buckets(_Prefixes[list[bytes]]):
    def __missing__(self, values: LabelValues) -> list[bytes]:
        self[values] = prefixes = self._made(values)
        return prefixes


def _lines(family: Family) -> list[tuple[str, dict[str, str]]]:
    """The lines of one label set: what each adds to the name and to the labels."""
    if family.kind != "histogram":
        return [("", {})]
    buckets = [("_bucket", {"le": number(bound)}) for bound in (*family.buckets, math.inf)]
    return [*buckets, ("_count", {}), ("_sum", {})]


def _template(name: str, labels: Mapping[str, str]) -> str:
    text = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{text}}} " if text else f"{name} "


def _histogram(
    prefixes: _Buckets, values: Mapping[LabelValues, Distribution], parts: list[bytes], mark: str
) -> None:
    """The lines of distributions; their buckets have exemplars if there is a label's name to mark them."""
    for labels, distribution in values.items():
        counts = list(accumulate(distribution.counts))
        numbers: Iterable[bytes] = map(_NUMBERS.__getitem__, (*counts, counts[-1], distribution.total))
        if mark and distribution.exemplars:
            numbers = _marked(list(numbers), distribution.exemplars, mark)
        parts.extend(chain.from_iterable(zip(prefixes[labels], numbers, strict=True)))


def _marked(ends: list[bytes], exemplars: Mapping[int, Exemplar], mark: str) -> list[bytes]:
    """The ends of a histogram's lines, with the exemplars of its buckets.

    One that is too long is left out: half a name would name something else.
    """
    for index, (name, value, when) in exemplars.items():
        if len(mark) + len(name) <= EXEMPLAR_LENGTH:
            tail = f' # {{{mark}="{_escape(name)}"}} {number(value)} {when}\n'
            ends[index] = ends[index][:-1] + _encode(tail)
    return ends


def _head(family: Family, openmetrics: bool) -> bytes:
    """HELP and TYPE. OpenMetrics names a counter and an info without the end of its samples' name."""
    name, kind = family.name, "gauge" if family.kind == "states" else family.kind
    text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    if openmetrics:
        name = name.removesuffix({"counter": "_total", "info": "_info"}.get(kind, ""))
        text = text.replace('"', r"\"")
    elif kind == "info":
        kind = "gauge"
    return _encode(f"# HELP {name} {text}\n# TYPE {name} {kind}\n")


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _encode(text: str) -> bytes:
    """In UTF-8; half characters, which it cannot write, as their code."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _HALF.sub(lambda half: rf"\\u{ord(half[0]):04x}", text).encode()


def number(value: float) -> str:
    """A number as Go writes it: with an exponent from a million on. There is no -0.0: it is 0.0."""
    value = float(value) + 0.0
    text = repr(value)
    if -1e6 < value < 1e6:
        return text
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    point = text.find(".")
    if value < 0 or point <= 1:  # only what is positive, and has no exponent from Python yet
        return text
    digits = (text[1:point] + text[point + 1 :]).rstrip("0")
    return f"{text[0]}{'.' if digits else ''}{digits}e+{point - 1:02d}"


class _Numbers(dict[float, bytes]):
    """Numbers with the end of their line. Most are small and whole, or were on the last page too."""

    def __missing__(self, value: float) -> bytes:
        text = f"{number(value)}\n".encode()
        if len(self) >= REMEMBERED:
            self.clear()
            self.update(_SMALL)
        if not math.isnan(value):  # it would never be found again
            self[value] = text
        return text


_SMALL = {float(value): f"{value}.0\n".encode() for value in range(2048)}
_NUMBERS = _Numbers(_SMALL)
