"""Receiving: a recorded stream over loopback, as fast as it goes and as a trickle, beside other clients."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import partial

from benchmarks.common import HERE, PEERS, QUICK, heading, rounds, table
from benchmarks.stream import Port, only, recorded
from exporter.collectors import COLLECTORS
from exporter.metrics.catalogue import wanted

OURS = {"codec and session": "session", "the whole way": "whole"}
OTHERS = ("asterisk-ami", "basicami", "panoramisk")
PATIENCE = 300.0  # s


def run(client: str, events: Sequence[bytes], times: int, pace: float | None) -> float:
    """CPU seconds that a client takes for an event."""
    port = Port(list(events), times, pace)
    if client in OTHERS:
        command = [str(PEERS), str(HERE / "receivers.py")]
    else:
        command = [sys.executable, "-m", "benchmarks.receivers"]
    done = subprocess.run(
        [*command, OURS.get(client, client), str(port.number)],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
        cwd=HERE.parent,
        text=True,
    )
    found = json.loads(done.stdout)
    expected = len(events) * times + 1
    if found["events"] != expected:
        raise SystemExit(f"{client} has seen {found['events']} of {expected} events: {done.stderr[-500:]}")
    return float(found["seconds"]) / expected


def compare(title: str, events: Sequence[bytes], times: int, pace: float | None, base: str) -> None:
    """A table of all clients."""
    clients = [*OURS, *OTHERS]
    cases = {client: partial(run, client, events, times, pace) for client in clients}
    found = rounds(cases, 2 if QUICK else 7)  # of processes that share the machine: medians of many
    table(found, "CPU µs an event", base, scale=1e6, first=title)


def main() -> None:
    heading("Receive")
    mix, names = recorded(), wanted(COLLECTORS.values())
    used = only(mix, names)
    times = 2 if QUICK else 10
    print(f"{len(mix):,} events of Asterisk 22.10, {len(mix) * times:,} in a run; ", end="")
    print(f"no collector wants {1 - len(used) / len(mix):.0%} of them.\n")
    compare("the mix", mix, times, None, "asterisk-ami")
    compare("wanted events only", used, 2 * times, None, "asterisk-ami")
    compare(
        "2,000 events/s of the mix, one write each", mix[: 2000 if QUICK else 6000], 1, 2000.0, "panoramisk"
    )


if __name__ == "__main__":
    main()
