"""What custom metrics say of a row, as the readers and conditions that it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from exporter.metrics.conditions import All, Is, Matches, Not
from exporter.metrics.formulas import Code, Difference
from exporter.metrics.labels import Choice, FirstMatch, Part, Text
from exporter.metrics.numbers import Age, Flag, Number, Seconds, Since
from exporter.metrics.readers import Condition, LabelReader, NumberReader

T = TypeVar("T")
Data = Mapping[str, Any]

# The key that says what kind of reader it is holds the header; the other keys are the reader's own.
_LABELS: dict[str, Callable[..., LabelReader]] = {
    "text": Text,
    "choice": Choice,
    "part": Part,
    "first_match": FirstMatch,
}
_NUMBERS: dict[str, Callable[..., NumberReader]] = {
    "number": Number,
    "seconds": Seconds,
    "age": Age,
    "since": Since,
    "flag": Flag,
    "choice": Code,
    "difference": Difference,
}


def label(data: Data) -> LabelReader:
    """The reader of a label."""
    if "cases" in data:
        data = {**data, "cases": tuple(data["cases"].items())}
    return _made(_LABELS, data)


def number(data: Data) -> NumberReader:
    """The reader of a number."""
    return _made(_NUMBERS, data)


def condition(data: Data) -> Condition | None:
    """The condition that all these headers are as they should be; None: there is none to fulfil."""
    parts = tuple(_of_header(header, test) for header, test in data.items())
    return All(parts) if len(parts) > 1 else parts[0] if parts else None


def _of_header(header: str, test: Data) -> Condition:
    ((how, wanted),) = test.items()
    plain: Condition = Is(header, wanted) if how in ("any_of", "none_of") else Matches(header, wanted)
    return Not(plain) if how in ("none_of", "no_match") else plain


def _made(makers: Mapping[str, Callable[..., T]], data: Data) -> T:
    (kind,) = makers.keys() & data.keys()
    rest = {key: value for key, value in data.items() if key != kind}
    return makers[kind](data[kind], **rest)
