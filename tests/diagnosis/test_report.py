"""How diagnoses are written down."""

from __future__ import annotations

import pytest

from exporter.diagnosis import Diagnosis, Finding, as_data, as_text
from exporter.diagnosis.findings import worst

OK = Finding("name", "ok", "192.0.2.1")
LIMIT = Finding("collector queues", "limit", "denied", "No right.", "write = reporting\nthen reload")
FAIL = Finding("port", "fail", "refused", "Nobody listens there at all, as far as one can see from here.")


def diagnosis(*findings: Finding, name: str = "hq") -> Diagnosis:
    """Of a server."""
    return Diagnosis(name, "192.0.2.1:5038", "exporter", list(findings))


def test_the_columns_are_aligned() -> None:
    """Marks are words; cause and cure stand under the text."""
    assert as_text([diagnosis(OK, LIMIT)]).splitlines() == [
        "hq  192.0.2.1:5038  user exporter",
        "  ok     name              192.0.2.1",
        "  LIMIT  collector queues  denied",
        "                           why: No right.",
        "                           do:  write = reporting",
        "                                then reload",
        "hq: works with limits",
    ]


def test_a_narrow_terminal() -> None:
    """Sentences are wrapped under their beginning; lines to copy stay whole."""
    lines = as_text([diagnosis(FAIL, Finding("x", "limit", "y", "", "a" * 90))], width=60).splitlines()
    assert lines[2:4] == [
        "               why: Nobody listens there at all, as far as",
        "                    one can see from here.",
    ]
    assert f"               do:  {'a' * 90}" in lines


def test_colours_only_help() -> None:
    """Without them the text is the same."""
    coloured = as_text([diagnosis(OK, LIMIT)], colour=True)
    assert "\x1b[33mLIMIT\x1b[0m" in coloured
    plain = as_text([diagnosis(OK, LIMIT)])
    for code in ("\x1b[32m", "\x1b[33m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


def test_what_came_from_outside_moves_no_cursor() -> None:
    """A server can say what it likes."""
    text = as_text([diagnosis(Finding("greeting", "fail", "it said \x1b[2J\r\n"))])
    assert "\x1b" not in text
    assert "it said" in text


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [((OK,), "works"), ((OK, LIMIT), "works with limits"), ((LIMIT, FAIL), "does not work")],
)
def test_the_verdict_is_that_of_the_worst(findings: tuple[Finding, ...], verdict: str) -> None:
    """Of the findings of a server, and of the servers."""
    assert diagnosis(*findings).verdict == verdict
    assert worst([diagnosis(OK), diagnosis(*findings)]) == verdict
    hints = (Finding("x", "hint", "y"), Finding("x", "unknown", "y"))
    assert diagnosis(OK, *hints).verdict == "works"


def test_data() -> None:
    """Machines get the same."""
    data = as_data(diagnosis(OK))
    assert data["verdict"] == "works"
    assert data["findings"] == [{"step": "name", "state": "ok", "text": "192.0.2.1", "cause": "", "cure": ""}]
