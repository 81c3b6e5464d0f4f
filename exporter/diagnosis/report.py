"""Writes diagnoses down: as an aligned table for people, as data for machines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from exporter.diagnosis.findings import Diagnosis, Finding, State

# A mark is a word: colour only helps.
MARKS: dict[State, str] = {"ok": "ok", "hint": "hint", "limit": "LIMIT", "fail": "FAIL", "unknown": "-"}
_COLOURS: dict[State, str] = {"ok": "32", "hint": "36", "limit": "33", "fail": "1;31", "unknown": "2"}
_MARK = max(map(len, MARKS.values()))


def as_text(diagnoses: Iterable[Diagnosis], *, width: int | None = None, colour: bool = False) -> str:
    """A block for each server.

    Args:
        width: columns of the terminal; None: lines are as long as they are.
    """
    return "\n".join(_block(diagnosis, width, colour) for diagnosis in diagnoses)


def _block(diagnosis: Diagnosis, width: int | None, colour: bool) -> str:
    steps = max((len(finding.step) for finding in diagnosis.findings), default=0)
    indent = 2 + _MARK + 2 + steps + 2
    lines = [_plain(f"{diagnosis.server}  {diagnosis.address}  user {diagnosis.username}")]
    for finding in diagnosis.findings:
        mark = MARKS[finding.state].ljust(_MARK)
        if colour:
            mark = f"\x1b[{_COLOURS[finding.state]}m{mark}\x1b[0m"
        text = _wrapped(finding.text, indent, width)
        lines.append(f"  {mark}  {finding.step.ljust(steps)}  {text}".rstrip())
        lines += _more(finding, indent, width)
    return "\n".join([*lines, f"{diagnosis.server}: {diagnosis.verdict}", ""])


def _more(finding: Finding, indent: int, width: int | None) -> list[str]:
    lines = []
    for label, text in (("why: ", finding.cause), ("do:  ", finding.cure)):
        for number, line in enumerate(text.split("\n") if text else ()):
            lead = label if number == 0 else " " * len(label)
            shown = _wrapped(line, indent + len(label), width) if text is finding.cause else _plain(line)
            lines.append(" " * indent + lead + shown)
    return lines


def _wrapped(text: str, indent: int, width: int | None) -> str:
    text = _plain(text)
    if width is None:
        return text
    room = max(width - indent, 30)
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return ("\n" + " " * indent).join(lines)


def _plain(text: str) -> str:
    """What Asterisk or a caller wrote, without what would move the cursor."""
    return "".join(each if each.isprintable() else "�" for each in text)


def as_data(diagnosis: Diagnosis) -> dict[str, object]:
    """The same for machines."""
    return {
        "server": diagnosis.server,
        "address": diagnosis.address,
        "username": diagnosis.username,
        "verdict": diagnosis.verdict,
        "findings": [
            {"step": f.step, "state": f.state, "text": f.text, "cause": f.cause, "cure": f.cure}
            for f in diagnosis.findings
        ],
    }
