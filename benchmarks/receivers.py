"""One client that takes in what a port sends, and says what CPU that took: python receivers.py NAME PORT.

It runs in the environment of the client: that of the peers has nothing of ours.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

HOST, USER, SECRET = "127.0.0.1", "bench", "bench"
END = "UserEvent"


class Count:
    """Counts events, and knows when the last one has come."""

    def __init__(self) -> None:
        self.events = 0
        self.start = 0.0
        self.seconds = 0.0
        self.ended: Callable[[], None] = lambda: None

    def begin(self) -> None:
        self.start = time.process_time()

    def take(self, name: str) -> None:
        self.events += 1
        if name == END:
            self.seconds = time.process_time() - self.start
            self.ended()


def asterisk_ami(port: int, count: Count) -> None:
    from asterisk.ami import AMIClient

    over = threading.Event()
    count.ended = over.set
    client = AMIClient(address=HOST, port=port)
    client.add_event_listener(lambda event, **_: count.take(event.name))
    client.login(username=USER, secret=SECRET)
    time.sleep(0.2)
    count.begin()
    over.wait()


async def panoramisk(port: int, count: Count) -> None:
    from panoramisk import Manager

    over = asyncio.Event()
    count.ended = over.set
    manager = Manager(host=HOST, port=port, username=USER, secret=SECRET, ping_delay=1000)
    manager.register_event("*", lambda _, event: count.take(event.event))
    await manager.connect()
    await asyncio.sleep(0.2)
    count.begin()
    await over.wait()


async def basicami(port: int, count: Count) -> None:
    from basicami import BasicAMI

    client = await BasicAMI.connect(HOST, port, USER, SECRET)
    count.begin()
    while not count.seconds:
        for event in await client.get_events(timeout=10.0):
            count.take(event["Event"])


async def session(port: int, count: Count) -> None:
    """Codec and session: every event that a collector wants comes out as a message."""
    await _client(port, count, lambda _: None)


async def whole(port: int, count: Count) -> None:
    """The whole way, of a server with all collectors: tables, tallies, folds and peaks take them in."""
    from benchmarks.state import all_collectors

    await _client(port, count, all_collectors().take)


async def _client(port: int, count: Count, take: Callable[[Any], None]) -> None:
    from exporter.ami import Client, Credentials, Endpoint, Timing
    from exporter.collectors import COLLECTORS
    from exporter.metrics.catalogue import wanted

    over = asyncio.Event()

    def on_event(event: Any) -> None:
        take(event)
        if event.name == END:
            count.take(END)

    count.ended = over.set
    names = wanted(COLLECTORS.values())
    client = await Client.connect(
        Endpoint(HOST, port),
        Credentials(USER, SECRET, "plain"),
        wanted=names,
        on_event=on_event,
        timing=Timing(ping_every=(1000.0, 1000.0)),  # the port answers nothing while it sends
    )
    client.closed.add_done_callback(lambda _: over.set())
    count.begin()
    await over.wait()
    count.events = client.session.events.total() + client.session.unwanted


def main() -> None:
    name, port = sys.argv[1].replace("-", "_"), int(sys.argv[2])
    count, receive = Count(), globals()[name]
    if asyncio.iscoroutinefunction(receive):
        asyncio.run(receive(port, count))
    else:
        receive(port, count)
    print(json.dumps({"seconds": count.seconds, "events": count.events}))


if __name__ == "__main__":
    main()
