"""Live tables: lists, events in between, and the proof that both agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.metrics import Is, Live, Table
from exporter.pbx.tables import LiveTable, NoKey

CHANNELS = Table(
    "channels",
    "CoreShowChannel",
    key=("Uniqueid",),
    live=(
        Live("Newchannel", "create", sets={"Witnessed": "1"}),
        Live("Newstate"),
        Live("Hold", sets={"Held": "1"}),
        Live("Renamed", rename={"Channel": "Newname"}),
        Live("Hangup", "remove"),
    ),
    compared=("ChannelState",),
    kept=("Witnessed", "Held"),
)


GRACE = CHANNELS.slack


def made() -> LiveTable:
    return LiveTable(CHANNELS, ["channel", "channelstate", "application", "@at"])


def row(unique: str, state: str = "6", **more: str) -> dict[str, str]:
    return {"uniqueid": unique, "channel": f"PJSIP/{unique}", "channelstate": state, **more}


def tell(table: LiveTable, event: str, fields: dict[str, str], now: float = 0.0) -> None:
    for rule in table.rules:
        if rule.event == event:
            table.apply(rule, fields, now)


def keys(table: LiveTable) -> set[str]:
    return {key for (key,) in table.rows}


def test_a_list_replaces_the_rows_whole() -> None:
    """What a list does not name is gone; what it names has the headers that are read, and its time."""
    table = made()
    table.swap([row("a", other="x")], 10.0)
    table.swap([row("b")], 20.0)
    assert dict(table.rows) == {("b",): {**row("b"), "@at": 20.0}}


def test_events_set_and_remove_rows() -> None:
    """Create, update and remove by key; the same event twice does no harm."""
    table = made()
    table.swap([], 0.0)
    for _ in range(2):
        tell(table, "Newchannel", row("a", "4"), 5.0)
    tell(table, "Newstate", row("a", "6"), 6.0)
    tell(table, "Hold", {"uniqueid": "a"})
    tell(table, "Renamed", {"uniqueid": "a", "channel": "PJSIP/a", "newname": "PJSIP/z"})
    assert dict(table.rows[("a",)]) == {
        "uniqueid": "a",
        "channel": "PJSIP/z",
        "channelstate": "6",
        "witnessed": "1",
        "held": "1",
        "@at": 5.0,
    }
    for _ in range(2):
        tell(table, "Hangup", row("a"))
    assert keys(table) == set()


def test_an_update_of_an_unknown_row_makes_none() -> None:
    """A late event of a channel that is gone does not bring it back."""
    table = made()
    table.swap([], 0.0)
    tell(table, "Newstate", row("a"))
    assert keys(table) == set()


def test_events_before_the_first_list_are_not_shown() -> None:
    """Nothing is known before a list was read; what came while it was on its way is."""
    table = made()
    tell(table, "Newchannel", row("early"))
    table.begin(0.0)
    tell(table, "Newchannel", row("meanwhile"))
    assert not table.loaded
    assert keys(table) == set()
    table.swap([row("listed")], 0.0)
    assert keys(table) == {"listed", "meanwhile"}


def test_a_removed_key_does_not_come_back_from_a_list_on_its_way() -> None:
    """The events of the flight are replayed on the new rows."""
    table = made()
    table.swap([row("a"), row("b")], 0.0)
    table.begin(0.0)
    tell(table, "Hangup", row("a"))
    tell(table, "Newstate", row("b", "5"))
    table.swap([row("a"), row("b", "6")], 1.0)
    assert keys(table) == {"b"}
    assert table.rows[("b",)]["channelstate"] == "5"


def test_a_list_is_no_judge_of_what_has_just_happened() -> None:
    """A list a little older than the last events neither brings back nor takes away; a later one does."""
    table = made()
    table.swap([row("going")], 0.0)
    tell(table, "Newchannel", row("coming"), 9.0)
    tell(table, "Hangup", row("going"), 9.0)
    table.begin(10.0)
    table.swap([row("going")], 10.1)
    assert keys(table) == {"coming"}
    assert table.settle(10.1 + GRACE) == []
    table.begin(20.0)
    table.swap([row("going")], 20.1)
    assert keys(table) == {"going"}
    assert len(table.settle(20.1 + GRACE)) == 2


def test_what_only_events_know_survives_a_list() -> None:
    """Hold is in no list: it stays as long as its row does."""
    table = made()
    table.swap([row("a"), row("b")], 0.0)
    tell(table, "Hold", {"uniqueid": "a"})
    table.swap([row("a"), row("b")], 1.0)
    assert table.rows[("a",)]["held"] == "1"
    assert "held" not in table.rows[("b",)]
    table.swap([row("b")], 2.0)
    table.swap([row("a")], 3.0)
    assert "held" not in table.rows[("a",)]


def test_a_failed_list_keeps_the_old_rows() -> None:
    """What a list that was cut brought is thrown away; events go on."""
    table = made()
    table.swap([row("a")], 0.0)
    table.begin(0.0)
    tell(table, "Newchannel", row("b"))
    table.give_up()
    assert keys(table) == {"a", "b"}


def test_a_list_that_differs_is_a_correction_of_its_kind() -> None:
    """Missing, ghost and changed are told apart, and counted once the grace is over."""
    table = made()
    table.swap([row("ghost"), row("changed", "4")], 0.0)
    table.swap([row("missing"), row("changed", "6")], 10.0)
    assert table.settle(10.0 + GRACE - 0.1) == []
    assert sorted(table.settle(10.0 + GRACE)) == [
        ("changed", ("changed",)),
        ("ghost", ("ghost",)),
        ("missing", ("missing",)),
    ]
    assert dict(table.corrections) == {"missing": 1, "ghost": 1, "changed": 1}
    assert table.settle(100.0) == []


def test_a_difference_that_an_event_settles_is_no_correction() -> None:
    """A list can be ahead of the events: a channel is gone from it before its Hangup comes."""
    table = made()
    table.swap([row("a")], 0.0)
    table.swap([], 10.0)
    tell(table, "Hangup", row("a"), 10.5)
    assert table.settle(20.0) == []
    assert table.corrections.total() == 0


def test_headers_that_are_not_compared_change_freely() -> None:
    """The application is the list's alone: no event keeps it, so no list corrects it."""
    table = made()
    table.swap([row("a", application="Dial")], 0.0)
    table.swap([row("a", application="Queue")], 10.0)
    assert table.settle(20.0) == []
    assert table.rows[("a",)]["application"] == "Queue"


