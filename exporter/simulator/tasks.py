"""Task processors: the table that the CLI prints of them."""

from __future__ import annotations

from exporter.simulator.company import TRUNKS
from exporter.simulator.switch import Switch

_HEAD = f"{'Processor':70}" + "".join(
    f" {title:>10}" for title in ("Processed", "In Queue", "Max Depth", "Low water", "High water")
)
_TIMES = " Low time(us) High time(us)"  # newer ones have them
# Names, and how much of all the work is theirs.
_SHARES = {
    "ast_msg_queue": 0,
    "app_voicemail": 1,
    "iax2_transmit": 2,
    **{f"pjsip/distributor-{number:08x}": 4 for number in range(0x21, 0x29)},
    **{f"pjsip/options/{trunk.name}-{number:08x}": 2 for number, trunk in enumerate(TRUNKS, 0x40)},
    "stasis/m:manager:core-00000007": 20,
    "stasis/m:devicestate:all-00000003": 6,
    "stasis/p:channel:all-00000078": 12,
}


def table(switch: Switch, now: float) -> list[str]:
    """As `core show taskprocessors` prints it: what was done grows with time and calls."""
    newer = switch.version.name != "16"
    done = int(now - switch.started) + 20 * switch.processed
    busy = len(switch.channels) // 40
    lines = ["", _HEAD + _TIMES * newer]
    for name, share in _SHARES.items():
        waiting = busy * share // 20
        numbers = (done * share // 4, waiting, waiting + share // 2, 450, 500)
        lines.append(f"{name:70}" + "".join(f" {number:10d}" for number in numbers) + " 0 0" * newer)
    return [*lines, "", f"{len(_SHARES)} taskprocessors", ""]
