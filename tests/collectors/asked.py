"""Recorded answers of tests/wire, given to whatever a server asks, as one user or another may ask it."""

from __future__ import annotations

import time
from collections.abc import Collection

from exporter.ami import Message
from exporter.ami.codec import Decoder
from exporter.pbx.polls import Answer, PollState
from tests.collectors.replay import WIRE
from tests.collectors.told import Server

ROUNDS = 5  # questions that need the answers to others


class Recorded:
    """The answers of some files, by what was asked, and the events."""

    def __init__(self, version: str, *names: str) -> None:
        self.events: list[Message] = []
        self._answers: dict[str, tuple[Message, list[Message]]] = {}
        for name in names:
            open_now: tuple[Message, list[Message]] | None = None
            for packet in Decoder().feed((WIRE / version / f"{name}.ami").read_bytes()):
                message = Message(packet)
                if message.kind == "Response" and (message.get("Message") or "").startswith(
                    "Invalid/unknown"
                ):
                    open_now = None  # no module here has that action
                elif message.kind == "Response":
                    open_now = (message, [])
                    asked = message.get("Variable") or (message.get("ActionID") or "").removeprefix("rec-")
                    self._answers[asked] = open_now
                elif message.get("ActionID") is None:
                    self.events.append(message)
                elif open_now is not None and not message.get("EventList"):
                    open_now[1].append(message)

    def tell(self, server: Server, refused: Collection[str] = ()) -> None:
        """Answer all polls of a server whose user may not ask the `refused` actions."""
        states = server.pbx.polls.values()
        for state in states:
            action = state.poll.action
            state.supported = (action in self._answers or action == "Getvar") and action not in refused
        for _ in range(ROUNDS):
            for state in states:
                if state.asked and (questions := state.questions()) is not None:
                    self._answer(server, state, questions)

    def _answer(self, server: Server, state: PollState, questions: list[dict[str, str]]) -> None:
        answers = []
        for params in questions:
            response, items = self._answers[params.get("Variable", state.poll.action)]
            answers.append(Answer(response, items, params))
        state.succeeded(0.001, time.time())
        server.pbx.swap(state, answers)
