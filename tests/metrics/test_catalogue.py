"""Rights and events, from the declarations."""

from __future__ import annotations

import re

from exporter.collectors import COLLECTORS
from exporter.metrics import Collector, Poll, Table
from exporter.metrics.catalogue import manager_conf, mask, writes


def asks(name: str, *actions: str, reads: tuple[str, ...] = ()) -> Collector:
    table = (Table("t"),)
    return Collector(
        name=name, help="X.", families=(), reads=reads, polls=tuple(Poll(action, table) for action in actions)
    )


def test_the_mask_has_no_spaces_and_always_system() -> None:
    """Asterisk drops a class after a space; without system there is no FullyBooted."""
    assert mask([asks("a", reads=("security", "call"))]) == "system,call,security"
    assert mask([]) == "system"


def test_the_least_dangerous_class_is_asked_for() -> None:
    """reporting before system; what only system allows covers the rest."""
    assert writes([asks("a", "CoreStatus", "CoreShowChannels")]) == {
        "reporting": ["CoreShowChannels", "CoreStatus"]
    }
    assert writes([asks("a", "CoreStatus", "PJSIPShowContacts")]) == {
        "system": ["CoreStatus", "PJSIPShowContacts"]
    }
    assert writes([asks("a", "QueueStatus")]) == {}


def printed(*names: str) -> str:
    return manager_conf([COLLECTORS[name] for name in names], "exporter", ["hq"], loopback=False)


def test_a_section_says_why() -> None:
    """Each class with the collectors and actions that need it; all addresses are denied but one."""
    text = printed("ami", "core", "channels")
    assert "; read call: events for channels\n" in text
    assert "; write reporting: CoreSettings, CoreShowChannels, CoreStatus\n" in text
    assert "\n[exporter]\n" in text
    assert "\nread = system,call,security\nwrite = reporting\n" in text
    assert "permit = 127.0.0.1" not in text


def test_event_filters_are_printed() -> None:
    """For a user who may not set them himself; whoever has write=system may."""
    filters = re.findall(r"^eventfilter = (.*)$", printed("core", "channels"), re.MULTILINE)
    assert len(filters) == 1
    assert filters[0].startswith("^Event: (")
    for name in ("Hangup", "FullyBooted", "Newchannel"):
        assert name in re.findall(r"\w+", filters[0])
    assert "VarSet" not in filters[0]
    powerful = asks("contacts", "PJSIPShowContacts")
    assert "eventfilter" not in manager_conf([powerful], "exporter", ["hq"], loopback=False)


def test_dangerous_classes_are_for_collectors_that_are_named() -> None:
    """Who names none gets `reporting` alone; what else would be needed is told, with what it also allows."""
    some = [COLLECTORS["channels"], COLLECTORS["parking"]]
    text = manager_conf(some, "exporter", ["hq"], loopback=False, named=())
    assert "\nwrite = reporting\n" in text
    assert "; not granted: system (also to run code on the PBX): PJSIPShowEndpoints (channels)\n" in text
    wants = "Parkinglots (parking), ParkedCalls (parking)"
    assert f"; not granted: call (also to hang up and redirect calls): {wants}\n" in text
    text = manager_conf(some, "exporter", ["hq"], loopback=False, named=("parking",))
    assert "\nwrite = reporting,call\n" in text
    assert "not granted: call" not in text
