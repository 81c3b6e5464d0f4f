"""What is asked, and the rows that the answers hold."""

from __future__ import annotations

from exporter.ami import Message
from exporter.metrics import Each, Poll, Table
from exporter.pbx.polls import Answer, PollState, rows_for
from exporter.pbx.tables import LiveTable

ROOMS = Table("rooms", "ConfbridgeListRooms", key=("Conference",))
USERS = Table("users", "ConfbridgeList", key=("Conference", "Channel"))


def message(*lines: str) -> Message:
    return Message("\r\n".join(lines).encode())


def rows(table: Table, *answers: Answer) -> list[dict[str, str]]:
    return [dict(row) for row in rows_for(table, answers)]


def test_rows_of_a_list() -> None:
    """Its items of that event, each with the parameters that were asked; its own headers win."""
    item = message("Event: ConfbridgeList", "Channel: PJSIP/a", "Conference: own")
    answer = Answer(
        message("Response: Success"), [item, message("Event: Other")], {"Conference": "1", "X": "y"}
    )
    assert rows(USERS, answer) == [
        {"conference": "own", "x": "y", "event": "ConfbridgeList", "channel": "PJSIP/a"}
    ]


def test_rows_of_responses() -> None:
    """One for each thing that was asked for; an error that only says "none" is no row."""
    table = Table("mailboxes", key=("Mailbox",))
    answers = [
        Answer(message("Response: Success", "NewMessages: 2"), [], {"Mailbox": "1@default"}),
        Answer(message("Response: Error", "Message: none"), [], {"Mailbox": "2@default"}),
    ]
    assert rows(table, *answers) == [{"mailbox": "1@default", "response": "Success", "newmessages": "2"}]


def test_rows_of_lines() -> None:
    """A line whose beginning the expression matches is a row of its named groups; others are none."""
    table = Table("totals", lines=r"(?P<Count>\d+) threads(?: in (?P<Where>.*))?")
    answer = Answer(message("Response: Success", "Output: 0x1 thread", "Output: 42 threads listed."), [])
    assert rows(table, answer) == [{"count": "42"}]


def test_a_question_for_each_thing() -> None:
    """For fixed names at once; for the rows of a table once these are known, each name once."""
    fixed = Poll("MailboxCount", (Table("m", key=("Mailbox",)),), (("A", "b"),), Each("Mailbox", ("1", "2")))
    assert PollState(fixed, 30, ()).questions() == [{"A": "b", "Mailbox": "1"}, {"A": "b", "Mailbox": "2"}]
    of_rooms = Poll("ConfbridgeList", (USERS,), (), Each("Conference", of=ROOMS, header="Conference"))
    live = LiveTable(ROOMS, ())
    state = PollState(of_rooms, 30, (), live)
    assert state.questions() is None
    live.swap([{"conference": "100"}, {"conference": "evil\u2028Action: x"}], 0.0)
    assert state.questions() == [{"Conference": "100"}]


def test_questions_have_names_of_their_own() -> None:
    """Two polls that ask for different things are two."""
    names = [Poll("MailboxCount", (), each=Each("Mailbox", (name,))).question for name in ("1", "2")]
    assert names == ["MailboxCount Mailbox=1", "MailboxCount Mailbox=2"]


def test_names_inside_a_header() -> None:
    """An expression finds several; of each the same questions are asked, and each once."""
    aors = Table("aors", "AorList", key=("ObjectName",))
    each = Each(
        "Variable",
        of=aors,
        header="Contacts",
        find="[^,]+@@[^,]+",
        forms=("PJSIP_CONTACT({},status)", "PJSIP_CONTACT({},rtt)"),
    )
    live = LiveTable(aors, ["contacts"])
    state = PollState(Poll("Getvar", (), (), each), 30, (), live)
    live.swap([{"objectname": "1", "contacts": "x@@1,none,y@@2"}, {"objectname": "2", "contacts": ""}], 0.0)
    assert [asked["Variable"] for asked in state.questions() or ()] == [
        "PJSIP_CONTACT(x@@1,status)",
        "PJSIP_CONTACT(x@@1,rtt)",
        "PJSIP_CONTACT(y@@2,status)",
        "PJSIP_CONTACT(y@@2,rtt)",
    ]
