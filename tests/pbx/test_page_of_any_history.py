"""Whatever has happened before, a page is what the rows say at its first block; nothing on it is old."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping

import pytest

from exporter.ami import Message
from exporter.metrics import (
    Age,
    Choice,
    Collector,
    Events,
    Family,
    Fold,
    Is,
    Joined,
    Live,
    Not,
    Number,
    Open,
    Poll,
    Seed,
    Table,
    Text,
    counter,
    gauge,
    states,
)
from exporter.metrics.exposition import Block, Writer
from exporter.metrics.folds import Folded, Machine, Told
from exporter.metrics.readers import Row
from exporter.metrics.sampling import sample
from exporter.metrics.sources import Derived, tables_of
from exporter.pbx import view as views
from exporter.pbx.handover import hand_over
from exporter.pbx.polls import Answer
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from tests.collectors.replay import up

PHONES = Table(
    "phones",
    "Phone",
    key=("Id",),
    rename={"State": "Word"},
    where=Not(Is("Hidden", ("1",))),
    compared=("State",),
    kept=("Reason",),
    live=(
        Live("New", "create", rename={"State": "Word"}),
        Live("Changed", "update", rename={"State": "Word"}),
        Live("Told", "update", rename={"Reason": "Why"}),
        Live("Gone", "remove"),
    ),
)
ROOMS = Table("rooms", "Room", key=("Room",), live=(Live("Opened", "create"), Live("Closed", "remove")))
WORDS = Choice("State", {"1": "one", "2": "two"})


def _made(phones: Iterable[Row], rooms: Iterable[Row]) -> Iterator[Row]:
    yield {"count": float(len(list(phones)) + len(list(rooms)))}


class Visitors(Machine):
    """Who is in a room now, by events alone."""

    def __init__(self) -> None:
        self._inside: dict[str, str] = {}

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:  # noqa: ARG002
        room = self._inside.pop(fields["id"], None)
        if event == "Came":
            self._inside[fields["id"]] = fields["room"]
        elif room is not None:
            yield "left", {"room": room}

    def rows(self, what: str) -> Iterator[Row]:  # noqa: ARG002
        for visitor, room in self._inside.items():
            yield {"id": visitor, "room": room}

    def forget(self) -> None:
        self._inside.clear()


VISITORS = Fold("visitors", ("Came", "Left"), ("Id", "Room"), Visitors, (Seed(ROOMS, ()),))
CAME = counter("came_total", "Visits.", Events("Came"), {"word": WORDS}, zeros="closed")
LEFT = counter("left_total", "Visits.", Folded(VISITORS, "left"), {"room": "Room"})
FAMILIES = (
    CAME,
    LEFT,
    gauge("visitors", "Visitors.", Open(VISITORS, "inside"), {"room": "Room"}),
    gauge("visitors_in", "Visitors.", Open(VISITORS, "inside"), {"room": "Room"}, over=ROOMS),
    gauge("phones", "Phones.", PHONES, {"room": "Room"}),
    gauge("calls", "Calls.", PHONES, {"id": "Id"}, Number("Calls")),
    gauge("calls_of_room", "Calls.", PHONES, {"room": "Room"}, Number("Calls"), take="sum"),
    gauge("calls_of_some", "Calls.", PHONES, {"id": "Id"}, Number("Calls"), where=Is("State", ("1", "2"))),
    gauge("words", "Words.", PHONES, {"word": WORDS}, zeros="closed"),
    gauge("different", "States.", PHONES, {"room": "Room"}, distinct="State"),
    gauge("in_rooms", "Phones.", PHONES, {"room": "Room", "word": WORDS}, over=ROOMS),
    gauge("reasons", "Calls.", PHONES, {"id": "Id", "why": Text("Reason", default="none")}, Number("Calls")),
    gauge("ages", "Ages.", PHONES, {"id": "Id"}, Age("Calls")),
    gauge("names", "Rooms.", Joined(PHONES, ROOMS), {"id": "Id", "name": "Name"}),
    gauge("all", "All.", Derived(((PHONES, ("Id",)), (ROOMS, ("Room",))), _made), value=Number("Count")),
    states("state", "State.", PHONES, {"id": "Id"}, WORDS),
)
POLLS = (Poll("Phones", (PHONES,)), Poll("Rooms", (ROOMS,)))
COLLECTORS = (Collector("phones", "Test.", FAMILIES, POLLS),)
NUMBERS = ("0", "1", "7", "-3", "0.5", "007", "", "x", "999999", "1000000", "12345678901234567890", " 1")


class History:
    """A server to which anything happens."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 100.0
        self.pbx = up(Pbx("hq", COLLECTORS, {}))
        self.view = View(self.pbx)
        self.came: dict[tuple[str, ...], float] = dict.fromkeys([(word,) for word in WORDS.choices], 0.0)
        self.left: dict[tuple[str, ...], float] = {}
        self._items: dict[str, list[Message]] = {}

    def step(self) -> None:
        """Something happens, mostly an event."""
        pick = self.random.random()
        self.now += self.random.choice((0.0, 0.0, 0.5))
        for poll in self.pbx.polls.values():
            poll.succeeded(0.1, self.now)
        if pick < 0.15:
            self._list("Phones", "Phone", "abcdef")
        elif pick < 0.25:
            self._list("Rooms", "Room", "xyz")
        elif pick < 0.28:
            self.pbx.polls["Phones"].tables[0].begin(self.now)
        elif pick < 0.29:
            self.pbx.drop()
            self.pbx.link.connections += 1
        elif pick < 0.31:
            after = Pbx("hq", COLLECTORS, {})
            hand_over(self.pbx, after)
            self.pbx, self.view = after, View(after, self.view)
        else:
            names = ("New", "Changed", "Changed", "Told", "Gone", "Opened", "Closed", "Came", "Left")
            self._event(self._message(self.random.choice(names), self.random.choice("abcdef")))

    def _event(self, event: Message) -> None:
        if event.name == "Came" and (word := WORDS.label(event.fields)):
            self.came[word,] += 1.0
        if event.name == "Left":
            (fold,) = self.pbx.folds.values()
            for row in fold.rows("inside"):
                if row["id"] == event.get("id"):
                    self.left[str(row["room"]),] = self.left.get((str(row["room"]),), 0.0) + 1.0
        self.pbx.take(event)

    def _list(self, question: str, event: str, keys: str) -> None:
        if question not in self._items or self.random.random() < 0.5:
            chosen = self.random.sample(keys, self.random.randrange(len(keys) + 1))
            self._items[question] = [self._message(event, key) for key in chosen]
        answer = Answer(Message(b"Response: Success"), self._items[question])
        self.pbx.swap(self.pbx.polls[question], [answer])

    def _message(self, event: str, key: str) -> Message:
        choice = self.random.choice
        headers = {"Id": key, "Room": key if event == "Room" else choice("xyz"), "Word": choice("123")}
        headers |= {
            "Calls": choice(NUMBERS),
            "Hidden": choice("0001"),
            "Why": choice("ab"),
            "Name": choice("mn"),
        }
        for name in ("Word", "Calls", "Hidden", "Name"):
            if self.random.random() < 0.1:
                headers.pop(name)
        lines = [
            f"Event: {event}",
            "Privilege: all",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return Message("\r\n".join(lines).encode())

    def fresh(self, family: Family) -> dict[tuple[str, ...], float]:
        """What the rows say, worked out from nothing."""
        tables = [self.pbx.tables[table] for table in tables_of(family.source)]
        match family.source:
            case Events():
                return self.came.copy()
            case Folded():
                return self.left.copy()
            case Open():
                rows = list(self.pbx.folds[family.source.fold].rows("inside"))
            case Joined():
                seen = [self.view._at(list(self.pbx.tables).index(table.table), self.now) for table in tables]
                rows = list(views._joined(family.source, *seen))
            case Derived():
                rows = list(family.source.make(*(table.rows.values() for table in tables)))
            case _:
                rows = list(tables[0].rows.values())
        over = list(self.pbx.tables[family.over].rows.values()) if family.over else ()
        return dict(sample(family, rows, self.now, 128, over).values)


@pytest.mark.parametrize("seed", range(4))
async def test_a_page_is_what_the_rows_say(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that takes long, while more happens; its bytes are those of a writer that knows nothing."""
    history, writer = History(seed), Writer()
    monkeypatch.setattr("exporter.pbx.clock.now", lambda: history.now)
    slow: list[tuple[Iterator[Block], dict[str, dict[tuple[str, ...], float]]]] = []
    compared = 0
    for _ in range(600):
        history.step()
        if history.random.random() < 0.4:
            blocks = list(history.view.blocks())
            for block in blocks:
                expected = history.fresh(block.family)
                assert list(block.values.items()) == list(expected.items()), block.family.name
                compared += 1
            anew = [block._replace(values=history.fresh(block.family), version=None) for block in blocks]
            assert writer.write(blocks) == Writer().write(anew)
        if history.random.random() < 0.1:
            at_first = {each.name: history.fresh(each) for each in FAMILIES}
            begun = history.view.blocks()
            if next(begun, None) is not None:
                slow.append((begun, at_first))
        for begun, at_first in slow[-3:]:
            if history.random.random() < 0.3 and (later := next(begun, None)):
                if later.family not in (CAME, LEFT):  # sums are as they are when their turn comes
                    assert dict(later.values) == at_first[later.family.name], later.family.name
                compared += 1
    assert compared > 500
