"""The lines of a page: what stands before each value, made once, and numbers as Go writes them."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, repeat
from typing import Any, TypeVar

from exporter.metrics.columns import LabelValues, Whole, columns
from exporter.metrics.families import SERVER, Family
from exporter.metrics.sampling import Distribution, Exemplar

T = TypeVar("T")

_NO_NAME = re.compile("[^a-z0-9_]|^(?=[0-9])")  # what a label's name cannot have
_HALF = re.compile("[\ud800-\udfff]")

EXEMPLAR_LENGTH = 128  # characters of the label's name and its text together: more OpenMetrics forbids


class Lines(ABC, dict[LabelValues, T]):
    """The lines of one family and server: what stands before each value, by label values, made when asked."""

    def __init__(self, family: Family, server: str | None) -> None:
        super().__init__()
        self.family = family
        self._shape = self._needed(family)
        labels = [label for label in family.label_names if label != SERVER]
        self._order = sorted(range(len(labels)), key=labels.__getitem__)
        self._count = len(labels)
        known = dict.fromkeys(labels, "%s")
        if server is not None:
            known[SERVER] = _escape(server).replace("%", "%%")
        self._templates = [_template(family.name + suffix, known | more) for suffix, more in _lines(family)]
        self.text = b""
        self.version: object = None  # of what the text says; None: nobody has watched it
        self.exemplars = False  # whether the text has them
        self.period = 0  # of the writer, in which the text was last on a page
        self._mark = _NO_NAME.sub("_", (family.exemplar or "").lower())  # the label that names one
        self.named = bool(self._mark)  # whether it can have exemplars

    def fit(self, family: Family) -> bool:
        """Whether they still are what the family needs: a reload can change labels and buckets."""
        return self._shape == self._needed(family)

    @staticmethod
    def _needed(family: Family) -> object:
        return family.label_names, family.buckets, family.exemplar

    def write(self, values: Mapping[LabelValues, Any], version: object, exemplars: bool) -> bytes:
        """The lines of these values, with exemplars or without; kept as `text` if they have a version."""
        self.version = None
        text = self._write(values, self._mark if exemplars else "")
        if len(self) > len(values):
            for gone in self.keys() - values.keys():
                del self[gone]
        self.text = text if version is not None else b""
        self.version, self.exemplars = version, exemplars and self.named
        return text

    @abstractmethod
    def _write(self, values: Mapping[LabelValues, Any], mark: str, /) -> bytes:
        """The lines with these values."""

    def _made(self, values: LabelValues) -> list[str]:
        if len(values) != self._count:
            raise ValueError(f"{self._count} labels, but {values!r}")
        escaped = tuple([_escape(values[index]) for index in self._order])
        return [template % escaped for template in self._templates]


class Plain(Lines[str]):
    def __init__(self, family: Family, server: str | None) -> None:
        super().__init__(family, server)
        self._end = "\n"  # of a line, with which each prefix begins: that of the line before
        self._labels: Sequence[
            LabelValues
        ] = []  # of the last lines, and these: prefix, value, prefix, value, end
        self._parts: list[str] = []

    def __missing__(self, values: LabelValues) -> str:
        (prefix,) = self._made(values)
        self[values] = prefix = self._end + prefix
        return prefix

    def _write(self, values: Mapping[LabelValues, float], _mark: str) -> bytes:
        labels, numbers = columns(values)
        if not labels:
            self._labels, self._parts = [], []
            return b""
        # Most are whole, and came as texts: not even to put .0 behind each is a third of a page's time.
        if (end := ".0\n" if isinstance(numbers, Whole) else "\n") != self._end:
            self._change(end)
        # Mostly only values have changed. Not to look each prefix up is a quarter of a page's time.
        if labels is not self._labels and labels != self._labels:
            parts = [end] * (2 * len(labels) + 1)
            parts[:-1:2] = map(self.__getitem__, labels)
            parts[0] = parts[0].removeprefix(end)
            self._parts, self._labels = parts, labels
        self._parts[1::2] = numbers.texts if isinstance(numbers, Whole) else texts(numbers)
        return encode("".join(self._parts))

    def _change(self, end: str) -> None:
        """Let lines end so."""
        cut, self._end, self._labels = len(self._end), end, []
        for labels, prefix in self.items():
            self[labels] = end + prefix[cut:]


class Buckets(Lines[list[str]]):
    def __missing__(self, values: LabelValues) -> list[str]:
        self[values] = prefixes = self._made(values)
        return prefixes

    def _write(self, values: Mapping[LabelValues, Distribution], mark: str) -> bytes:
        parts: list[str] = []
        for labels, distribution in values.items():
            counts = list(accumulate(distribution.counts))
            ends = list(texts([*map(float, (*counts, counts[-1])), distribution.total]))
            if mark and distribution.exemplars:
                _mark(ends, distribution.exemplars, mark)
            parts.extend(chain.from_iterable(zip(self[labels], ends, repeat("\n"))))
        return encode("".join(parts))


def _lines(family: Family) -> list[tuple[str, dict[str, str]]]:
    """The lines of one label set: what each adds to the name and to the labels."""
    if family.kind != "histogram":
        return [("", {})]
    buckets = [("_bucket", {"le": number(bound)}) for bound in (*family.buckets, math.inf)]
    return [*buckets, ("_count", {}), ("_sum", {})]


def _template(name: str, labels: Mapping[str, str]) -> str:
    text = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{text}}} " if text else f"{name} "


def _mark(ends: list[str], exemplars: Mapping[int, Exemplar], mark: str) -> None:
    """Write the exemplars of a histogram's buckets behind the values.

    One that is too long is left out: half a name would name something else.
    """
    for index, (name, value, when) in exemplars.items():
        if len(mark) + len(name) <= EXEMPLAR_LENGTH:
            ends[index] += f' # {{{mark}="{_escape(name)}"}} {number(value)} {when}'


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


def texts(numbers: Sequence[float]) -> Iterable[str]:
    """Numbers as Go writes them."""
    # Of most of them Python's own text is the same.
    if numbers and min(numbers) > -1e6 and max(numbers) < 1e6 and not math.isnan(sum(numbers)):
        return map(repr, map((0.0).__add__, numbers))
    return map(number, numbers)
