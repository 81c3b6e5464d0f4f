"""The kinds of values that custom metrics are written with, and mappings that are one of several kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from exporter.ami.actions import READING, SHOW_COMMANDS
from exporter.ami.filters import EVENT_NAME
from exporter.collectors import COLLECTORS
from exporter.config.section import Section
from exporter.config.suggest import suggestion
from exporter.config.values import Text, duration
from exporter.metrics.eventclasses import CLASSES
from exporter.metrics.families import SHORT, TALK, WAIT

T = TypeVar("T")

HEADER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_()/.-]{0,79}")
TABLE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_BUCKETS = {"short": SHORT, "wait": WAIT, "talk": TALK}
_MOST_BUCKETS = 50


def header(value: str) -> str:
    """The name of a header. Raises ValueError."""
    if not HEADER.fullmatch(value):
        raise ValueError("not a name for a header: letters, digits and _ ( ) / . - alone")
    return value


def _event(value: str) -> str:
    if not EVENT_NAME.fullmatch(value):
        raise ValueError("not a name for an event: letters, digits, _ and - alone")
    return value


def name(value: str) -> str:
    """The name of a table, a fold, an entry. Raises ValueError."""
    if not TABLE.fullmatch(value):
        raise ValueError("a name here has small letters, digits and _, and begins with a letter")
    return value


def _entry_name(value: str) -> str:
    name(value)
    if value in COLLECTORS or value == "exporter":
        raise ValueError(f"there is a built-in collector {value!r}; take another name")
    return value


def _sentence(value: str) -> str:
    if not value.endswith("."):
        raise ValueError("a help is a sentence with a full stop")
    return value


def _buckets(value: Any) -> Any:
    if isinstance(value, str):
        if value not in _BUCKETS:
            raise ValueError(f"expected numbers, or one of {', '.join(_BUCKETS)}")
        return _BUCKETS[value]
    return tuple(value) if isinstance(value, list) else value


def _rise(values: tuple[float, ...]) -> tuple[float, ...]:
    if list(values) != sorted(set(values)) or not 1 <= len(values) <= _MOST_BUCKETS:
        raise ValueError(f"buckets are 1 to {_MOST_BUCKETS} numbers that rise")
    return values


def _windows(value: Any) -> Any:
    if not isinstance(value, list) or not value:
        raise ValueError("expected a list of durations, such as [1m, 5m]")
    windows = {str(length): duration(length) for length in value}
    if any(not 1 <= length <= 3600 for length in windows.values()):
        raise ValueError("a window lasts from 1s to 1h")
    return windows


def listed(value: Any) -> Any:
    """A single text as the list of it."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def some(values: tuple[T, ...]) -> tuple[T, ...]:
    """At least one. Raises ValueError."""
    if not values:
        raise ValueError("expected at least one")
    return values


def _class(value: str) -> str:
    if value not in CLASSES:
        raise ValueError(f"unknown read class {suggestion(value, CLASSES)}")
    return value


class Or:
    """In the JSON Schema: something else may stand here as well."""

    def __init__(self, other: Mapping[str, Any]) -> None:
        self._other = dict(other)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {"anyOf": [self._other, handler(schema)]}


STRING = {"type": "string", "minLength": 1}

Header = Annotated[str, AfterValidator(header), WithJsonSchema(STRING)]
Headers = Annotated[tuple[Header, ...], BeforeValidator(listed), Or(STRING)]
EventName = Annotated[
    str, AfterValidator(_event), WithJsonSchema({"type": "string", "pattern": f"^{EVENT_NAME.pattern}$"})
]
EventNames = Annotated[tuple[EventName, ...], BeforeValidator(listed), Or(STRING)]
TableName = Annotated[
    str, AfterValidator(name), WithJsonSchema({"type": "string", "pattern": f"^{TABLE.pattern}$"})
]
EntryName = Annotated[
    str, AfterValidator(_entry_name), WithJsonSchema({"type": "string", "pattern": f"^{TABLE.pattern}$"})
]
Action = Annotated[
    str, AfterValidator(header), WithJsonSchema({"enum": [each.name for each in READING.values()]})
]
Command = Annotated[
    Text, WithJsonSchema({"anyOf": [{"enum": list(SHOW_COMMANDS)}, {"type": "string", "pattern": " [^ ]+$"}]})
]
Sentence = Annotated[Text, AfterValidator(_sentence)]
MetricName = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"})]
Texts = Annotated[tuple[Text, ...], BeforeValidator(listed), AfterValidator(some)]
Class = Annotated[str, AfterValidator(_class), WithJsonSchema({"type": "string", "enum": list(CLASSES)})]
Buckets = Annotated[
    tuple[float, ...], BeforeValidator(_buckets), AfterValidator(_rise), Or({"enum": list(_BUCKETS)})
]
Windows = Annotated[
    dict[str, float],
    BeforeValidator(_windows),
    WithJsonSchema({"type": "array", "items": {"type": ["string", "number"]}}),
]


class OneOf(Section):
    """A mapping that is of one kind: by the key of that kind, which the other keys must fit."""

    kinds: ClassVar[Mapping[str, str]]  # the keys that go with each kind; those that it needs have a !
    common: ClassVar[str] = ""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        made = handler(schema)
        needed = {kind: cls._keys(kind, needed=True) for kind in cls.kinds}
        kinds = [{"required": [kind, *dict.fromkeys(keys)]} for kind, keys in needed.items()]
        handler.resolve_ref_schema(made)["oneOf"] = kinds
        return made

    @classmethod
    def _keys(cls, kind: str, *, needed: bool) -> list[str]:
        """The keys that go with a kind, or only those that it needs."""
        keys = f"{cls.kinds[kind]} {cls.common}".split()
        return [key.rstrip("!") for key in keys if key.endswith("!") or not needed]

    @model_validator(mode="after")
    def _one_kind(self) -> OneOf:
        given = self.model_fields_set
        kinds = [kind for kind in self.kinds if kind in given]
        if len(kinds) != 1:
            found = f"not {' and '.join(kinds)} at once" if kinds else "there is none"
            raise ValueError(f"expected one of {', '.join(self.kinds)}; {found}")
        (kind,) = kinds
        if missing := [key for key in self._keys(kind, needed=True) if key not in given]:
            raise ValueError(f"{kind} needs the key {' and the key '.join(missing)}")
        allowed = {kind, *self._keys(kind, needed=False)}
        if strange := [key for key in type(self).model_fields if key in given - allowed]:
            raise ValueError(f"the key {strange[0]} does not go with {kind}")
        return self


def bare(key: str, check: Callable[[str], str] = header) -> tuple[BeforeValidator, Or]:
    """A text alone stands for a mapping with it as the value of that key."""

    def wrap(value: Any) -> Any:
        return {key: check(value)} if isinstance(value, str) else value

    return BeforeValidator(wrap), Or(STRING)
