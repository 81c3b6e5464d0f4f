"""The reference of metrics, the rights and the events that are needed: all from the declarations."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from exporter.ami.filters import expressions
from exporter.metrics.collector import Collector
from exporter.metrics.families import Family
from exporter.metrics.own import OWN
from exporter.metrics.sources import Table

# In the order in which Asterisk lists them; system brings FullyBooted and Shutdown: always wanted.
READ_CLASSES = ("system", "call", "agent", "user", "dtmf", "reporting", "cdr", "agi", "cc", "aoc", "security")

# What we listen to whatever the collectors want: whether Asterisk stands, and what it offers.
OWN_EVENTS = frozenset({"FullyBooted", "Shutdown", "Reload", "Load", "Unload"})

# Where an action may be had by any of several classes, the least dangerous one is asked for.
HARMLESS = "reporting"
_HARMLESS_FIRST = ("reporting", "call", "agent", "command", "system")

# What else the other classes allow.
_ALSO = {
    "call": " (also to hang up and redirect calls)",
    "agent": " (also to add, pause and remove members of queues)",
    "command": " (also any command of the CLI)",
    "system": " (also to run code on the PBX)",
}

_PLACEHOLDER = "permit = <address of the exporter>/255.255.255.255"


def reads(collectors: Iterable[Collector]) -> dict[str, list[str]]:
    """Read classes of the events that are needed, and the collectors that need them."""
    needed: dict[str, list[str]] = {"system": []}
    for collector in collectors:
        for name in collector.reads:
            if collector.name not in needed.setdefault(name, []):
                needed[name].append(collector.name)
    return {name: needed[name] for name in READ_CLASSES if name in needed}


def mask(collectors: Iterable[Collector]) -> str:
    """The event mask of a login. No spaces: Asterisk drops a class after a space."""
    return ",".join(reads(collectors))


def wanted(collectors: Iterable[Collector]) -> frozenset[str]:
    """Names of the events that are needed: all others may be kept back."""
    return OWN_EVENTS.union(*(collector.events for collector in collectors))


def writes(collectors: Iterable[Collector], named: Collection[str] | None = None) -> dict[str, list[str]]:
    """The write classes that are needed, as few and as harmless as may be, and the actions they are for.

    Args:
        named: collectors that were asked for by name; the others get nothing but `reporting`. None: all.
    """
    granted: dict[str, list[str]] = {}
    needed = {
        action: classes
        for collector in collectors
        for action, classes in collector.writes.items()
        if classes and (named is None or collector.name in named or HARMLESS in classes)
    }
    # First what can be had in one way only, since that may cover the rest.
    for action, classes in sorted(needed.items(), key=lambda item: len(item[1])):
        choice = [name for name in _HARMLESS_FIRST if name in classes]
        have = next((name for name in choice if name in granted), choice[0])
        granted.setdefault(have, []).append(action)
    return {name: sorted(granted[name]) for name in _HARMLESS_FIRST if name in granted}


def _not_granted(collectors: Iterable[Collector], granted: Collection[str]) -> dict[str, dict[str, None]]:
    """Actions that would tell more, and of which collectors, by the class that they need."""
    found: dict[str, dict[str, None]] = {}
    for collector in collectors:
        for action, classes in (collector.writes | collector.writes_more).items():
            if classes and not set(granted) & set(classes):
                needs = next(name for name in _HARMLESS_FIRST if name in classes)
                found.setdefault(needs, {})[f"{action} ({collector.name})"] = None
    return found


def manager_conf(
    collectors: Iterable[Collector],
    username: str,
    servers: Iterable[str],
    *,
    loopback: bool,
    named: Collection[str] | None = None,
) -> str:
    """A section of manager.conf with the least rights for these collectors.

    Args:
        servers: names of the servers that it is for, for people.
        loopback: whether the exporter runs on the same machine.
        named: as for `writes`.
    """
    collectors = list(collectors)
    granted = writes(collectors, named)
    lines = [f"; For {', '.join(servers)}.", ";"]
    for name, names in reads(collectors).items():
        use = "whether Asterisk is booted, shuts down, reloads" if name == "system" else ""
        wanted = ", ".join(filter(None, [use, f"events for {', '.join(names)}" if names else ""]))
        lines.append(f"; read {name}: {wanted}")
    for name, actions in granted.items():
        lines.append(f"; write {name}{_ALSO.get(name, '')}: {', '.join(actions)}")
        users = [each.name for each in collectors if not each.writes.keys().isdisjoint(actions)]
        lines.append(f";   for {', '.join(users)}")
    for name, actions_of in _not_granted(collectors, granted).items():
        lines.append(f"; not granted: {name}{_ALSO.get(name, '')}: {', '.join(actions_of)}")
    if _not_granted(collectors, granted):
        lines.append("; What is not granted is left out. Who wants it names the collector in `collectors`.")
    lines += [
        ";",
        "; No spaces in read= and write=: Asterisk drops a class that follows a space, and an empty item",
        "; (two commas, or one at the end) grants every class.",
        f"[{username}]",
        "secret = <the secret of the exporter's configuration>",
        "deny = 0.0.0.0/0.0.0.0",
        "deny = ::/0",
    ]
    if loopback:
        lines += ["permit = 127.0.0.1/255.255.255.255", "permit = ::1/128"]
    else:
        lines += [
            "; Which address that is, the PBX sees: with NAT between, that of the router.",
            _PLACEHOLDER,
        ]
    lines += [
        f"read = {','.join(reads(collectors))}",
        f"write = {','.join(granted)}",
        *(() if "system" in granted else _event_filters(collectors)),
        "; how long (ms) Asterisk waits for a slow reader before it closes the session",
        "writetimeout = 1000",
    ]
    return "\n".join(lines) + "\n"


def _event_filters(collectors: Iterable[Collector]) -> list[str]:
    """Lines that keep back what is not needed, in the spelling that every Asterisk knows.

    With the right `system` the exporter sets them itself.
    """
    return [
        "; Other events of these classes are not sent at all. With more collectors more names are needed:",
        "; then print this section anew.",
        *(f"eventfilter = {expression}" for expression in expressions(wanted(collectors))),
    ]


# -- the reference -----------------------------------------------------------------------------

_PREAMBLE = """# Metrics

