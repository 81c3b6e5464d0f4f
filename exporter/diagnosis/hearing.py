"""What the user is sent, as events prove it, beside what is needed: Asterisk itself never says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from exporter.diagnosis.findings import Finding
from exporter.diagnosis.rights import Needs, Offer, read_line, written


def boot(booted: bool, stands: bool, needs: Needs, uptime: str | None = None) -> Finding:
    """Whether Asterisk is booted, and tells the user so.

    Args:
        booted: FullyBooted came.
        stands: the list of its actions does not grow any more.
        uptime: seconds, as FullyBooted gives them.
    """
    if booted:
        return Finding("booted", "ok", "fully booted" + _up_for(uptime))
    if stands:
        return Finding(
            "booted",
            "limit",
            "it stands, but this user is not told of FullyBooted, Shutdown and Reload",
            "read= in manager.conf lacks system, or has a space before it.",
            written(read_line(needs)),
        )
    return Finding(
        "booted",
        "limit",
        "it still loads its modules",
        "What is not offered now may be offered when it has booted.",
        "check again in a minute",
    )


def _up_for(uptime: str | None) -> str:
    if not uptime or not uptime.isdecimal():
        return ""
    return f", up for {timedelta(seconds=int(uptime[:12]))}"


@dataclass(frozen=True, slots=True)
class Overheard:
    """The events of a short while: their names and the read classes that they prove.

    Attributes:
        seconds: how long was listened.
        channels_changed: whether lists say that channels came or went meanwhile.
    """

    names: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    seconds: float = 0.0
    channels_changed: bool = False


def withheld(needs: Needs, heard: Overheard) -> list[str]:
    """The read classes whose events should have come, and did not."""
    missing = []
    # Each login is an event, and was ours; channels do not come and go in silence.
    if "security" in needs.reads and "SuccessfulAuth" in needs.events - heard.names:
        missing.append("security")
    if "call" in needs.reads and heard.channels_changed and {"Newchannel", "Hangup"} <= needs.events:
        missing.append("call")
    return [name for name in missing if name not in heard.classes]


def events(needs: Needs, heard: Overheard) -> list[Finding]:
    """Which read classes are proven; Asterisk says On to every class that it knows, granted or not."""
    seen = [name for name in needs.reads if name in heard.classes]
    findings = [Finding("events", "ok", f"seen: {', '.join(seen)}")] if seen else []
    missing = withheld(needs, heard)
    if missing:
        findings.append(
            Finding(
                "events",
                "limit",
                f"not sent to this user: {', '.join(missing)}",
                "What should have told of them happened. read= in manager.conf lacks them or has a space "
                "before them, or an eventfilter line keeps them back.",
                written(read_line(needs)),
            )
        )
    # FullyBooted is looked after by itself.
    unseen = [name for name in needs.reads if name not in (*seen, *missing, "system")]
    if unseen:
        cure = [
            "make a call while this checks",
            f"or ask the PBX: asterisk -rx 'manager show user {needs.username}'",
        ]
        if "cdr" in unseen:
            cure.append("cdr also needs enabled = yes in cdr_manager.conf")
        findings.append(
            Finding(
                "events",
                "unknown",
                f"not seen yet: {', '.join(unseen)}",
                f"Nothing of the kind happened in {heard.seconds:.0f} s, or read= lacks them.",
                "\n".join(cure),
            )
        )
    return findings


def filters(needs: Needs, offer: Offer, heard: Overheard) -> Finding:
    """Whether Asterisk keeps back the events that nobody uses."""
    if "Filter" in offer:
        return Finding("filters", "ok", "the exporter sets them itself (write=system)")
    if waste := sorted(heard.names - needs.events):
        return Finding(
            "filters",
            "hint",
            f"events come that nobody uses: {_some(waste)}",
            "The section of this user has no eventfilter lines, or older ones.",
            "print them with `manager-conf`",
        )
    return Finding("filters", "unknown", "no event came that nobody uses")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
