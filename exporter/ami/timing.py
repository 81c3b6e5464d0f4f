"""How long things may take, and how long they took; no IO."""

from __future__ import annotations

from dataclasses import dataclass

_TELLING = 1.0  # s: a longer trip says nothing of the clocks, the stamp can be from its end


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that things may take.

    A half-open line is found within `action` + `ping` seconds when a question is on its way, and
    within `ping_every` + `ping` when none is.
    """

    connect: float = 10.0
    greeting: float = 5.0  # a busy Asterisk greets at once; one that hangs accepts and says nothing
    login: float = 10.0  # Asterisk itself waits 1 s before it refuses
    action: float = 15.0
    ping: float = 10.0
    ping_every: tuple[float, float] = (5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Pong:
    """An answered Ping: seconds for the round trip, and how far the clock of the PBX is ahead."""

    round_trip: float
    clock_offset: float | None  # None: an old Asterisk does not tell, or the trip took too long to tell

    @classmethod
    def measured(cls, round_trip: float, sent: float, stamp: str | None) -> Pong:
        """From the trip's seconds, the Unix time it started, and the Timestamp in the answer."""
        try:
            offset = float(stamp or "") - sent - round_trip / 2
        except ValueError:
            return cls(round_trip, None)
        return cls(round_trip, offset if round_trip <= _TELLING else None)
