"""Asks everything that the collectors of a server ask, once, with the parameters that they ask with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from exporter.ami import ActionFailed, Client
from exporter.diagnosis.answers import Asked
from exporter.diagnosis.rights import Offer
from exporter.pbx.polls import Answer, PollState
from exporter.pbx.state import Pbx
from exporter.pbx.tables import NoKey

TOGETHER = 10.0  # s for all the questions of one poll


async def ask_all(
    client: Client, pbx: Pbx, offer: Offer, progress: Callable[[str], None]
) -> dict[str, Asked]:
    """What came of each poll, by its question. Raises ActionFailed("closed") if the session ends.

    What is not offered is not asked: each refusal would be a security event.
    """
    for state in pbx.polls.values():
        state.supported = state.poll.action in offer
    replaced = [state.instead_of for state in pbx.polls.values() if state.instead_of and state.asked]
    found: dict[str, Asked] = {}
    # Those that are asked for the rows of a table come after what fills it.
    for question, state in sorted(pbx.polls.items(), key=lambda item: item[1].of is not None):
        if state.asked:
            progress(state.poll.action)
            asked = await _ask(client, pbx, state)
        else:
            asked = Asked(state.poll.action, "not offered")
        stands_in = state.instead_of is not None
        found[question] = replace(asked, counts=state not in replaced and (state.asked or not stands_in))
    return found


async def _ask(client: Client, pbx: Pbx, state: PollState) -> Asked:
    action, questions = state.poll.action, state.questions()
    if questions is None:
        return Asked(action, "rows")  # the table whose rows it asks for is not there
    gathered: list[Answer] = []
    deadline, refused = time.monotonic() + TOGETHER, ""
    try:
        for params in questions:
            left = min(client.timing.action, deadline - time.monotonic())
            if left <= 0:
                text = f"{len(gathered)} of {len(questions)} answers in {TOGETHER:g} s"
                return Asked(action, "failed", text=f"{action}: {text}")
            try:
                reply = await client.ask(action, left, **params)
            except ActionFailed as error:
                if error.reason != "error" or state.poll.each is None:
                    raise
                refused = str(error)  # one thing that is not there spoils nothing for the others
                continue
            if reply.anomaly:
                text = f"{action}: part of the answer cannot be believed ({reply.anomaly})"
                return Asked(action, "failed", text=text)
            gathered.append(Answer(reply.response, reply.items, params))
        if refused and not gathered:
            return Asked(action, "failed", text=refused)
        pbx.swap(state, gathered)
    except ActionFailed as error:
        if error.reason == "closed":
            raise
        return Asked(action, "failed", text=str(error))
    except NoKey as error:
        return Asked(action, "failed", text=f"{action}: {error}")
    return Asked(action, "rows", sum(len(table.rows) for table in state.tables))
