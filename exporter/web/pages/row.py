"""One server as the status page and the API tell it: how it is, what is wrong with it, and what to do."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from exporter.web.pages.figures import Figures
from exporter.web.pages.memory import Memories
from exporter.web.source import ServerStatus, Source

Level: TypeAlias = Literal["down", "failing", "waiting", "up"]
LEVELS: dict[Level, tuple[str, str]] = {  # problems first; a sign and words, since colour alone tells not all
    "down": ("✕", "Down"),
    "failing": ("!", "Collectors failing"),
    "waiting": ("…", "Not tried yet"),
    "up": ("✓", "Up"),
}

# By the reasons of asterisk_ami_connection_failures_total.
_ADVICE = {
    "dns": "See whether the host's name is right, and what this machine's name server knows.",
    "refused": "See that Asterisk runs, and that AMI is on: enabled, bindaddr and port in manager.conf.",
    "unreachable": "See the address, and the route and the firewalls on the way to it.",
    "timeout": "See the firewalls on the way, and whether Asterisk answers: asterisk -rx 'core show uptime'.",
    "tls": "See tls in the configuration, and the certificate that tlscertfile in manager.conf names.",
    "greeting": "See the port: what answers there is no AMI.",
    "auth": "See username and secret, and permit and deny of that user in manager.conf.",
    "in_use": "Another session has this user: give the exporter one of its own, or set allowmultiplelogin.",
    "closed": "See Asterisk's log: it ended the session, as at a restart.",
    "protocol": "See the exporter's log.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What there is to say of one server. Numbers are None when they are not known.

    Attributes:
        longest_wait: of the callers in its queues (s).
        agents_available: members of queues that can be called now, each once.
        failures: collectors that fail, and why.
        advice: what to do about the last error; empty without one.
    """

    status: ServerStatus
    level: Level
    queue_callers: float | None
    longest_wait: float | None
    agents_available: float | None
    failures: tuple[tuple[str, str], ...]
    advice: str

    @property
    def name(self) -> str:
        """The server's name."""
        return self.status.name


def row(source: Source, memories: Memories, name: str) -> Row:
    """The row of a configured server, as it is now."""
    view, status, memory = source.view(name), source.status(name), memories.of(name)
    figures = Figures(view)
    failures = tuple(view.pbx.health.failing(view.pbx.link).items())
    if not view.pbx.link.tried:
        level: Level = "waiting"
    elif not status.up:
        level = "down"
    else:
        level = "failing" if failures else "up"
    return Row(
        status,
        level,
        queue_callers=figures.sum("queue_callers"),
        longest_wait=figures.max("queue_longest_wait_seconds"),
        agents_available=figures.different("queue_members_available", "location"),
        failures=failures,
        advice=_ADVICE.get(memory.reason, "") if status.error else "",
    )


def data(row: Row) -> dict[str, object]:
    """The same for machines: JSON has no NaN and no infinity."""
    fields = {
        **asdict(row.status),
        "level": row.level,
        "queue_callers": row.queue_callers,
        "longest_wait": row.longest_wait,
        "agents_available": row.agents_available,
        "failures": dict(row.failures),
        "advice": row.advice,
    }
    return {key: _plain(value) for key, value in fields.items()}


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
