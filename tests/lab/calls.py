"""Real SIP calls to a lab Asterisk, and the far end of its live trunk."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .sipp import PATIENCE, Sipp, scenario

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from .asterisk import Asterisk

RING = 4.0  # seconds that a caller lets it ring


class Load(NamedTuple):
    """An extension of etc/extensions.conf, how often it is called, and how long the caller talks at most."""

    extension: str
    per_minute: float
    talk: float


# None to the other Asterisk: the tests of that one run at the same time, and count its channels.
DEFAULT_MIX = (
    Load("100", 20, 6),  # answered
    Load("102", 12, 4),  # echo
    Load("110", 6, 1),  # rings until the caller gives up
    Load("111", 6, 1),  # busy
    Load("112", 6, 1),  # congestion
    Load("113", 6, 1),  # hangup cause 27
    Load("200", 24, 9),  # a queue whose agents hang up
    Load("201", 12, 5),  # a queue that rings all
    Load("202", 6, 4),  # a queue with nobody
    Load("300", 9, 10),  # a conference
    Load("310", 6, 8),  # parked
    Load("330", 6, 3),  # a user event
    Load("400", 18, 5),  # out by the live trunk
    Load("401", 6, 3),  # out by the dead trunk
)


class Calls:
    """Calls of a mix for some seconds; the last end a little later, leaving the block hangs up what is left.

    Without answer_bye no far end answers a BYE, which Asterisk then repeats for 32 s.
    """

    def __init__(
        self,
        asterisk: Asterisk,
        seconds: float,
        mix: tuple[Load, ...] = DEFAULT_MIX,
        *,
        answer_bye: bool = True,
    ) -> None:
        self._asterisk = asterisk
        self._seconds = seconds
        self._mix = mix
        self._answer_bye = answer_bye
        self._folder = Path()
        self._callers: list[Sipp] = []
        self._trunk: Sipp | None = None

    def start(self) -> None:
        ports = self._asterisk.ports
        target = f"127.0.0.1:{ports['SIP']}"
        self._folder = folder = Path(tempfile.mkdtemp(prefix="lab-calls-"))
        trunk = scenario(folder, "trunk", answer_bye=self._answer_bye)
        # it lives longer than the last caller
        self._trunk = Sipp(trunk, ports["UAS"], ports["CALLER_RTP"], self._seconds + 2 * PATIENCE)
        for number, load in enumerate(self._mix, 1):
            caller = scenario(folder, "caller", answer_bye=self._answer_bye, ring=RING, talk=load.talk)
            # evenly within the time, and each at least once: the first call of sipp comes after one interval
            count = max(1, round(load.per_minute * self._seconds / 60))
            times = ["-r", str(count + 1), "-rp", str(round(self._seconds * 1000)), "-m", str(count)]
            own = (ports["CALLER"] + number, ports["CALLER_RTP"] + 10 * number)
            options = [*times, "-l", "10000", "-s", load.extension, target]
            self._callers.append(Sipp(caller, *own, self._seconds + PATIENCE, *options))

    @property
    def running(self) -> bool:
        """Whether a caller is still there."""
        return any(caller.running for caller in self._callers)

    def wait(self) -> None:
        """Until every call has ended."""
        for caller in self._callers:
            caller.wait()
        self._callers.clear()
        if self._trunk:
            self._trunk.finish()
            self._trunk.wait()
            self._trunk = None
            shutil.rmtree(self._folder)

    def stop(self) -> None:
        """Hangs up all calls, at both ends."""
        every = [*self._callers, *([self._trunk] if self._trunk else [])]
        for sipp in every:
            sipp.abort()
        deadline = time.monotonic() + 5
        for sipp in every:
            if not sipp.wait(max(0, deadline - time.monotonic())):
                sipp.kill()
        self.wait()
        if every and self._asterisk.running:
            self._asterisk.cli("channel request hangup all")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