Made from the declarations by `asterisk-ami-exporter metrics`; do not edit.

The label `server` stands on every metric that speaks of one server and is not repeated below.
What is not known is absent, not 0.
Metrics of trunks are there once a trunk is named or found, those of single conferences and mailboxes by an
option of their collector ([configuration.md](configuration.md)).
"""
_PROCESS = """## The process

`process_*` and `python_info` come from prometheus_client and are described there.
"""


def markdown(collectors: Iterable[Collector]) -> str:
    """The reference of metrics, as Markdown."""
    sections = [_section(collector) for collector in (*collectors, OWN)]
    return "\n".join([_PREAMBLE, *sections, _PROCESS])


def _section(collector: Collector) -> str:
    lines = [f"## {collector.name}\n", f"{collector.help}\n"]
    if collector.polls:
        asked = []
        for poll in collector.polls:
            classes = (collector.writes | collector.writes_more)[poll.action]
            right = f"write: {' or '.join(classes)}" if classes else "no right needed"
            asked.append(f"`{poll.action}` every {max(poll.every or 0, collector.interval):g} s ({right})")
        lines.append(f"Asks {', '.join(asked)}.\n")
    if collector.events:
        events = ", ".join(f"`{name}`" for name in sorted(collector.events))
        lines.append(f"Listens to {events} (read: {', '.join(collector.reads)}).\n")
    if not collector.default:
        lines.append("Off unless asked for.\n")
    lines += ["| metric | type | labels | meaning |", "| --- | --- | --- | --- |"]
    for family in collector.families:
        labels = ", ".join(f"`{name}`" for name in _labels(family)) or "none"
        lines.append(
            f"| `{family.name}` | {_kind(family)} | {labels} | {family.help.replace('|', chr(92) + '|')} |"
        )
    return "\n".join(lines) + "\n"


def _labels(family: Family) -> list[str]:
    return [name for name in family.label_names if name != "server"]


def _kind(family: Family) -> str:
    return "gauge (one 0/1 series a state)" if family.kind == "states" else family.kind


def as_json(collectors: Iterable[Collector]) -> str:
    """The reference for machines."""
    return json.dumps([_as_data(collector) for collector in (*collectors, OWN)], indent=2) + "\n"


def _as_data(collector: Collector) -> Mapping[str, object]:
    return {
        "collector": collector.name,
        "help": collector.help,
        "default": collector.default,
        "interval": collector.interval,
        "actions": {action: list(classes) for action, classes in collector.writes.items()},
        "read": list(collector.reads),
        "events": sorted(collector.events),
        "metrics": [
            {
                "name": family.name,
                "type": family.kind,
                "labels": list(family.label_names),
                "help": family.help,
                "table": family.source.name if isinstance(family.source, Table) else None,
                "buckets": list(family.buckets),
            }
            for family in collector.families
        ],
    }
