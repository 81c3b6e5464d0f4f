"""What the user may ask, as ListCommands tells it, beside what is needed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from exporter.ami import Message, reading
from exporter.diagnosis.cures import RELOAD
from exporter.diagnosis.findings import Finding
from exporter.metrics import Collector
from exporter.metrics.catalogue import HARMLESS, mask, wanted, writes

_PRIVILEGE = re.compile(r"\(Priv: ([^()]*)\)\s*$")
_ORDER = ("reporting", "call", "agent", "command", "system")

_SPACES = (
    "no spaces in it: Asterisk drops a class after a space,",
    "and an empty item (two commas, or one at the end) grants every class",
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What the collectors of a server need of the user.

    Attributes:
        named: collectors that were asked for by name; the others are to get `reporting` at the most.
    """

    collectors: tuple[Collector, ...]
    named: frozenset[str]
    username: str

    @property
    def reads(self) -> list[str]:
        """Read classes, in the order of manager.conf."""
        return mask(self.collectors).split(",")

    @property
    def events(self) -> frozenset[str]:
        """Names of the events that are used."""
        return wanted(self.collectors)

    @property
    def writes(self) -> Mapping[str, Sequence[str]]:
        """Write classes, each with the actions that it is for."""
        return writes(self.collectors, self.named)

    @property
    def usable(self) -> frozenset[str]:
        """Write classes by which any of the collectors would tell more."""
        needs = (each.writes | each.writes_more for each in self.collectors)
        return frozenset(name for actions in needs for classes in actions.values() for name in classes)


class Offer:
    """The actions that Asterisk offers to the user, each with the classes of which any one is enough."""

    def __init__(self, response: Message) -> None:
        self._actions = {
            name.lower(): frozenset(match[1].split(",")) - {"all", "<none>"}
            for name, text in response.headers
            if (match := _PRIVILEGE.search(text))
        }

    def __contains__(self, action: str) -> bool:
        return action.lower() in self._actions

    @property
    def held(self) -> frozenset[str]:
        """The write classes that the user has: of an action that one class alone allows, it is that one."""
        held = {name for classes in self._actions.values() if len(classes) == 1 for name in classes}
        if "CoreStatus" in self and "system" not in held:
            held.add(HARMLESS)  # every Asterisk has that action; either class would do
        return frozenset(held)


def classes_of(action: str) -> tuple[str, ...]:
    """The write classes of which any one is enough for an action; none: everybody may ask it."""
    spec = reading(action)
    return spec.rights if spec else ()


def write_line(needs: Needs, held: Collection[str] = ()) -> str:
    """The line of manager.conf with the write classes that are needed, and those that have a use."""
    good = {*needs.writes, *(needs.usable & set(held))}
    return f"write = {','.join(name for name in _ORDER if name in good)}"


def read_line(needs: Needs) -> str:
    """The line of manager.conf with the read classes that are needed."""
    return f"read = {','.join(needs.reads)}"


def rights(needs: Needs, offer: Offer) -> Finding:
    """Whether the user may ask what is asked, and no more than that."""
    held = offer.held
    lacking = {
        name: some
        for name, actions in needs.writes.items()
        if (some := [action for action in actions if held.isdisjoint(classes_of(action))])
    }
    has = f"write: {', '.join(sorted(held)) or 'nothing'}"
    if lacking:
        actions = ", ".join(action for some in lacking.values() for action in some)
        return Finding(
            "rights",
            "limit",
            f"{has}; missing: {', '.join(lacking)}",
            f"write= in manager.conf lacks it, or has a space before it. It is for {actions}.",
            written(write_line(needs, held)),
        )
    surplus = held - needs.usable
    if surplus:
        many = {"command", "originate", "config", "system"} <= held
        return Finding(
            "rights",
            "hint",
            f"{has}; of no use here: {', '.join(sorted(surplus))}",
            "write = all, or an empty item in it: that grants every class."
            if many
            else "More than is needed; who takes the exporter over takes them over too.",
            written(write_line(needs)) + _left_out(needs, held),
        )
    return Finding("rights", "ok", has)


def _left_out(needs: Needs, held: Collection[str]) -> str:
    """What the least rights leave out that works now."""
    less = (needs.usable & set(held)) - set(needs.writes)
    names = [
        each.name
        for each in needs.collectors
        if any(
            less & set(classes) and not set(needs.writes) & set(classes)
            for classes in (each.writes | each.writes_more).values()
        )
    ]
    if not names:
        return ""
    return f"\nit leaves out some of {', '.join(names)}: who wants that names them in `collectors`"


def written(line: str) -> str:
    """How a line gets into manager.conf."""
    return "\n".join(["into the section of this user in manager.conf:", line, *_SPACES, RELOAD])
