"""Turns what pydantic found into plain words at the right place."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from exporter.config.document import Document
from exporter.config.errors import Path
from exporter.config.suggest import nearest, suggestion

_EXPECTED = {
    "string_type": "text",
    "path_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
}


def report(error: ValidationError, model: type[BaseModel], document: Document) -> set[Path]:
    """Add the problems to the document. Returns the paths that misspelt keys were probably meant for."""
    meant: set[Path] = set()
    for detail in error.errors(include_url=False):
        path: Path = detail["loc"]
        on_key = bool(path) and path[-1] == "[key]" and path not in document.marks
        if on_key:
            path = path[:-1]
        if detail["type"] == "extra_forbidden":
            known = _keys(model, path[:-1])
            word = str(path[-1])
            document.add(path, f"unknown key {suggestion(word, known)}", key=True)
            if best := nearest(word, known):
                meant.add((*path[:-1], best))
        else:
            document.add(path, _message(detail, document.words.get(path), path), key=on_key)
    return meant


def _message(detail: ErrorDetails, word: str | None, path: Path) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _EXPECTED:
        wanted = _EXPECTED[kind]
        found = _kind(detail["input"])
        if wanted == "a whole number" and isinstance(detail["input"], float):
            found = "a fraction"
        text = f"expected {wanted}, not {found}"
        if wanted == "text" and word is not None:
            if isinstance(detail["input"], bool) and "secret" not in path:
                text += f": YAML reads {word} as {str(detail['input']).lower()}"
            text += "; put it in quotes"
        if wanted == "a whole number" and isinstance(detail["input"], str):
            # YAML has octal numbers, and such to the base of 60.
            if word is not None or detail["input"].startswith("0"):
                text += "; write plain digits, the first of them not 0"
            elif detail["input"].isdecimal():
                text += ", and without quotes"
        return text
    if kind == "missing":
        return "missing"
    if kind == "literal_error":
        return f"expected {context['expected']}".replace("True", "true").replace("False", "false")
    if kind in ("greater_than_equal", "greater_than"):
        return f"must be {context.get('ge', context.get('gt'))} or more"
    if kind in ("less_than_equal", "less_than"):
        return f"must be {context.get('le', context.get('lt'))} or less"
    if kind == "value_error":
        return str(context["error"])
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _kind(value: Any) -> str:
    """What a value is, in words that name no value."""
    if isinstance(value, bool):
        return "true or false"
    for types, name in (
        ((int, float), "a number"),
        (str, "text"),
        (list, "a list"),
        (dict, "keys with values"),
    ):
        if isinstance(value, types):
            return name
    return "nothing"


def _keys(model: Any, path: Path) -> list[str]:
    """The keys that a mapping at the path may have."""
    for part in path:
        model = _plain(model)
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[str(part)].annotation
        else:  # a dict or a list: what its items are
            model = next((kind for kind in reversed(get_args(model)) if kind is not ...), None)
    model = _plain(model)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _plain(annotation: Any) -> Any:
    """A type without `Annotated` and `| None`."""
    while get_origin(annotation) not in (None, dict, list, tuple):
        annotation = next(kind for kind in get_args(annotation) if kind is not type(None))
    return annotation
