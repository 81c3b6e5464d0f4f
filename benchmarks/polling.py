"""A client of panoramisk that takes all events and polls; prints how many bytes it got: polling.py PORT."""

from __future__ import annotations

import asyncio
import sys

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

EVERY = 15.0  # s
_got = 0


class Counted(AMIProtocol):  # type: ignore[misc]
    """Counts bytes."""

    def data_received(self, data: bytes) -> None:
        global _got  # there is one connection
        _got += len(data)
        super().data_received(data)


async def main() -> None:
    manager = Manager(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        username="admin",
        secret="admin-secret",
        protocol_factory=Counted,
    )
    manager.register_event("*", lambda _manager, _event: None)
    await manager.connect()
    polled = 0
    while True:
        if polled % EVERY == 0:
            await manager.send_action({"Action": "CoreShowChannels"}, as_list=True)
        polled += 1
        print(_got, flush=True)
        await asyncio.sleep(1.0)


asyncio.run(main())
