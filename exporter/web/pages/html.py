"""HTML as values: what is not made here is text, and is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias


class Html(str):
    """A piece of HTML, made by `tag`."""

    __slots__ = ()


Content: TypeAlias = "str | Iterable[Content] | None"

_VOID = frozenset({"input", "link", "meta"})
_special = re.compile("[&<>\"']").search  # most texts have nothing to escape: to look is faster


def text(content: Content) -> Html:
    """Content as HTML: a text is escaped, HTML stays, several are put together, None is nothing."""
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(escape(content) if _special(content) else content)
    if content is None:
        return Html()
    return Html("".join([text(each) for each in content]))


def tag(element: str, /, *content: Content, **attributes: str | bool | None) -> Html:
    """An element.

    Args:
        attributes: `class_` is class, `data_live` is data-live; True stands without a value, None and
            False not at all.
    """
    start = element
    for key, value in attributes.items():
        if value is True:
            start += f" {key}"
        elif isinstance(value, str):
            start += f' {key.rstrip("_").replace("_", "-")}="{escape(value) if _special(value) else value}"'
    if element in _VOID:
        return Html(f"<{start}>")
    return Html(f"<{start}>{''.join([text(each) for each in content])}</{element}>")


def foreign(words: str) -> Html:
    """A text that others chose: its direction of writing must not turn what stands beside it."""
    return tag("bdi", words)
