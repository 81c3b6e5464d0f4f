"""Of an event only the headers that somebody reads are made: folds declare theirs."""

from __future__ import annotations

import pytest

from exporter.collectors import COLLECTORS
from exporter.collectors.folds import trunk_calls
from exporter.metrics import Fold, Text
from exporter.metrics.readers import ACCOUNT
from tests.collectors.asked import WIRE, Recorded

FOLDS = {fold.name: fold for collector in COLLECTORS.values() for fold in collector.folds}
TRUNKS = trunk_calls.TrunkCalls(Text("Channel"))
FOLDS["trunk_calls"] = Fold("trunk_calls", trunk_calls.EVENTS, trunk_calls.HEADERS, TRUNKS)
EVENTS = [
    event for path in sorted(WIRE.glob("*/*.ami")) for event in Recorded(path.parent.name, path.stem).events
]

LISTED_FIRST = {"voicemail_messages"}  # of a mailbox that no list has named it reads no more


class Asked(dict[str, str]):
    """Headers of an event, and those that were asked for."""

    def __init__(self, fields: dict[str, str], asked: set[str]) -> None:
        super().__init__(fields)
        self.asked = asked

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
def test_a_fold_reads_what_it_declares(fold: Fold) -> None:
    """Whatever was recorded: no header that it does not declare, and each of these at some time."""
    asked: set[str] = set()
    machine, declared = fold.make(), {header.lower() for header in fold.reads}
    heard = [event for event in EVENTS if event.name in fold.events]
    for now, event in enumerate(heard):
        list(machine.take(event.name, Asked({**event.fields, ACCOUNT: "us"}, asked), float(now)))
    assert asked <= declared
    assert asked == declared or not heard or fold.name in LISTED_FIRST