def test_the_end_of_the_session_forgets_everything() -> None:
    """The first list of the next session corrects nothing."""
    table = made()
    table.swap([row("a")], 0.0)
    table.drop()
    assert not table.loaded
    assert table.rows == {}
    table.swap([row("b")], 5.0)
    assert table.settle(20.0) == []


def test_watchers_see_each_change() -> None:
    """They are told of the row before and after, and of nothing that changes nothing."""
    table = made()
    seen: list[tuple[object, object]] = []
    table.watch(("channelstate",), lambda before, after, now: seen.append((before is None, after is None)))
    table.swap([], 0.0)
    tell(table, "Newchannel", row("a"))
    tell(table, "Newstate", row("a", "5"))
    tell(table, "Newstate", row("a", "5"))
    tell(table, "Newstate", row("unknown"))
    tell(table, "Hangup", row("a"))
    tell(table, "Hangup", row("a"))
    assert seen == [(True, False), (False, False), (False, True)]


def test_what_a_rule_sets_an_event_cannot_say_otherwise() -> None:
    """Not even of a row that has it already: a caller may have put that header there."""
    users = Table("users", "User", key=("Id",), live=(Live("Mute", sets={"Muted": "Yes"}),))
    table = LiveTable(users, ["muted"])
    for before in ("No", "Yes"):
        table.swap([{"id": "a", "muted": before}], 0.0)
        tell(table, "Mute", {"id": "a", "muted": "No"})
        assert table.rows["a",] == {"id": "a", "muted": "Yes"}


def test_a_row_without_its_key_is_none() -> None:
    """A caller's empty line cuts a packet short: what lacks the key is left out."""
    table = made()
    table.swap([{"channel": "PJSIP/cut"}, row("a")], 0.0)
    tell(table, "Newchannel", {"channel": "PJSIP/cut"})
    tell(table, "Hangup", {"channel": "PJSIP/cut"})
    assert keys(table) == {"a"}


def test_a_header_of_the_list_has_another_name() -> None:
    """So that two tables can be joined whose lists call one thing by two names."""
    lots = Table("lots", "Parkinglot", key=("Parkinglot",), rename={"Parkinglot": "Name"})
    table = LiveTable(lots, ["stopspace"])
    listed = [{"name": "default", "stopspace": "720"}]
    assert table.whole(listed)
    assert not table.whole([{"parkinglot": "default"}])
    table.swap(listed, 0.0)
    assert table.rows == {("default",): {"parkinglot": "default", "stopspace": "720"}}


def test_items_without_their_key() -> None:
    """One of several was cut short; if none has it, the declaration is wrong, and nobody is blamed."""
    table = made()
    assert table.whole([row("a"), row("b")])
    assert not table.whole([row("a"), {"channel": "x"}])
    assert not table.whole([{"channel": "x"}])
    with pytest.raises(NoKey, match="no item has the headers uniqueid"):
        table.whole([{"channel": "x"}, {"channel": "y"}])


def test_a_row_that_does_not_count_any_more_goes() -> None:
    """What a table keeps is what its condition says, also after an event."""
    table = LiveTable(replace(CHANNELS, where=Is("ChannelState", ("6",))), [])
    table.swap([row("a", "6"), row("b", "4")], 0.0)
    assert keys(table) == {"a"}
    tell(table, "Newstate", row("a", "4"))
    assert keys(table) == set()


def test_what_is_made_anew_is_young() -> None:
    """A key that is made again, its removal having been missed, is as old as the event."""
    table = made()
    table.swap([row("a")], 0.0)
    tell(table, "Newchannel", row("a"), 50.0)
    assert table.rows[("a",)]["@at"] == 50.0
