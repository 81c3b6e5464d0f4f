"""Which events a session wants: the words of EventMask."""

from __future__ import annotations

from exporter.simulator.packets import ALL, CLASSES

_YES = frozenset({"yes", "true", "y", "t", "1", "on"})
_NO = frozenset({"no", "false", "n", "f", "0", "off"})


def parse_mask(text: str) -> int:
    """An EventMask to bits: a number, yes or no, or classes; unknown ones are ignored, as Asterisk does."""
    if text.isdecimal():
        return int(text) & ALL
    if text.lower() in _YES or text == "all":
        return ALL
    if text.lower() in _NO:
        return 0
    mask = 0
    for name in text.split(","):
        mask |= ALL if name == "all" else CLASSES.get(name, 0)
    return mask
