"""demo: a simulated Asterisk and the exporter in one process, on loopback."""

from __future__ import annotations

import argparse
import asyncio
import secrets
from collections.abc import Sequence

from exporter.commands.arguments import Command, add_serve
from exporter.config import from_environment
from exporter.logs import set_up

USER = "demo"
ADDRESS = "127.0.0.1:9815"


def _add(parser: argparse.ArgumentParser) -> None:
    add_serve(parser, ADDRESS)


def _run(options: argparse.Namespace) -> int:
    set_up(options.log_level, options.log_format)
    return asyncio.run(_demo(options.addresses or [ADDRESS]))


async def _demo(addresses: Sequence[str]) -> int:
    from exporter.app import Exporter, until_signal  # the other commands need no web server
    from exporter.simulator import Simulator

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


COMMAND = Command("demo", "Run a simulated Asterisk and the exporter, on loopback.", _run, _add, config=False)
