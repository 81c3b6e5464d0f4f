"""The lines of a page: what stands before each value, made once, and numbers as Go writes them."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from itertools import accumulate, chain
from typing import Any, TypeVar

from exporter.metrics.families import SERVER, Family
from exporter.metrics.sampling import Distribution, Exemplar, LabelValues

T = TypeVar("T")

_HALF = re.compile("[\ud800-\udfff]")

EXEMPLAR_LENGTH = 128  # characters of the label's name and its text together: more OpenMetrics forbids
REMEMBERED = 32_768  # numbers


class Lines(ABC, dict[LabelValues, T]):
    """The lines of one family and server: what stands before each value, by label values, made when asked."""

    def __init__(self, family: Family, server: str | None) -> None:
        super().__init__()
        self.family = family
        self._shape = (family.label_names, family.buckets)
        labels = [label for label in family.label_names if label != SERVER]
        self._order = sorted(range(len(labels)), key=labels.__getitem__)
        self._count = len(labels)
        known = dict.fromkeys(labels, "%s")
        if server is not None:
            known[SERVER] = _escape(server).replace("%", "%%")
        self._templates = [_template(family.name + suffix, known | more) for suffix, more in _lines(family)]
        self._last: tuple[object, str] = (None, "")  # version and mark
        self._text = b""

    def fit(self, family: Family) -> bool:
        """Whether they still are what the family needs: a reload can change labels and buckets."""
        return self._shape == (family.label_names, family.buckets)

    def written(self, values: Mapping[LabelValues, Any], version: object, mark: str) -> bytes:
        """The lines with these values; those of the last time, if `version` says that nothing has changed.

        With a `mark`, which is a label's name, they have exemplars.
        """
        if version is not None and self._last == (version, mark):
            return self._text
        text = self._write(values, mark)
        if len(self) > len(values):
            for gone in self.keys() - values.keys():
                del self[gone]
        self._last, self._text = (version, mark), text if version is not None else b""
        return text

    @abstractmethod
    def _write(self, values: Mapping[LabelValues, Any], mark: str, /) -> bytes:
        """The lines with these values."""

    def _made(self, values: LabelValues) -> list[bytes]:
        if len(values) != self._count:
            raise ValueError(f"{self._count} labels, but {values!r}")
        escaped = tuple([_escape(values[index]) for index in self._order])
        return [encode(template % escaped) for template in self._templates]


class Plain(Lines[bytes]):
    def __init__(self, family: Family, server: str | None) -> None:
        super().__init__(family, server)
        self._labels: list[LabelValues] = []  # of the last lines, and these: prefix, value, prefix, value
        self._parts: list[bytes] = []

    def __missing__(self, values: LabelValues) -> bytes:
        (self[values],) = (prefix,) = self._made(values)
        return prefix

    def _write(self, values: Mapping[LabelValues, float], _mark: str) -> bytes:
        # Mostly only values have changed. Not to look each prefix up is a quarter of a page's time.
        labels = list(values)
        if labels != self._labels:
            self._parts = [b""] * (2 * len(labels))
            self._parts[::2] = map(self.__getitem__, labels)
            self._labels = labels
        self._parts[1::2] = map(_NUMBERS.__getitem__, values.values())
        return b"".join(self._parts)


class Buckets(Lines[list[bytes]]):
    def __missing__(self, values: LabelValues) -> list[bytes]:
        self[values] = prefixes = self._made(values)
        return prefixes

    def _write(self, values: Mapping[LabelValues, Distribution], mark: str) -> bytes:
        parts: list[bytes] = []
        for labels, distribution in values.items():
            counts = list(accumulate(distribution.counts))
            numbers: Iterable[bytes] = map(_NUMBERS.__getitem__, (*counts, counts[-1], distribution.total))
            if mark and distribution.exemplars:
                numbers = _marked(list(numbers), distribution.exemplars, mark)
            parts.extend(chain.from_iterable(zip(self[labels], numbers, strict=True)))
        return b"".join(parts)


def _lines(family: Family) -> list[tuple[str, dict[str, str]]]:
    """The lines of one label set: what each adds to the name and to the labels."""
    if family.kind != "histogram":
        return [("", {})]
    buckets = [("_bucket", {"le": number(bound)}) for bound in (*family.buckets, math.inf)]
    return [*buckets, ("_count", {}), ("_sum", {})]


def _template(name: str, labels: Mapping[str, str]) -> str:
    text = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{text}}} " if text else f"{name} "


def _marked(ends: list[bytes], exemplars: Mapping[int, Exemplar], mark: str) -> list[bytes]:
    """The ends of a histogram's lines, with the exemplars of its buckets.

    One that is too long is left out: half a name would name something else.
    """
    for index, (name, value, when) in exemplars.items():
        if len(mark) + len(name) <= EXEMPLAR_LENGTH:
            tail = f' # {{{mark}="{_escape(name)}"}} {number(value)} {when}\n'
            ends[index] = ends[index][:-1] + encode(tail)
    return ends


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def encode(text: str) -> bytes:
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
