"""What ListCommands and the events that came say of a user's rights."""

from __future__ import annotations

from exporter.ami import Message
from exporter.collectors import COLLECTORS
from exporter.diagnosis.hearing import Overheard, boot, events, filters
from exporter.diagnosis.rights import Needs, Offer, rights

# As Asterisk 22 answers: what everybody may ask, and some that need a right.
FREE = ["Ping: Keepalive command.  (Priv: <none>)", "BridgeList: Get a list of bridges.  (Priv: <none>)"]
REPORTING = [
    "CoreStatus: Show PBX core status variables.  (Priv: system,reporting,all)",
    "CoreSettings: Show PBX core settings (version etc).  (Priv: system,reporting,all)",
    "CoreShowChannels: List currently active channels.  (Priv: system,reporting,all)",
    "DeviceStateList: List the current known device states.  (Priv: call,reporting,all)",
]
CALL = ["Redirect: Redirect (transfer) a call.  (Priv: call,all)"]
SYSTEM = ["Filter: Dynamically add filters.  (Priv: system,all)", *REPORTING[:3]]
POWER = [
    "Command: Execute Asterisk CLI Command.  (Priv: command,all)",
    "Originate: Originate a call.  (Priv: originate,all)",
    "UpdateConfig: Update basic configuration.  (Priv: config,all)",
]


def offer(*lines: str) -> Offer:
    """What a user is offered."""
    return Offer(Message("\r\n".join(["Response: Success", *lines]).encode()))


def needs(*names: str, named: tuple[str, ...] = ()) -> Needs:
    """What collectors need."""
    return Needs(tuple(COLLECTORS[name] for name in names), frozenset(named), "exporter")


def test_the_classes_of_a_user() -> None:
    """They are those of the actions that one class alone allows."""
    assert offer(*FREE).held == frozenset()
    assert offer(*FREE, *REPORTING).held == {"reporting"}
    assert offer(*FREE, *SYSTEM).held == {"system"}
    assert offer(*REPORTING, *CALL, *POWER).held == {"reporting", "call", "command", "originate", "config"}
    assert "ping" in offer(*FREE)
    assert "CoreStatus" not in offer(*FREE)


def test_rights_that_suffice() -> None:
    """A class that some collector can use is none too many."""
    assert rights(needs("core"), offer(*FREE, *REPORTING)).state == "ok"
    assert rights(needs("core", "parking"), offer(*FREE, *REPORTING, *CALL)).state == "ok"


def test_a_right_that_is_missing() -> None:
    """The line holds what is needed and what has a use, without a space; a dropped class looks so too."""
    found = rights(needs("core", "parking"), offer(*FREE, *CALL))
    assert found.state == "limit"
    assert found.text == "write: call; missing: reporting"
    assert "has a space before it. It is for CoreSettings, CoreStatus" in found.cause
    assert "\nwrite = reporting,call\n" in found.cure
    assert "manager reload" in found.cure


def test_rights_of_no_use() -> None:
    """They are a hint; all of them together come of `all` or of an empty item."""
    found = rights(needs("core"), offer(*FREE, *REPORTING, *CALL))
    assert (found.state, found.text) == ("hint", "write: call, reporting; of no use here: call")
    assert "empty item" not in found.cause
    found = rights(needs("core"), offer(*FREE, *SYSTEM, *CALL, *POWER))
    assert found.state == "hint"
    assert "write = all, or an empty item" in found.cause
    assert "\nwrite = reporting\n" in found.cure
    assert "leaves out" not in found.cure
    found = rights(needs("core", "parking"), offer(*FREE, *REPORTING, *CALL, *POWER))
    assert "\nit leaves out some of parking: " in found.cure


def test_the_boot() -> None:
    """FullyBooted tells it; a list of actions that stands still says that only the event is missing."""
    assert boot(True, True, needs("core"), "93600").text == "fully booted, up for 1 day, 2:00:00"
    assert boot(True, True, needs("core")).text == "fully booted"
    found = boot(False, True, needs("core"))
    assert found.state == "limit"
    assert "lacks system" in found.cause
    assert "\nread = system,security\n" in found.cure
    assert "still loads" in boot(False, False, needs("core")).text


def told(*names: str, classes: tuple[str, ...], changed: bool = False) -> Overheard:
    """What was heard in three seconds."""
    return Overheard(frozenset(names), frozenset(classes), 3.0, changed)


def test_read_classes_that_are_proven() -> None:
    """An event proves its class; what did not come is open, and no fault."""
    found = events(needs("channels", "queues"), told("Newchannel", classes=("system", "call", "all")))
    assert [(each.state, each.text) for each in found] == [
        ("ok", "seen: system, call"),
        ("unknown", "not seen yet: agent"),
    ]


def test_read_classes_that_are_missing() -> None:
    """Our own login, and channels that came or went, should have been told of."""
    heard = told("FullyBooted", classes=("system",), changed=True)
    seen, missing = events(needs("channels", "security"), heard)
    assert seen.text == "seen: system"
    assert (missing.state, missing.text) == ("limit", "not sent to this user: security, call")
    assert "\nread = system,call,security\n" in missing.cure
    assert [each.state for each in events(needs("queues"), heard)] == ["ok", "unknown"]


def test_cdr_needs_a_switch_of_its_own() -> None:
    """Without it no right brings the event."""
    (found,) = events(needs("cdr"), told(classes=()))
    assert "enabled = yes in cdr_manager.conf" in found.cure
    assert "manager show user exporter" in found.cure


def test_filters() -> None:
    """Who has write=system sets them; else events of no use show that no lines stand."""
    assert filters(needs("core"), offer(*SYSTEM), told("A", classes=())).state == "ok"
    assert filters(needs("core"), offer(*FREE), told("FullyBooted", classes=())).state == "unknown"
    found = filters(needs("core"), offer(*FREE), told(*"ABCDEFG", classes=()))
    assert (found.state, found.text) == ("hint", "events come that nobody uses: A, B, C, D, E and 2 more")
    assert "manager-conf" in found.cure
