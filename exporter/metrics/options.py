"""What the options of collectors are made of: patterns, words, buckets."""

from __future__ import annotations

import itertools
import math
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from exporter.metrics.conditions import All, Matches, Not
from exporter.metrics.readers import Condition


class Options(BaseModel):
    """Options that a collector adds to its interval; a collector's own options inherit from this."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


def pattern(value: str) -> str:
    """A regular expression, as part of a larger one. Raises ValueError."""
    try:
        re.compile(f"(?:{value})")
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


def _word(value: str) -> str:
    if not value or not value.isprintable():
        raise ValueError("must be printable text, and not empty")
    return value


def _bounds(values: tuple[float, ...]) -> tuple[float, ...]:
    if not values or not all(math.isfinite(value) and value > 0 for value in values):
        raise ValueError("buckets are numbers of seconds above 0, at least one")
    if any(one >= other for one, other in itertools.pairwise(values)):
        raise ValueError("buckets must rise from one to the next")
    return values


Pattern = Annotated[str, AfterValidator(pattern), WithJsonSchema({"type": "string", "format": "regex"})]
Word = Annotated[str, AfterValidator(_word), WithJsonSchema({"type": "string", "minLength": 1})]
Bounds = Annotated[tuple[float, ...], AfterValidator(_bounds), Field(max_length=50)]


def chosen(
    header: str, include: tuple[str, ...], exclude: tuple[str, ...], before: str = "", after: str = ""
) -> Condition | None:
    """Which rows are told of, by the name that stands in a header between `before` and `after`; None: all.

    The whole name must match one of `include`, if there are any, and none of `exclude`.
    """
    conditions: list[Condition] = []
    if include:
        conditions.append(Matches(header, f"{before}(?:{_any(include)}){after}"))
    if exclude:
        conditions.append(Not(Matches(header, f"{before}(?:{_any(exclude)}){after}")))
    return All(tuple(conditions)) if conditions else None


def _any(patterns: tuple[str, ...]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)
