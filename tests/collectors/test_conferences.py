"""Conferences: lists and events to counts."""

from __future__ import annotations

import pytest

from exporter.ami import Message
from exporter.collectors.conferences import COLLECTOR, FIRST, ConferencesOptions, declare
from exporter.metrics import Site
from tests.collectors.replay import Replay
from tests.collectors.told import Server, message

NOW = 1000.0
ROOMS, USERS = "ConfbridgeListRooms", "ConfbridgeList Conference=conferences"
PER_ROOM = ("participants", "marked", "muted", "locked")


def room(name: str, locked: str = "No") -> Message:
    """What a list says of a room."""
    return message("ConfbridgeListRooms", Conference=name, Parties="9", Marked="0", Locked=locked, Muted="No")


def user(name: str, channel: str, *, marked: str = "No", muted: str = "No") -> Message:
    """What a list says of a user."""
    return message("ConfbridgeList", Conference=name, Channel=channel, MarkedUser=marked, Muted=muted)


def come(server: Server, event: str, conference: str, unique: str, **more: str) -> None:
    """An event of a user."""
    server.tell(
        f"Confbridge{event}", Conference=conference, Channel=f"PJSIP/{unique}", Uniqueid=unique, **more
    )


def made(**options: object) -> Server:
    """A server without conferences, that shows each room."""
    server = Server(declare(ConferencesOptions.model_validate({"rooms": True, **options}), Site()))
    server.answer(ROOMS, now=NOW)
    server.answer(USERS, now=NOW)
    return server


def settled(server: Server) -> list[tuple[str, tuple[str, ...]]]:
    """What the last lists corrected."""
    return [one for table in server.pbx.tables.values() for one in table.settle(NOW + 100)]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server without conferences."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    return made()


async def test_no_conferences_are_zero(server: Server) -> None:
    """And no room has a series."""
    assert server.value("conferences") == server.value("conference_users") == 0
    assert server.value("conference_joins_total") == server.value("conference_leaves_total") == 0
    assert [server.values(f"conference_{name}") for name in PER_ROOM] == [{}] * 4


