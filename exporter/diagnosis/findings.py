"""What was found at each step, and how good or bad that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

# ok; works, and should be thought about; something is missing; there is no session; nobody can say yet
State: TypeAlias = Literal["ok", "hint", "limit", "fail", "unknown"]
Verdict: TypeAlias = Literal["works", "works with limits", "does not work"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: what was seen and, if it is not as it should be, why and what mends it."""

    step: str
    state: State
    text: str
    cause: str = ""
    cure: str = ""  # lines


@dataclass(slots=True)
class Diagnosis:
    """All that was found at one server."""

    server: str
    address: str
    username: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """What it comes to."""
        states = {finding.state for finding in self.findings}
        if "fail" in states:
            return "does not work"
        return "works with limits" if "limit" in states else "works"


def worst(diagnoses: Iterable[Diagnosis]) -> Verdict:
    """The verdict over several servers: that of the worst one."""
    verdicts = {diagnosis.verdict for diagnosis in diagnoses}
    ranks: tuple[Verdict, ...] = ("does not work", "works with limits")
    return next((verdict for verdict in ranks if verdict in verdicts), "works")
