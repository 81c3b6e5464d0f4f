"""Faxes that Asterisk itself sends and receives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from exporter.metrics import (
    Choice,
    Collector,
    Events,
    Fold,
    Machine,
    Number,
    Open,
    Poll,
    Seed,
    Table,
    counter,
    gauge,
)
from exporter.metrics.folds import Told
from exporter.metrics.readers import Row, Unreadable

DIRECTIONS = {"SendFAX": "send", "ReceiveFAX": "receive"}

# It has one row; whatever comes as an event of a list needs a key.
stats = Table("fax_stats", "FAXStats", key=("CurrentSessions",))
SUMS = ("TransmitAttempts", "ReceiveAttempts", "CompletedFAXes", "FailedFAXes")
sums = [Number(name) for name in SUMS]


class Stats(Machine):
    """Makes rows of the sums of Asterisk, which stand beside each other in one.

    Asterisk calls every fax completed whose transmission has ended; if it failed, it is failed too. One
    that fails before its transmission begins is only failed. So what is left of completed ones can become
    less, while a sum must not: it stays until it is more again.
    """

    def __init__(self) -> None:
        self._last = (0.0, 0.0)
        self._good = 0.0
        self._rows: dict[str, list[Row]] = {}

    def listed(self, table: str, rows: Collection[Row], now: float) -> Iterable[Told]:
        """Asterisk has told its sums."""
        self._rows = {}
        for row in rows:
            sent, received, completed, failed = _read(row, now)
            if completed is not None and failed is not None:
                if completed < self._last[0] or failed < self._last[1]:  # it has started anew
                    self._good = 0.0
                self._last = completed, failed
                self._good = max(self._good, completed - failed)
                self._rows["results"] = [
                    {"result": "success", "count": self._good},
                    {"result": "failed", "count": failed},
                ]
            attempts = {"send": sent, "receive": received}
            self._rows["attempts"] = [
                {"direction": name, "count": count} for name, count in attempts.items() if count is not None
            ]
        return ()

    def rows(self, what: str) -> Iterable[Row]:
        """The sums of attempts, or of results."""
        return self._rows.get(what, ())

    def forget(self) -> None:
        """The session is over: sums are shown again when they are read again."""
        self._rows = {}


def _read(row: Row, now: float) -> Iterator[float | None]:
    for reader in sums:
        try:
            yield reader.number(row, now)
        except Unreadable:
            yield None


fold = Fold("fax_stats", (), (), Stats, (Seed(stats, SUMS),))

COLLECTOR = Collector(
    name="fax",
    help=__doc__,
    reads=("call",),
    polls=(Poll("FAXStats", fills=(stats,)),),
    interval=60,
    families=(
        gauge(
            "fax_sessions",
            "Faxes under way when the last list was read; from FAXStats, field CurrentSessions.",
            stats,
            value=Number("CurrentSessions"),
        ),
        counter(
            "fax_attempts_total",
            "Faxes that SendFAX and ReceiveFAX of the dialplan began since Asterisk started, by direction: send, "
            "receive; from FAXStats, fields TransmitAttempts and ReceiveAttempts.",
            Open(fold, "attempts"),
            {"direction": "Direction"},
            Number("Count"),
        ),
        counter(
            "fax_results_total",
            "Faxes that ended since Asterisk started, by result: success, failed; from FAXStats, fields "
            "CompletedFAXes, which has failed ones among it, and FailedFAXes. What fails before anything was "
            "transmitted can be in neither.",
            Open(fold, "results"),
            {"result": "Result"},
            Number("Count"),
        ),
        counter(
            "fax_pages_total",
            "Pages of faxes, also of those that failed later, by direction: send, receive; from SendFAX and "
            "ReceiveFAX, field PagesTransferred.",
            Events(*DIRECTIONS),
            {"direction": Choice("Event", DIRECTIONS, other="send")},
            Number("PagesTransferred"),
            zeros="closed",
        ),
    ),
)
