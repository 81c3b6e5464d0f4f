"""Participations in conferences: of a joining and a leaving one row, with the time between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exporter.metrics.folds import Machine, Told

EVENTS = ("ConfbridgeJoin", "ConfbridgeLeave")
HEADERS = ("Uniqueid", "Linkedid", "Conference")

# Everybody in a conference is a channel, and no Asterisk has so many. Beyond it the oldest is let go.
MOST = 10_000


class Participations(Machine):
    """Who is in a conference now, by Uniqueid: a channel is in one conference at a time.

    Tells `left` (seconds, linkedid) for each that was seen to join. Of those who were there before the session
    began nobody says since when.
    """

    def __init__(self) -> None:
        self._since: dict[str, tuple[str, float]] = {}  # conference, Unix time (s)

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterator[Told]:
        """A channel came or went."""
        unique, conference = fields.get("uniqueid"), fields.get("conference")
        if not unique or not conference:
            return
        room, since = self._since.pop(unique, ("", now))
        if event == "ConfbridgeJoin":
            if len(self._since) >= MOST:
                del self._since[next(iter(self._since))]
            self._since[unique] = (conference, now)
        elif room == conference:
            yield "left", {"seconds": max(0.0, now - since), "linkedid": fields.get("linkedid", "")}

    def forget(self) -> None:
        """The session is over."""
        self._since.clear()
