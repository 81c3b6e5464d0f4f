"""Which format and which encoding a client wants, by its Accept headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module

try:  # the same, several times as fast, where it is installed
    _zlib = import_module("isal.isal_zlib")
except ImportError:
    _zlib = import_module("zlib")

_PIECES = {mark: re.compile(rf'(?:[^{mark}"]|"(?:\\.|[^"\\])*"?)+', re.DOTALL) for mark in ",;"}
_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class Format:
    """A format of the metrics page, and what it is called."""

    openmetrics: bool
    content_type: str


TEXT = Format(False, "text/plain; version=0.0.4; charset=utf-8")
# By the scheme that escapes names, which from version 1.0.0 on is part of the type. Ours need no escaping:
# these schemes give the same page. The one that is missing, dots, would not; who asks for it gets the first.
OPENMETRICS = {
    scheme: Format(True, f"application/openmetrics-text; version=1.0.0; charset=utf-8; escaping={scheme}")
    for scheme in ("underscores", "allow-utf-8", "values")
}


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of a header's list: what is accepted, and how much (0 is not at all)."""

    name: str
    params: Mapping[str, str]
    quality: float


@dataclass(frozen=True, slots=True)
class _Offer:
    """Something we can give."""

    name: str
    version: str

    def fit(self, item: _Item) -> int:
        """How exactly the item speaks of us: 0 is not at all."""
        if item.name == self.name:
            version = item.params.get("version")
            return {None: 3, self.version: 4}.get(version, 0)
        if item.name == self.name.partition("/")[0] + "/*":
            return 2
        return 1 if item.name == "*/*" else 0


_OFFERS = {
    TEXT: _Offer("text/plain", "0.0.4"),
    OPENMETRICS["underscores"]: _Offer("application/openmetrics-text", "1.0.0"),
}


def choose(accept: str | None) -> Format:
    """The format that the client likes best; text 0.0.4 if it names none that we have.

    Of what it likes equally, what it names wins over a wildcard, then what it names first. A version
    that we do not write is as good as not named; what a client sends is never repeated to it.
    """
    items = list(_items(accept))
    best, chosen, escaping = (0.0, False, 0), TEXT, ""
    for format_, offer in _OFFERS.items():
        fits = [(offer.fit(item), item.quality, -index) for index, item in enumerate(items)]
        fit, quality, index = max(fits, default=(0, 0.0, 0))
        rank = (quality, fit > 2, index)
        if fit and quality and rank > best:
            best, chosen, escaping = rank, format_, items[-index].params.get("escaping", "")
    return OPENMETRICS.get(escaping, chosen) if chosen.openmetrics else chosen


def gzip_wanted(accept_encoding: str | None) -> bool:
    """Whether the answer may be gzipped, and the client does not like it better plain."""
    wanted = {item.name: item.quality for item in _items(accept_encoding)}
    gzip = wanted.get("gzip", wanted.get("x-gzip", wanted.get("*", 0.0)))
    return gzip > 0 and gzip >= wanted.get("identity", 0.0)


def compress(body: bytes) -> bytes:
    """The body as gzip."""
    packer = _zlib.compressobj(1, wbits=31)  # level 1: a ninth of the time of level 9, half as large again
    packed: bytes = packer.compress(body) + packer.flush()
    return packed


def _items(header: str | None) -> Iterator[_Item]:
    """The items of a header's list; those that nobody can read are left out."""
    for part in _PIECES[","].findall(header or ""):
        name, *rest = [piece.strip() for piece in _PIECES[";"].findall(part)] or [""]
        params = {}
        for piece in rest:
            key, _, value = piece.partition("=")
            params[key.strip().lower()] = _unquoted(value.strip())
        quality = params.pop("q", "1")
        if name and _QUALITY.fullmatch(quality):
            yield _Item(name.lower(), params, float(quality))


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
