"""Folds of dials and of calls under test, and what they have told."""

from __future__ import annotations

from exporter.collectors.channels import external
from exporter.collectors.folds.calls import Calls
from exporter.collectors.folds.dials import Dials
from exporter.metrics.folds import Told
from exporter.metrics.readers import Row


class DialBook:
    """A machine, and what it told."""

    def __init__(self) -> None:
        self.machine = Dials()
        self.told: list[Told] = []
        self.now = 1000.0

    def tell(self, event: str, after: float = 0, **fields: str) -> None:
        """An event, so many seconds after the one before."""
        self.now += after
        self.told += self.machine.take(event, fields, self.now)

    def begin(self, leg: str, after: float = 0) -> None:
        """A leg is dialled."""
        self.tell("DialBegin", after, destuniqueid=leg, destchannel=f"PJSIP/t-{leg}", linkedid="1")

    def end(self, leg: str, status: str, after: float = 0) -> None:
        """Its dial ends."""
        self.tell("DialEnd", after, destuniqueid=leg, dialstatus=status)

    def hang_up(self, leg: str, cause: str = "16", after: float = 0) -> None:
        """Its channel hangs up."""
        self.tell("Hangup", after, uniqueid=leg, cause=cause)

    def tick(self, after: float) -> None:
        """Time goes by."""
        self.now += after
        self.told += self.machine.tick(self.now)

    def read(self, *legs: str, after: float = 0) -> None:
        """These channels are there."""
        self.now += after
        rows: list[Row] = [{"uniqueid": leg} for leg in legs]
        self.told += self.machine.listed("channels", rows, self.now)

    @property
    def results(self) -> list[str]:
        """How dials ended, in order."""
        return [str(row["dialstatus"]) for name, row in self.told if name == "ended"]

    def seconds(self, what: str) -> list[float]:
        """The lengths told of that."""
        return [float(row["seconds"]) for name, row in self.told if name == what]

    @property
    def open(self) -> list[str]:
        """The channels of the dials in progress."""
        return [str(row["destchannel"]) for row in self.machine.rows("dials")]


class CallBook:
    """A machine, and what it told."""

    def __init__(self) -> None:
        self.machine = Calls(external)
        self.told: list[Told] = []
        self.now = 1000.0

    def tell(
        self,
        event: str,
        unique: str,
        call: str,
        state: str = "6",
        channel: str = "PJSIP/a-1",
        after: float = 0,
        bridge: str = "",
        kind: str = "basic",
    ) -> None:
        """An event of a channel, so many seconds after the one before."""
        self.now += after
        fields = {"channel": channel, "channelstate": state, "uniqueid": unique, "linkedid": call}
        if bridge:
            fields |= {"bridgeuniqueid": bridge, "bridgetype": kind}
        self.told += self.machine.take(event, fields, self.now)

    def read(self, *rows: Row, after: float = 0) -> None:
        """A list was read."""
        self.now += after
        self.told += self.machine.listed("channels", rows, self.now)

    def count(self, what: str) -> int:
        """How often it was told."""
        return sum(name == what for name, _ in self.told)

    def last(self, what: str) -> Row:
        """What was told last of that."""
        return next(row for name, row in reversed(self.told) if name == what)

    def tick(self, after: float) -> None:
        """Time goes by."""
        self.now += after
        self.told += self.machine.tick(self.now)

    @property
    def open(self) -> int:
        """The calls now."""
        return len(self.machine.rows("active"))

    @property
    def held(self) -> int:
        """The calls that have not ended."""
        return len(self.machine._calls)


def listed(
    unique: str, call: str, duration: str, state: str = "6", channel: str = "PJSIP/a-1", bridge: str = ""
) -> Row:
    """A row of CoreShowChannels."""
    return {
        "uniqueid": unique,
        "linkedid": call,
        "duration": duration,
        "channelstate": state,
        "channel": channel,
        "bridgeid": bridge,
    }
