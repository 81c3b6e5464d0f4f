"""The wallboard, by what Asterisk told."""

from __future__ import annotations

import pytest

from exporter.ami import ConnectionFailed, Message
from exporter.pbx.handover import hand_over
from exporter.pbx.shown import Shown
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from exporter.web.pages import wallboard
from exporter.web.pages.charts import bar, sparkline
from exporter.web.pages.memory import Memories, Memory
from exporter.web.pages.row import row
from tests.collectors.queue_server import Queues, caller, member, message, queue
from tests.collectors.replay import NOW, Replay, up
from tests.web.source import Fake, status

from .reading import Reader
from .test_html import HOSTILE

DASH = "\N{EN DASH}"


class Board:
    """The wallboard of a server under test."""

    def __init__(self, server: Queues | Replay) -> None:
        self.server = server
        self._source = Fake(rows=[status("lab")], views={"lab": server.view})
        self._memories = Memories(self._source)
        self.memory: Memory = self._memories.of("lab")

    def read(self) -> dict[str, Reader]:
        """Each of its pieces."""
        shown = row(self._source, self._memories, "lab")
        return {key: Reader(html) for key, html in wallboard.pieces(shown, self.server.view, self.memory)}

    def texts(self) -> dict[str, str]:
        """The texts of each piece."""
        return {key: piece.texts.get(key, "") for key, piece in self.read().items()}


@pytest.fixture
async def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    """A server with the collector of queues."""
    return Queues(monkeypatch)


