"""A server with queues under test: lists and events in, samples out."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from exporter.ami import Message
from exporter.collectors.queues import COLLECTOR
from exporter.metrics import Site
from exporter.metrics.collector import mistakes
from exporter.metrics.sampling import Distribution
from exporter.pbx.polls import Answer
from exporter.pbx.state import Pbx
from exporter.pbx.view import View
from tests.collectors.replay import NOW, up


def message(name: str, headers: Mapping[str, object]) -> Message:
    return Message("\r\n".join([f"Event: {name}", *(f"{k}: {v}" for k, v in headers.items())]).encode())


def queue(name: str = "sales", **headers: object) -> Message:
    row = {"Max": 0, "Strategy": "ringall", "Calls": 0, "Holdtime": 4, "TalkTime": 60, "Completed": 7}
    row |= {
        "Abandoned": 2,
        "ServiceLevel": 20,
        "ServicelevelPerf": 50.0,
        "ServicelevelPerf2": 25.0,
        "Weight": 3,
    }
    return message("QueueParams", {"Queue": name} | row | headers)


def member(name: str = "Ann", queue: str = "sales", **headers: object) -> Message:
    row = {"Penalty": 1, "CallsTaken": 5, "LastCall": 0, "LastPause": 0, "LoginTime": int(NOW) - 900}
    row |= {"InCall": 0, "Status": 1, "Paused": 0, "Wrapuptime": 0}
    place = {"Queue": queue, "Name": name, "Location": f"PJSIP/{name}"}
    return message("QueueMember", place | row | {"PausedReason": ""} | headers)


def caller(unique: str = "1", wait: int = 0, queue: str = "sales") -> Message:
    return message("QueueEntry", {"Queue": queue, "Uniqueid": unique, "Wait": wait})


class Queues:
    """A server with the collector of these options."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
        self.now = NOW
        monkeypatch.setattr("exporter.pbx.clock.now", lambda: self.now)
        made = COLLECTOR.options.model_validate_json(json.dumps(options))
        self.collector = COLLECTOR.configured(made, Site())
        assert list(mistakes(self.collector)) == []
        self.pbx = up(Pbx("lab", (self.collector,), {}))
        self.view = View(self.pbx)

    def listed(self, *items: Message) -> None:
        state = self.pbx.polls["QueueStatus"]
        state.succeeded(0.001, self.now)
        self.pbx.swap(state, [Answer(message("x", {}), [*items])])

    def tell(self, name: str, **headers: object) -> None:
        row: dict[str, object] = {"Queue": "sales", "Uniqueid": "1", "Linkedid": "call-1"}
        row |= {"MemberName": "Ann", "Interface": "PJSIP/Ann"}
        self.pbx.take(message(name, row | headers))

    def samples(self, name: str) -> Mapping[tuple[str, ...], float | Distribution]:
        for block in self.view.blocks():
            if block.family.name == f"asterisk_queue_{name}":
                return dict(block.values)
        return {}

    def value(self, name: str, *labels: str) -> float | None:
        value = self.samples(name).get(labels)
        return sum(value.counts) if isinstance(value, Distribution) else value
