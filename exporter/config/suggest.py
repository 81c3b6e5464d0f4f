"""What somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from exporter.config.errors import short


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if any is alike."""
    found = difflib.get_close_matches(word[:60], list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """The word and what to write instead: ``'timeot', did you mean 'timeout'?``"""
    names = list(known)
    if best := nearest(word, names):
        return f"{short(word)}, did you mean {best!r}?"
    return f"{short(word)} (known: {', '.join(names)})" if names else short(word)
