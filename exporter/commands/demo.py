"""demo: a small company with two sites, simulated, and the exporter, in one process on loopback."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.commands.arguments import Command, add_serve, settings
from exporter.config import Config, load
from exporter.logs import set_up

if TYPE_CHECKING:
    from exporter.web import Settings

USER = "demo"
ADDRESS = "127.0.0.1:9815"
SITES = {"berlin": "22", "lisbon": "16"}  # and the Asterisk of each

_CONFIG = """
defaults:
  {{host: 127.0.0.1, username: {user}, secret: {secret}, collectors: [{collectors}], show_callers: true}}
servers:
  berlin: {{port: {berlin}, labels: {{site: berlin}}}}
  lisbon: {{port: {lisbon}, labels: {{site: lisbon}}, collectors: [{collectors}, sip]}}
collectors:
  agents: {{interval: 10s}}
  conferences: {{rooms: true}}
  iax2: {{interval: 10s}}
  fax: {{interval: 10s}}
  pjsip: {{interval: 30s}}
  taskprocessors: {{interval: 10s}}
  voicemail: {{interval: 30s, per_mailbox: true}}
trunks:
  - {{name: carrier-a, match: PJSIP/carrier-a, capacity: 30}}
  - {{name: carrier-b, match: PJSIP/carrier-b, capacity: 30}}
"""


def _add(parser: argparse.ArgumentParser) -> None:
    add_serve(parser, ADDRESS)


def _run(options: argparse.Namespace) -> int:
    set_up(options.log_level, options.log_format)
    return asyncio.run(_demo(options.addresses or [ADDRESS], settings(options)))


async def _demo(addresses: Sequence[str], served: Settings) -> int:
    from exporter.app import Exporter, until_signal  # the other commands need no web server
    from exporter.simulator import Size
    from exporter.simulator.simulator import Simulator

    secret = secrets.token_hex(8)
    size = Size(channels=120)
    sites = {
        name: Simulator(version=version, size=size, users={USER: secret}) for name, version in SITES.items()
    }
    try:
        ports = {name: await site.start() for name, site in sites.items()}
        config = configured(ports, secret)

        def greet(urls: tuple[str, ...]) -> None:
            for name, port in ports.items():
                print(f"A simulated Asterisk {SITES[name]}, {name}, speaks AMI on 127.0.0.1:{port}.")
            print(f"Its user is {USER}, the secret {secret}.")
            for url in urls:
                print(f"The exporter shows both: {url}/ and {url}/metrics")
            print("Ctrl-C ends all.", flush=True)

        return await until_signal(Exporter(config), addresses, greet, served)
    finally:
        await asyncio.gather(*(site.stop() for site in sites.values()))


def configured(ports: dict[str, int], secret: str) -> Config:
    """The exporter's configuration, read as one that somebody wrote: every collector that a site can have."""
    from exporter.collectors import COLLECTORS

    collectors = ", ".join(name for name in COLLECTORS if name not in ("dahdi", "sip"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(_CONFIG.format(user=USER, secret=secret, collectors=collectors, **ports))
        file.chmod(0o600)
        return load(file)


COMMAND = Command(
    "demo", "Run a simulated company with two sites and the exporter, on loopback.", _run, _add, config=False
)
