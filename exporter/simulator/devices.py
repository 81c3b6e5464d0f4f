"""The states of devices, which channels bring about, and of the hints that stand on them."""

from __future__ import annotations

from collections.abc import Callable

from exporter.simulator.channels import Channel, Tell
from exporter.simulator.company import PHONE, Company

NOT_INUSE, INUSE, RINGING = "NOT_INUSE", "INUSE", "RINGING"
RINGINUSE, ONHOLD, UNAVAILABLE = "RINGINUSE", "ONHOLD", "UNAVAILABLE"
# What a hint says of it: enum ast_extension_states, and its word.
_HINTS = {
    NOT_INUSE: ("0", "Idle"),
    INUSE: ("1", "InUse"),
    UNAVAILABLE: ("4", "Unavailable"),
    RINGING: ("8", "Ringing"),
    RINGINUSE: ("9", "InUse&Ringing"),
    ONHOLD: ("16", "Hold"),
}
# What a channel makes of its endpoint: ChannelState to a place in the counts. One that is down makes nothing.
_USES = {"4": 0, "6": 0, "7": 0, "5": 1}
_HELD = 2


class Devices:
    """Every device with a state.

    Args:
        changed: is told of each change, before anybody else.
    """

    def __init__(self, tell: Tell, company: Company, changed: Callable[[str, str], None]) -> None:
        self.states = {endpoint.device: NOT_INUSE for endpoint in company.endpoints}
        self.hints = company.hints
        self._tell = tell
        self._changed = changed
        self._away: set[str] = set()
        self._uses: dict[str, list[int]] = {}  # by device: channels in use, ringing, on hold
        self._of: dict[str, int] = {}  # by Uniqueid: which of these a channel is

    def note(self, channel: Channel, *, gone: bool = False, held: bool = False) -> None:
        """A channel has changed."""
        if not (device := channel.device):
            return
        before = self._of.pop(channel.uniqueid, None)
        now = None if gone else _HELD if held else _USES.get(channel.state.number)
        uses = self._uses.setdefault(device, [0, 0, 0])
        if before is not None:
            uses[before] -= 1
        if now is not None:
            uses[now] += 1
            self._of[channel.uniqueid] = now
        self.become(device, self._word(device))

    def channels(self, device: str) -> int:
        """How many are in use."""
        return sum(self._uses.get(device, ()))

    def reach(self, device: str, *, reached: bool) -> None:
        """An endpoint is there, or not any more. While it has a call it is in use."""
        (self._away.discard if reached else self._away.add)(device)
        self.become(device, self._word(device))

    def become(self, device: str, state: str) -> None:
        """A device changes its state, if it is another."""
        if self.states.get(device) == state:
            return
        self.states[device] = state
        self._changed(device, state)
        self._tell("DeviceStateChange", device, state)
        if device in self.hints:
            self._tell("ExtensionStatus", *self.hint(device))

    def hint(self, device: str) -> tuple[str, ...]:
        """The values of ExtensionStatus."""
        return (self.hints[device], PHONE, device, *_HINTS[self.states[device]])

    def _word(self, device: str) -> str:
        used, ringing, held = self._uses.get(device, (0, 0, 0))
        if ringing:
            return RINGINUSE if used or held else RINGING
        if used or held:
            return INUSE if used else ONHOLD
        return UNAVAILABLE if device in self._away else NOT_INUSE
