"""How custom metrics say what is read of a row: conditions, labels, numbers."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from exporter.config.custom_values import STRING, Header, OneOf, Or, Texts, bare
from exporter.config.values import Text
from exporter.metrics.options import Pattern


class Comparison(OneOf):
    """What a header must be: one of some texts, or not; or what a regular expression matches, or not."""

    kinds: ClassVar = {"any_of": "", "none_of": "", "match": "", "no_match": ""}

    any_of: Texts | None = None
    """One of these texts; a text or a list alone means the same."""
    none_of: Texts | None = None
    """None of these texts."""
    match: Pattern | None = None
    """A regular expression that matches the whole text."""
    no_match: Pattern | None = None
    """A regular expression that does not match the whole text."""


def _comparison(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(
            "expected a text, a list of texts, or a test such as {match: ...}; quote what is no text"
        )
    return {"any_of": tuple(texts)}


Where = dict[
    Header,
    Annotated[Comparison, BeforeValidator(_comparison), Or({"type": ["string", "array"], "items": STRING})],
]


class Label(OneOf):
    """How headers become a label; the name of a header alone is its text."""

    kinds: ClassVar = {
        "text": "default names most",
        "choice": "names! other default",
        "part": "pattern! names other",
        "first_match": "cases! other cut",
    }

    text: Header | None = None
    """The text of this header."""
    choice: Header | None = None
    """What `names` calls the text of this header; anything else is `other`."""
    part: Header | None = None
    """What the first group of `pattern` finds at the beginning of this header."""
    first_match: Header | None = None
    """The name of the first of `cases` that matches the whole of this header."""
    default: str | None = None
    """The label's value when there is no such header; without it the row does not count."""
    names: dict[Text, str] | None = None
    """What a text is called."""
    most: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Of events: how many different values are told apart; the rest are `other`."""
    other: str | None = None
    """What everything else is called: by default `other`."""
    pattern: Pattern | None = None
    """A regular expression with a group."""
    cases: dict[Pattern, str] | None = None
    """Regular expressions, and what is called so; the first that matches counts."""
    cut: Pattern | None = None
    """A regular expression for an end that does not count."""

    @model_validator(mode="after")
    def _group(self) -> Label:
        if self.pattern is not None and not re.compile(self.pattern).groups:
            raise ValueError("the pattern needs a group ( ) for the part that is the label")
        return self


class Value(OneOf):
    """How headers become a number; the name of a header alone is its number."""

    kinds: ClassVar = {
        "number": "scale offset zero",
        "seconds": "",
        "age": "",
        "since": "scale offset zero",
        "flag": "",
        "choice": "names! other",
        "difference": "less! offset",
    }

    number: Header | None = None
    """This header as a number."""
    seconds: Header | None = None
    """This header as a duration: hh:mm:ss or seconds."""
    age: Header | None = None
    """How old the thing is now: the duration in this header when it was read, and the time since."""
    since: Header | None = None
    """The time since this header, which is Unix time by the clock of the PBX."""
    flag: Header | None = None
    """1 for yes, true, on, 1 in this header; 0 for no, false, off, 0."""
    choice: Header | None = None
    """The number that `names` has for the text of this header."""
    difference: Header | None = None
    """This header as a number, less that of the header `less`."""
    names: dict[Text, float] | None = None
    """The number of each text."""
    other: float | None = None
    """The number of any other text; without it there is no sample."""
    less: Header | None = None
    """The header that is taken off."""
    scale: float | None = None
    """What the number is multiplied with."""
    offset: float | None = None
    """What is added in the end."""
    zero: bool | None = None
    """false: a 0 means that there is none."""


LabelOrHeader = Annotated[Label, *bare("text")]
ValueOrHeader = Annotated[Value, *bare("number")]