async def test_the_life_of_a_conference(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts, people come, are muted and go, it ends; lists agree and correct nothing."""
    server.tell("ConfbridgeStart", Conference="north")
    assert server.value("conferences") == 1
    assert [server.value(f"conference_{name}", "north") for name in PER_ROOM] == [0, 0, 0, 0]
    come(server, "Join", "north", "1", Muted="No")
    come(server, "Join", "north", "2", Muted="Yes")
    come(server, "Mute", "north", "1")
    assert server.value("conference_users") == server.value("conference_participants", "north") == 2
    assert server.value("conference_muted", "north") == 2
    come(server, "Unmute", "north", "2")
    assert server.value("conference_muted", "north") == 1
    server.answer(ROOMS, room("north"), now=NOW)
    server.answer(USERS, user("north", "PJSIP/1", muted="Yes"), user("north", "PJSIP/2"), now=NOW)
    assert settled(server) == []
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW + 90)
    come(server, "Leave", "north", "1")
    assert server.value("conference_participants", "north") == 1
    come(server, "Leave", "north", "2")
    server.tell("ConfbridgeEnd", Conference="north")
    assert server.value("conferences") == server.value("conference_users") == 0
    assert server.values("conference_participants") == {}
    assert server.value("conference_joins_total") == server.value("conference_leaves_total") == 2
    assert server.spread("conference_participation_seconds") == (2, 180.0)


async def test_one_channel_in_two_rooms_is_two_users(server: Server) -> None:
    """A list of one room says nothing of another."""
    server.answer(ROOMS, room("north"), room("south"), now=NOW)
    server.answer(
        USERS, user("north", "PJSIP/1"), user("south", "PJSIP/1"), user("south", "PJSIP/2"), now=NOW
    )
    assert server.values("conference_participants") == {("north",): 1, ("south",): 2}
    come(server, "Leave", "south", "1")
    assert server.values("conference_participants") == {("north",): 1, ("south",): 1}


async def test_only_lists_tell_who_is_marked_and_what_is_locked(server: Server) -> None:
    """And a marked one who goes is gone at once."""
    server.tell("ConfbridgeStart", Conference="north")
    come(server, "Join", "north", "1")
    assert server.value("conference_marked", "north") == server.value("conference_locked", "north") == 0
    server.answer(ROOMS, room("north", locked="Yes"), now=NOW)
    server.answer(USERS, user("north", "PJSIP/1", marked="Yes"), now=NOW)
    assert server.value("conference_marked", "north") == server.value("conference_locked", "north") == 1
    assert settled(server) == []
    come(server, "Leave", "north", "1")
    assert server.value("conference_marked", "north") == 0


async def test_lists_correct_what_events_left_wrong(server: Server) -> None:
    """A user who is gone unseen, one who came unseen, a room that ended unseen."""
    server.answer(ROOMS, room("north"), room("south"), now=NOW)
    server.answer(USERS, user("north", "PJSIP/1"), now=NOW)
    assert len(settled(server)) == 3
    server.answer(ROOMS, room("north"), now=NOW)
    server.answer(USERS, user("north", "PJSIP/2"), now=NOW)
    assert server.value("conferences") == server.value("conference_users") == 1
    assert sorted(settled(server)) == [
        ("ghost", ("north", "PJSIP/1")),
        ("ghost", ("south",)),
        ("missing", ("north", "PJSIP/2")),
    ]


async def test_users_are_asked_for_room_by_room(server: Server) -> None:
    """For each room that is there, as events have it too."""
    server.answer(ROOMS, room("north"), now=NOW)
    server.tell("ConfbridgeStart", Conference="south")
    asked = server.pbx.polls[USERS].questions()
    assert asked == [{"Conference": "north"}, {"Conference": "south"}]
    server.tell("ConfbridgeEnd", Conference="south")
    server.tell("ConfbridgeEnd", Conference="north")
    assert server.pbx.polls[USERS].questions() == []


async def test_rooms_are_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it nobody reads their names, which may be numbers that were dialled."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    server = Server(COLLECTOR)
    server.answer(ROOMS, room("5550100"), now=NOW)
    server.answer(USERS, user("5550100", "PJSIP/1"), now=NOW)
    assert server.value("conference_users") == 1
    assert [server.values(f"conference_{name}") for name in PER_ROOM] == [{}] * 4


async def test_patterns_tell_which_rooms_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest are other, added up; aliases can join rooms too; all of them count in the sums."""
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: NOW)
    server = made(include=("[a-z]+",), exclude=("secret",), aliases={"north": "up", "top": "up"})
    names = ("north", "top", "south", "secret", "5550100", "5550101")
    server.answer(ROOMS, *(room(name, locked="Yes") for name in names), now=NOW)
    server.answer(USERS, *(user(name, f"PJSIP/{name}", muted="Yes") for name in names), now=NOW)
    for what in ("participants", "muted", "locked"):
        assert server.values(f"conference_{what}") == {("up",): 2, ("south",): 1, ("other",): 3}, what
    assert set(server.values("conference_marked").values()) == {0}
    assert server.value("conferences") == server.value("conference_users") == 6
    assert not any(state.refused for state in server.pbx.tallies.values())


async def test_without_patterns_the_first_rooms_are_told_apart(server: Server) -> None:
    """Those that came first keep their name, also when they were gone; later ones are other."""
    server.answer(ROOMS, *(room(str(number)) for number in range(FIRST + 3)), now=NOW)
    values = server.values("conference_participants")
    assert len(values) == FIRST + 1
    assert ("0",) in values
    assert (str(FIRST),) not in values
    server.answer(ROOMS, room("new"), now=NOW)
    assert server.values("conference_participants") == {("other",): 0}
    server.answer(ROOMS, room("0"), room("new"), now=NOW)
    assert server.values("conference_participants") == {("0",): 0, ("other",): 0}


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_lists(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of real text: two rooms with what `confbridge list` said at that time."""
    replay = Replay(monkeypatch)
    replay.play(version, "conferences")
    page = replay.page()
    assert 'asterisk_conferences{server="lab"} 2.0\n' in page
    assert 'asterisk_conference_users{server="lab"} 5.0\n' in page


@pytest.mark.parametrize("version", ["16", "22"])
async def test_recorded_events(version: str, server: Server) -> None:
    """Of real text: five users in two rooms come and go, and nothing is left."""
    server.play(version, "participations")
    assert server.value("conferences") == server.value("conference_users") == 0
    assert server.value("conference_joins_total") == server.value("conference_leaves_total") == 5
    assert server.spread("conference_participation_seconds")[0] == 5
