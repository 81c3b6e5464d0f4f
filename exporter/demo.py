"""The demo: a simulated Asterisk and the exporter in one process, on loopback."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

from exporter.app import Exporter, until_signal
from exporter.config import from_environment
from exporter.simulator import Simulator

USER = "demo"


def demo(addresses: Sequence[str]) -> int:
    """Run until SIGINT or SIGTERM; the exit code."""
    return asyncio.run(_demo(addresses))


async def _demo(addresses: Sequence[str]) -> int:
    secret = secrets.token_hex(8)
    simulator = Simulator(users={USER: secret})
    port = await simulator.start("127.0.0.1", 0)
    variables = {
        "AMI_HOST": "127.0.0.1",
        "AMI_PORT": str(port),
        "AMI_USERNAME": USER,
        "AMI_SECRET": secret,
        "AMI_SERVER_NAME": "demo",
    }

    def greet(served: tuple[str, ...]) -> None:
        print(f"A simulated Asterisk speaks AMI on 127.0.0.1:{port}, user {USER}, secret {secret}.")
        for address in served:
            print(f"The exporter shows it: http://{address}/ and http://{address}/metrics")
        print("Ctrl-C ends both.", flush=True)

    try:
        return await until_signal(Exporter(from_environment(variables)), addresses, greet)
    finally:
        await simulator.stop()
