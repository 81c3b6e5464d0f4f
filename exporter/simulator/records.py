"""Call detail records: what is written of a caller when it hangs up, one for each end that it called."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.simulator.channels import Channel

# Congestion is a failure, unless cdr.conf says otherwise.
_DISPOSITIONS = {"ANSWER": "ANSWERED", "BUSY": "BUSY", "CONGESTION": "FAILED"}


@dataclass(slots=True)
class Dial:
    """An attempt to reach somebody. Times are Unix times (s)."""

    called: str  # the name of its channel
    began: float
    application: str
    data: str
    status: str = ""
    ended: float | None = None  # not before the hangup, if it was answered

    def end(self, status: str, now: float) -> None:
        """How it went; the first word counts."""
        if not self.status:
            self.status = status
            self.ended = None if status == "ANSWER" else now


def of(channel: Channel, now: float) -> Iterator[tuple[str, ...]]:
    """The values of the event Cdr, for each record of a caller that hangs up now."""
    for dial in channel.dials:
        disposition = _DISPOSITIONS.get(dial.status, "NO ANSWER")
        yield _values(channel, dial, disposition, dial.ended or now)
    if not channel.dials:
        alone = Dial("", channel.born, channel.application, channel.data)
        yield _values(channel, alone, "ANSWERED" if channel.answered else "NO ANSWER", now)


def _values(channel: Channel, dial: Dial, disposition: str, ended: float) -> tuple[str, ...]:
    # A caller whom Asterisk answered itself, as before a queue, pays also for what nobody answers.
    answered = max(dial.began, channel.answered) if channel.answered else ended
    number, name = ("" if part == "<unknown>" else part for part in channel.caller)
    return (
        "",
        number,
        channel.exten,
        channel.context,
        f'"{name}" <{number}>',
        channel.name,
        dial.called,
        dial.application,
        dial.data,
        _stamp(dial.began),
        _stamp(answered) if answered < ended else "",
        _stamp(ended),
        str(int(ended - dial.began)),
        str(max(int(ended - answered), 0)),
        disposition,
        "DOCUMENTATION",
        channel.uniqueid,
        "",
    )


def _stamp(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
