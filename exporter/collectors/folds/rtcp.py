"""Reports of RTCP: of an event one row in seconds and shares, with the clock that jitter is counted in."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from exporter.metrics.folds import Machine, Told

EVENTS = ("RTCPReceived", "RTCPSent")
HEADERS = (
    "Channel",
    "Uniqueid",
    "From",
    "To",
    "SSRC",
    "SentNTP",
    "SentRTP",
    "Report0SourceSSRC",
    "Report0FractionLost",
    "Report0IAJitter",
    "Report0LSR",
    "RTT",
    "MES",
)

# The clocks of audio codecs (Hz). G.722 has that of 8000 as well.
CLOCKS = (8_000, 16_000, 32_000, 48_000)
# The last packet before a report is up to 60 ms old, and reports are 0.5 to 60 s apart.
TOLERANCE = 0.05
APART = 900_000  # µs: those of each second are seldom a whole one apart

# A stream says something at least each 60 s. Beyond MOST streams (two for each channel) the oldest is let go.
KEPT = 180.0  # s
MOST = 20_000

# What is more is no measurement: the far end's clock jumped, or it reports nonsense.
LARGEST = {"loss": 1.0, "jitter": 60.0, "roundtrip": 60.0, "score": 100.0}

_NUMBER = re.compile(r" *([0-9]{1,20})(?:\.([0-9]{1,12}))? *")
_WRAP = 1 << 32

_Key: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class _Stream:
    """What the sender reports of one stream of RTP told."""

    at: int  # the sender's clock (µs) of the last one that counts
    position: int  # the stream's clock at that time
    seen: float  # Unix time (s)
    clock: int | None = None  # Hz

    def advance(self, at: int, position: int) -> None:
        """Another sender report: the two tell the clock, unless the stream's clock jumped in between."""
        passed = at - self.at
        if 0 <= passed < APART:
            return
        rate = (position - self.position) % _WRAP * 1e6 / passed
        self.clock = next((c for c in CLOCKS if abs(rate - c) <= TOLERANCE * c), self.clock)
        self.at, self.position = at, position


class Reports(Machine):
    """Reads RTCPReceived (what the far end says of our stream) and RTCPSent (what we say of theirs).

    Jitter counts in units of the reported stream's clock, which two sender reports of that stream tell. Ours
    are in RTCPSent, by SSRC. Theirs are in RTCPReceived, whose SSRC is wrong: in sender reports Asterisk puts
    the seconds of their clock there. So their stream is known by its channel and the address it comes from.

    Tells `report` (channel, event) for each event, and `block` (channel, event; loss, jitter, roundtrip,
    score: those that are known) for each that says how media arrived.
    """

    def __init__(self) -> None:
        self._streams: dict[_Key, _Stream] = {}  # those that were heard of last are at the end

    def take(self, event: str, fields: Mapping[str, str], now: float) -> tuple[Told, ...]:
        """An event of a channel's media."""
        of = {"event": event, "channel": fields.get("channel", "")}
        sent = event == "RTCPSent"
        unique, far = fields.get("uniqueid", ""), fields.get("to" if sent else "from", "")
        ours = (unique, "ours", fields.get("ssrc" if sent else "report0sourcessrc", ""))
        theirs = (unique, "theirs", far)
        self._learn(ours if sent else theirs, fields, now)
        lost, jitter = _number(fields, "report0fractionlost"), _number(fields, "report0iajitter")
        if lost is None:
            return (("report", of),)
        stream = self._streams.get(theirs if sent else ours)
        clock = stream.clock if stream else None
        # Without a sender report of ours that they have heard, RTT is 0 or that of long ago.
        timed = not sent and _number(fields, "report0lsr")
        known = {
            "loss": lost / 256,
            "jitter": jitter / clock if jitter is not None and clock else None,
            "roundtrip": _number(fields, "rtt") if timed else None,
            "score": _number(fields, "mes"),
        }
        sane = {name: n for name, n in known.items() if n is not None and n <= LARGEST[name]}
        return (("report", of), ("block", {**of, **sane}))

    def tick(self, now: float) -> tuple[Told, ...]:
        """Streams that are not heard of any more have ended."""
        gone = itertools.takewhile(lambda item: item[1].seen < now - KEPT, self._streams.items())
        for key in [key for key, _ in gone]:
            del self._streams[key]
        return ()

    def forget(self) -> None:
        """The session is over."""
        self._streams.clear()

    def _learn(self, key: _Key, fields: Mapping[str, str], now: float) -> None:
        """Take in the sender's part of a report, if it has one."""
        when = _NUMBER.fullmatch(fields.get("sentntp", ""))
        position = _NUMBER.fullmatch(fields.get("sentrtp", ""))
        if not when or not position or not key[2]:
            return
        # Whole numbers: a far end that counts from its own start is told as 2^64 less some seconds.
        at = int(when[1]) * 1_000_000 + int((when[2] or "0").ljust(6, "0")[:6])
        stream = self._streams.pop(key, None)
        if stream is None:
            if len(self._streams) >= MOST:
                del self._streams[next(iter(self._streams))]
            stream = _Stream(at, int(position[1]), now)
        else:
            stream.advance(at, int(position[1]))
            stream.seen = now
        self._streams[key] = stream


def _number(fields: Mapping[str, str], header: str) -> float | None:
    """A header's number, if it has one; Asterisk may write a blank before it."""
    text = fields.get(header)
    return float(text) if text is not None and _NUMBER.fullmatch(text) else None
