"""Recorded answers of tests/wire, given to whatever a server asks, as one user or another may ask it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from exporter.ami import Message
from exporter.ami.codec import Decoder
from exporter.pbx import clock
from exporter.pbx.polls import Answer, PollState
from exporter.pbx.state import Pbx

WIRE = Path(__file__).parent.parent / "wire"
ROUNDS = 5  # questions that need the answers to others


class Server(Protocol):
    """Whoever holds the state of a server."""

    @property
    def pbx(self) -> Pbx:
        """The state."""


class Recorded:
    """The answers of some files, by what was asked, and the events.

    Answers to one action in a file are taken together; of several files the longest counts.
    """

    def __init__(self, version: str, *names: str) -> None:
        self.events: list[Message] = []
        self._answers: dict[str, tuple[Message, list[Message]]] = {}
        for name in names:
            here: dict[str, tuple[Message, list[Message]]] = {}
            open_now: tuple[Message, list[Message]] | None = None
            for packet in Decoder().feed((WIRE / version / f"{name}.ami").read_bytes()):
                message = Message(packet)
                if message.kind == "Response" and (message.get("Message") or "").startswith(
                    "Invalid/unknown"
                ):
                    open_now = None  # no module here has that action
                elif message.kind == "Response":
                    asked = message.get("Variable") or (message.get("ActionID") or "").removeprefix("rec-")
                    open_now = here.setdefault(asked, (message, []))
                elif message.get("ActionID") is None:
                    self.events.append(message)
                elif open_now is not None and not message.get("EventList"):
                    open_now[1].append(message)
            for asked, answer in here.items():
                if len(answer[1]) >= len(self._answers.get(asked, answer)[1]):
                    self._answers[asked] = answer

    def tell(self, server: Server, refused: Collection[str] = ()) -> None:
        """Answer the polls of a server whose user may not ask the `refused` actions, where it is recorded."""
        states = server.pbx.polls.values()
        for state in states:
            action = state.poll.action
            state.supported = (action in self._answers or action == "Getvar") and action not in refused
        for _ in range(ROUNDS):
            for state in states:
                if state.asked and (questions := state.questions()) is not None:
                    self._answer(server, state, questions)

    def _answer(self, server: Server, state: PollState, questions: list[dict[str, str]]) -> None:
        asked = [params.get("Variable", state.poll.action) for params in questions]
        if not all(question in self._answers for question in asked):
            return
        answers = [
            Answer(*self._answers[question], params)
            for question, params in zip(asked, questions, strict=True)
        ]
        state.succeeded(0.001, clock.now())
        server.pbx.swap(state, answers)
