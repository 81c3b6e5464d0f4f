"""Dials from DialBegin to the hangup of the channel that was dialled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from exporter.collectors.folds.doubts import GRACE, Doubts
from exporter.metrics.folds import Machine, Told
from exporter.metrics.readers import Row

EVENTS = ("DialBegin", "DialState", "Newstate", "DialEnd", "Hangup")
HEADERS = (
    "Uniqueid",
    "Linkedid",
    "ChannelState",
    "Cause",
    "DestUniqueid",
    "DestLinkedid",
    "DestChannel",
    "DialStatus",
)

# Dials, and answered ones, that are followed at one time: more than one Asterisk carries. The oldest
# make room, as if they had ended.
MOST = 20_000

ELSEWHERE = "ANSWERED_ELSEWHERE"  # ours, in the manner of DialStatus

_OF_CHANNELS = ("Newstate", "Hangup")  # that may be dialled; the others are of dials
_RINGING = "5"
_ELSEWHERE_CAUSE = "26"
_HEARD = ("RINGING", "PROGRESS")


@dataclass(slots=True)
class _Dial:
    channel: str
    linked: str
    began: float  # when it began; of a talk: when it was answered
    heard: bool = False  # whether something of the far end was heard
    cancelled: float | None = None

    def row(self, **more: str | float) -> Row:
        return {"destchannel": self.channel, "linkedid": self.linked, **more}


class Dials(Machine):
    """Follows each dial, by its DestUniqueid.

    Tells `began`, `heard` (first ringing, progress or answer), `answered`, `ended` (header DialStatus) and
    `talked` (header Seconds). A dial ends once: those that began less those that ended are `dials`, the
    rows it holds. What answered a dial that never began, as a pickup does, is not told.
    """

    def __init__(self) -> None:
        self._dials: dict[str, _Dial] = {}
        self._cancelled: dict[str, _Dial] = {}  # those of the dials whose hangup will say why
        self._talks: dict[str, _Dial] = {}
        self._doubts = Doubts[str, None]()  # of dials and talks that a list does not have

    def take(self, event: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:
        """An event of the dial, or of the channel that is dialled."""
        unique = fields.get("uniqueid" if event in _OF_CHANNELS else "destuniqueid", "")
        self._doubts.clear(unique)
        match event:
            case "Newstate":
                return self._hear(unique, now) if fields.get("channelstate") == _RINGING else ()
            case "Hangup":
                return self._hang_up(unique, fields.get("cause", ""), now)
            case "DialBegin":
                return self._begin(unique, fields, now)
            case "DialState":
                return self._hear(unique, now) if fields.get("dialstatus") in _HEARD else ()
            case "DialEnd":
                return self._end(unique, fields.get("dialstatus", ""), now)
        return ()

    def listed(self, table: str, rows: Collection[Row], now: float) -> tuple[Told, ...]:
        """A channel that is not listed any more has hung up, if its events do not come yet."""
        there = {row.get("uniqueid") for row in rows}
        held = (*self._dials.items(), *self._talks.items())
        self._doubts.listed({u: None for u, dial in held if u not in there and dial.began < now - GRACE}, now)
        return ()

    def tick(self, now: float) -> Iterable[Told]:
        """A leg that was taken back and does not hang up is a plain cancel; others end unseen."""
        due = [u for u, dial in self._cancelled.items() if (dial.cancelled or 0.0) < now - GRACE]
        told = [self._over(unique, "CANCEL") for unique in due]
        for unique, _, _ in self._doubts.due(now):
            self._talks.pop(unique, None)
            if unique in self._dials:
                told.append(self._over(unique, ""))
        return told

    def rows(self, what: str) -> list[Row]:
        """The dials in progress."""
        return [dial.row() for dial in self._dials.values()] if what == "dials" else []

    def forget(self) -> None:
        """How the dials in progress end nobody sees."""
        self._dials.clear()
        self._cancelled.clear()
        self._talks.clear()
        self._doubts.forget()

    def _begin(self, unique: str, fields: Mapping[str, str], now: float) -> Iterable[Told]:
        if not unique or unique in self._dials or unique in self._talks:
            return ()
        told = [self._over(next(iter(self._dials)), "")] if len(self._dials) >= MOST else []
        # A dial of Originate has no caller: then the call is the dialled channel's own.
        linked = fields.get("linkedid") or fields.get("destlinkedid") or unique
        dial = self._dials[unique] = _Dial(fields.get("destchannel", ""), linked, now)
        return (*told, ("began", dial.row()))

    def _hear(self, unique: str, now: float) -> tuple[Told, ...]:
        dial = self._dials.get(unique)
        if dial is None or dial.heard:
            return ()
        dial.heard = True
        return (("heard", dial.row(seconds=max(0.0, now - dial.began))),)

    def _end(self, unique: str, status: str, now: float) -> Iterable[Told]:
        dial = self._dials.get(unique)
        if dial is None or dial.cancelled is not None:
            return ()  # a losing leg gets two of them
        if status == "CANCEL":
            # The caller gave up, or another leg was faster: the hangup that follows at once tells.
            dial.cancelled = now
            self._cancelled[unique] = dial
            return ()
        if status != "ANSWER":
            return (self._over(unique, status),)
        heard, answered = self._hear(unique, now), dial.row(seconds=max(0.0, now - dial.began))
        if len(self._talks) >= MOST:
            del self._talks[next(iter(self._talks))]
        self._talks[unique] = _Dial(dial.channel, dial.linked, now)
        return (*heard, ("answered", answered), self._over(unique, status))

    def _hang_up(self, unique: str, cause: str, now: float) -> Iterable[Told]:
        if (dial := self._dials.get(unique)) is not None:
            # Without DialEnd: a leg that was picked up, or one of Originate that its own far side ended.
            status = "CANCEL" if dial.cancelled is not None else ""
            return (self._over(unique, ELSEWHERE if cause == _ELSEWHERE_CAUSE else status),)
        if (talk := self._talks.pop(unique, None)) is not None:
            return (("talked", talk.row(seconds=max(0.0, now - talk.began))),)
        return ()

    def _over(self, unique: str, status: str) -> Told:
        dial = self._dials.pop(unique)
        self._cancelled.pop(unique, None)
        return "ended", dial.row(dialstatus=status)
