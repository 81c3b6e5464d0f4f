"""The connection to one Asterisk as facts: whether it stands, since when, what went through it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from exporter.ami import (
    ACTION_FAILURE_REASONS,
    ANOMALIES,
    FAILURE_REASONS,
    Client,
    ConnectionFailed,
    Message,
    Pong,
)
from exporter.metrics.readers import Row
from exporter.pbx import clock

# Asterisk gives its uptime in whole seconds: two readings of one start differ by as much.
_SAME_START = 2.0


class Link:
    """Sums live as long as the exporter does; what is of the present session ends with it."""

    def __init__(self, events: Iterable[str], actions: Iterable[str]) -> None:
        self.client: Client | None = None
        self.tried = False
        self.booted = False
        self.state = "connecting"
        self.since = 0.0  # of the last change of state
        self.error = ""
        self.pong: Pong | None = None
        self.session_start: float | None = None
        self.heard = 0.0  # when the Asterisk of the last session surely ran still
        self.started: float | None = None  # of Asterisk
        self.reloaded: float | None = None
        self.connections = 0
        self.gaps = 0
        self.event_rate: float | None = None  # events a second, over the last half minute or so
        self._received = 0
        self._sent = 0
        self._counted = 0
        self._events: Counter[str] = Counter({**dict.fromkeys(sorted(events), 0), "other": 0})
        self._anomalies: Counter[str] = Counter(dict.fromkeys(ANOMALIES, 0))
        self._failures_turn = 0  # another one when there are more of them, or other ones
        self._failures: Counter[str] = Counter(dict.fromkeys(FAILURE_REASONS, 0))
        self._action_failures: Counter[tuple[str, str]] = Counter(
            {(action, reason): 0 for action in ("Ping", *actions) for reason in ACTION_FAILURE_REASONS}
        )

    def expect(self, events: Iterable[str], actions: Iterable[str]) -> None:
        """Tell of these events and actions too, from now on."""
        self._events.update(dict.fromkeys(sorted(events), 0))
        self._action_failures.update(
            {(action, reason): 0 for action in actions for reason in ACTION_FAILURE_REASONS}
        )
        self._failures_turn += 1

    @property
    def up(self) -> bool:
        """Logged in, fully booted, and the line lives."""
        return self.client is not None and self.booted and not self.client.closed.done()

    def connected(self, client: Client, now: float) -> None:
        """A session was logged in."""
        self.client = client
        self.tried = True
        self.session_start = now
        self.connections += 1
        self._change("booting", "", now)

    def boot(self, event: Message | None, now: float) -> bool:
        """Asterisk is fully booted; whether it was started anew since we last knew it."""
        self.booted = True
        self._change("up", "", now)
        uptime, reload = (_seconds(event, name) for name in ("Uptime", "LastReload"))
        before = self.started
        if uptime is not None:
            self.started = self._moment(before, now - uptime, now)
        if reload is not None:
            self.reloaded = self._moment(self.reloaded, now - reload, now)
        return before is not None and self.started is not None and self.started > before

    def _moment(self, known: float | None, told: float, now: float) -> float:
        """When something was that Asterisk tells by its age: on a line that stalls it seems to be later."""
        if known is None or known - told > _SAME_START:
            return told
        # It can be as late as the session is old; what the Asterisk of the last one outlived is new anyway.
        late = now - self.session_start if self.session_start is not None else math.inf
        new = told - late > known + _SAME_START or told > max(self.heard, known + _SAME_START)
        return told if new else known

    def failed(self, why: ConnectionFailed, now: float) -> None:
        """There is no session: it could not be had, or it ended."""
        if self.client is not None:
            if why.reason == "timeout":  # a session that stood ends so when a Ping is not answered
                self.action_failed("Ping", "timeout")
            self._fold(self.client)
            self.gaps += 1
        self.client = None
        self.tried = True
        self.booted = False
        self.pong = None
        self.session_start = None
        self.event_rate = None
        self._counted = 0
        self._failures[why.reason] += 1
        self._failures_turn += 1
        self._change("refused" if why.reason in ("auth", "in_use") else "down", str(why), now)

    def action_failed(self, action: str, reason: str) -> None:
        """An action brought no usable answer."""
        self._action_failures[action, reason] += 1
        self._failures_turn += 1

    def _change(self, state: str, error: str, now: float) -> None:
        if state != self.state or not self.since:
            self.since = now
        self.state = state
        self.error = error
        self.tried = self.tried or state == "up"

    def _fold(self, client: Client) -> None:
        self._received += client.bytes_received
        self._sent += client.bytes_sent
        self._count(self._events, client)
        self._anomalies.update(client.session.anomalies)

    @staticmethod
    def _count(events: Counter[str], client: Client) -> None:
        """Add the events of a session, by names that collectors use."""
        for name, count in client.session.events.items():
            events[name if name in events else "other"] += count
        events["other"] += client.session.unwanted

    def seen(self, events: Iterable[str]) -> bool:
        """Whether an event of these names ever came."""
        session = self.client.session.events if self.client else Counter()
        return any(self._events[name] or session[name] for name in events)

    def tick(self) -> None:
        """A second of the session is over."""
        if self.client is None:
            return
        session = self.client.session
        count = session.events.total() + session.unwanted
        new, self._counted = count - self._counted, count
        self.event_rate = new if self.event_rate is None else self.event_rate + (new - self.event_rate) / 30

    def turn(self, name: str) -> object:
        """What differs when the facts of a name do, where that is less work than to tell them; else None."""
        match name:
            case "connection_failures" | "action_failures":
                return self._failures_turn
            case "events":
                session = self.client.session if self.client else None
                heard = session.events.total() + session.unwanted if session else 0
                return self.connections, self.gaps, len(self._events), heard
            case "anomalies":
                return self.connections, self.gaps, self.client and self.client.session.anomalies.total()
        return None

    def facts(self, name: str) -> list[Row]:
        """Rows of a name; none for a name that is not ours."""
        session = self.client.session if self.client else None
        match name:
            case "connection":
                return [self._connection()]
            case "traffic":
                received, sent = self._received, self._sent
                if self.client:
                    received, sent = received + self.client.bytes_received, sent + self.client.bytes_sent
                return [{"received": float(received), "sent": float(sent)}]
            case "connection_failures":
                return [{"reason": reason, "count": float(n)} for reason, n in self._failures.items()]
            case "action_failures":
                return [
                    {"action": action, "reason": reason, "count": float(n)}
                    for (action, reason), n in self._action_failures.items()
                ]
            case "events":
                events = self._events.copy()
                if self.client:
                    self._count(events, self.client)
                return [{"event": event, "count": float(n)} for event, n in events.items()]
            case "anomalies":
                anomalies = self._anomalies.copy()
                if session:
                    anomalies.update(session.anomalies)
                return [{"kind": kind, "count": float(n)} for kind, n in anomalies.items()]
            case "boot" if self.up:
                known = {"started": self.started, "reloaded": self.reloaded}
                return [{key: clock.wall(value) for key, value in known.items() if value is not None}]
        return []

    def _connection(self) -> Row:
        client = self.client
        row: dict[str, str | float] = {
            "up": float(self.up),
            "connections": float(self.connections),
            "gaps": float(self.gaps),
        }
        known = {
            "sessionstart": None if self.session_start is None else clock.wall(self.session_start),
            "clockoffset": self.pong.clock_offset if self.pong else None,
            "certificateexpiry": client.certificate_expiry if client else None,
        }
        row.update({key: value for key, value in known.items() if value is not None})
        return row


def _seconds(event: Message | None, name: str) -> float | None:
    value = event.get(name) if event is not None else None
    return float(value) if value and value.isascii() and value.isdigit() else None