@pytest.fixture(params=["16", "22"])
async def replay(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Replay:
    """A server with every collector, to which recorded packets came."""
    made = Replay(monkeypatch)
    made.play(
        request.param, "queues", "channels", "registrations", "dials", "conferences", "media", "security"
    )
    return made


async def test_queues(queues: Queues) -> None:
    """Who waits, who could answer, the day; a wait beyond the service level has a sign, not colour alone."""
    board = Board(queues)
    queues.listed(queue(), queue("calm"), member(), member("Ben", Status=2), caller(wait=62))
    queues.tell("AgentConnect", HoldTime="3", RingTime="1")
    shown = board.read()["queues"]
    _, calm, sales = shown.rows
    assert calm == ["calm", "0", "0:00", "0", "0", "0", "0", "0", "0", f"{DASH}in 20 s"]
    assert sales == ["sales", "1", "! 1:02", "1", "1", "0", "2", "1", "0", "100\N{NO-BREAK SPACE}%in 20 s"]
    assert "Longest wait! 1:02" in board.texts()["figures"]


def show(queues: Queues, **shown: object) -> None:
    """Let its pages show what they do not by themselves."""
    queues.pbx = up(Pbx("lab", (queues.collector,), {}, shown=Shown(**shown)))  # type: ignore[arg-type]
    queues.view = View(queues.pbx)


async def test_groups_of_queues(queues: Queues) -> None:
    """Each queue stands below its first group; a member of several queues of a group is one agent of it."""
    show(queues, queue_groups=(("Shop", ("sales.*",)), ("All", ("sales", "support")), ("None", ("x",))))
    board = Board(queues)
    queues.listed(
        queue("calm"),
        queue("sales"),
        queue("sales-2", ServiceLevel=30),
        queue("support"),
        member(),
        member(queue="sales-2"),
        member("Ben", queue="sales-2", Status=2),
        caller("2", wait=62, queue="sales-2"),
        caller("1", wait=10, queue="sales"),
    )
    queues.tell("AgentConnect", HoldTime="3", RingTime="1")
    shown = board.read()["queues"]
    assert [row[0] for row in shown.rows[1:]] == [
        "Shop", "sales", "sales-2", "All", "support", "Other queues", "calm"
    ]  # fmt: skip
    assert shown.rows[1][1:] == ["2", "! 1:02", "1", "1", "0", "2", "1", "0", "100\N{NO-BREAK SPACE}%"]
    assert shown.rows[4][6:] == ["0", "0", "0", f"{DASH}in 20 s"]
    assert ("tr", "class", "late group") in shown.attributes


async def test_too_many_queues_are_cut_where_nobody_waits(queues: Queues) -> None:
    """The others stay in their order, and it is said how many are left out."""
    board = Board(queues)
    names = [f"q{number:03}" for number in range(100)]
    queues.listed(*map(queue, names), caller(wait=62, queue="q099"), caller("2", queue="q098"))
    shown = board.read()["queues"]
    assert [row[0] for row in shown.rows[1:]] == [*names[:58], "q098", "q099"]
    assert "and 40 lines more" in shown.texts["queues"]


async def test_callers_are_shown_only_if_that_is_wanted(queues: Queues) -> None:
    """Without it they are not even kept; with it the longest wait comes first; who is not told says so."""
    told = {"CallerIDNum": "4930123", "CallerIDName": "Ann Caller"}
    board = Board(queues)
    queues.listed(queue(), message("QueueEntry", {"Queue": "sales", "Uniqueid": "1", "Wait": 5, **told}))
    assert "4930123" not in repr([live.rows for live in queues.pbx.tables.values()])
    assert board.texts()["waiting-callers"] == ""
    show(queues, callers=True)
    board = Board(queues)
    queues.listed(queue(), caller("1", wait=62), caller("2"))
    queues.tell("QueueCallerJoin", Uniqueid="3", CallerIDNum="<unknown>", CallerIDName="<unknown>")
    queues.now += 5
    queues.tell("QueueCallerJoin", Uniqueid="4", **told)
    queues.tell("QueueCallerJoin", Uniqueid="5", CallerIDNum="17", CallerIDName="17")
    queues.tell("QueueCallerLeave", Uniqueid="2")
    assert board.texts()["waiting-callers"] == (
        "Waiting callersnot told! 1:07salesnot told0:05salesAnn Caller0:00sales4930123170:00sales"
    )
    for unique in "1345":
        queues.tell("QueueCallerLeave", Uniqueid=unique)
    assert "Nobody waits." in board.texts()["waiting-callers"]


async def test_callers_from_a_reload_on(queues: Queues) -> None:
    """The rows of before do not have them: they are asked for anew, and what else is known stays."""
    queues.listed(queue(), member(), caller(wait=5))
    before = queues.pbx
    show(queues, callers=True)
    hand_over(before, queues.pbx)
    loaded = {table.name: live.loaded for table, live in queues.pbx.tables.items()}
    assert (loaded["queue_callers"], loaded["queues"]) == (False, True)
    assert not queues.pbx.polls["QueueStatus"].fresh(queues.now)
    show(queues, queue_groups=(("all", (".*",)),))
    hand_over(before, queues.pbx)
    assert all(live.loaded for live in queues.pbx.tables.values())
    assert Board(queues).read()["queues"].rows[1][:2] == ["all", "1"]


async def test_agents(queues: Queues) -> None:
    """Each once, whatever queues it serves: state, reason of a pause, calls of the day, since when."""
    board = Board(queues)
    queues.listed(
        queue(),
        queue("other"),
        member(),
        member(queue="other", Paused=1, PausedReason="meeting"),
        member("Ben", Paused=1, PausedReason="lunch", LastPause=int(NOW)),
        member("Cleo", Status=2, Paused=1, PausedReason="<b>"),
        member("Dan", LastCall=int(NOW) - 2, Wrapuptime=10),
        member("Eve", Status=5),
    )
    queues.tell("AgentConnect", HoldTime="3", RingTime="1")
    queues.tell("AgentRingNoAnswer", MemberName="Ben", RingTime="5000")
    shown = board.texts()["agents"]
    assert shown.startswith("Agents1 on a call1 free1 after a call1 paused1 unavailable")
    assert "Annfree, paused: meeting1 answered, 0 missed" in shown
    assert "paused: lunch0 answered, 1 missed" in shown
    assert "Cleoon a call, paused: <b>" in shown
    assert "Danafter a call" in shown
    queues.tell("QueueMemberStatus", Status="6", Paused="0")
    assert "ringing" in board.texts()["agents"]
    assert ("small", "title", "since") in board.read()["agents"].attributes


async def test_too_many_agents_are_not_shown_each(queues: Queues) -> None:
    """As on the page of metrics."""
    board = Board(queues)
    queues.listed(queue(), *(member(f"m{number}") for number in range(501)))
    assert "too many to show each" in board.texts()["agents"]
    assert "501" in board.texts()["queues"]


async def test_recorded_text(replay: Replay) -> None:
    """What a real Asterisk told stands in every section; what is not collected is hidden."""
    board = Board(replay)
    shown = board.texts()
    assert "support" in shown["queues"]
    assert "PJSIP" in shown["channels-by-technology"]
    assert "registered" in shown["registrations"]
    assert "Conferences" in shown["conferences"]
    assert "✓ queues" in shown["collectors"]
    assert "connected" in shown["connection"]
    for hidden in ("parked-calls", "trunks"):
        assert shown[hidden] == ""
    for section in ("hangups", "voice-quality", "refused"):
        assert "Last 15 minToday" in shown[section]


async def test_a_server_that_is_down(replay: Replay) -> None:
    """No value of before stays: what is not known says so, and the error and what to do stand on top."""
    board = Board(replay)
    replay.pbx.drop()
    replay.pbx.link.failed(ConnectionFailed("refused", "Connection refused"), replay.now)
    board.memory.look(replay.view, lambda: status("lab", state="down"))
    shown = board.texts()
    for section in ("queues", "agents", "channels-by-technology", "conferences"):
        assert "Not known now." in shown[section], section
    assert f"Waiting{DASH}" in shown["figures"]
    assert "down: Connection refused" in shown["connection"]


async def test_hostile_names_stay_texts(queues: Queues) -> None:
    """Names of queues, agents and callers, and reasons of pauses, bring no tag into the page."""
    show(queues, callers=True)
    board = Board(queues)

    def named(name: str) -> tuple[Message, ...]:
        entry = {"Queue": name, "Uniqueid": "1", "Wait": 5, "CallerIDNum": name, "CallerIDName": f"n{name}"}
        one = member(name, name, Paused=1, PausedReason=name)
        return queue(name), one, message("QueueEntry", entry)

    queues.listed(*named("x"))
    before = {key: piece.tags for key, piece in board.read().items()}
    queues.listed(*named(HOSTILE))
    after = board.read()
    for section in ("queues", "agents", "waiting-callers"):
        assert after[section].tags == before[section]
    assert f"n{HOSTILE}0:05{HOSTILE}{HOSTILE}" in after["waiting-callers"].texts["waiting-callers"]
    assert not {"script", "img"} & {tag for piece in after.values() for tag in piece.tags}
    assert after["queues"].rows[1][0] == HOSTILE
    assert HOSTILE in after["agents"].texts["agents"]


def test_a_line_of_the_last_hour() -> None:
    """The newest value is at the right end; where a value is not known the line has a gap."""
    drawn = sparkline([2.0, 4.0, None, 1.0], 10, "Calls")
    assert drawn.count("<polyline") == 2
    assert 'points="6,16.0 7,1.0"' in drawn
    assert 'points="9,23.5"' in drawn
    assert "Calls, last hour: at least 1, at most 4" in drawn
    assert "<polyline" not in sparkline([None, None], 10, "Calls")


def test_a_bar() -> None:
    """It is never longer than it can be, and is marked when it is nearly full."""
    assert 'width="50%"' in bar(0.5)
    assert 'width="100%"' in bar(1.5)
    assert "full" in bar(0.8)
    assert "full" not in bar(0.79)
