"""Commands of AGI from AGIExecStart to AGIExecEnd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exporter.metrics.folds import Machine, Told

EVENTS = ("AGIExecStart", "AGIExecEnd")
HEADERS = ("Uniqueid", "Linkedid", "CommandId")

# Commands that run at one time: a channel has one, seldom more. The oldest make room.
MOST = 10_000


class Commands(Machine):
    """Tells `done` (header Seconds) for each command whose start was seen."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], float] = {}  # by Uniqueid and CommandId

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        """A command starts or ends."""
        key = (fields.get("uniqueid", ""), fields.get("commandid", ""))
        since = self._since.pop(key, None)
        if event == "AGIExecStart":
            if len(self._since) >= MOST:
                del self._since[next(iter(self._since))]
            self._since[key] = now
        elif since is not None:
            yield "done", {"seconds": max(0.0, now - since), "linkedid": fields.get("linkedid", "")}

    def forget(self) -> None:
        """How the commands that run end nobody sees."""
        self._since.clear()
