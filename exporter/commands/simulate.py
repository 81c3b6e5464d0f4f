"""simulate: simulated Asterisks alone, or one that says again what was recorded."""

from __future__ import annotations

import argparse
import asyncio
import resource
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from exporter.commands.arguments import BAD, OK, Command
from exporter.simulator import FAULTS, VERSIONS, Fault, Size

if TYPE_CHECKING:
    from exporter.simulator.server import Server

USER = "exporter"
PORT = 5038
_SECONDS_A_CALL = 200.0  # of all its channels together: about what a call takes, and half as much again
_FEW = 20  # of more servers each starts with fewer calls, so that a thousand can start at once
_Number = TypeVar("_Number", int, float)

_TEXT = f"""Run simulated Asterisks: calls, queues, agents, carriers that fail, attacks; or a recorded one.

It is for demonstrations and for scale, and proves nothing about Asterisk. What it prints is a
configuration of the exporter that watches them. Ctrl-C ends it.

Faults, each as NAME or NAME:SECONDS (how often; 60 without):
{chr(10).join(f"  {name:<14}{text}" for name, text in FAULTS.items())}"""


def _add(parser: argparse.ArgumentParser) -> None:
    def add(name: str, text: str, **more: object) -> None:
        parser.add_argument(name, help=text, **more)  # type: ignore[arg-type]

    whole = _number(int, 1)
    add(
        "--listen",
        f"the first one's address (default: 127.0.0.1:{PORT})",
        type=_address,
        default=("127.0.0.1", PORT),
        metavar="ADDRESS",
    )
    add(
        "--servers",
        "how many Asterisks, on consecutive ports (default: 1)",
        type=whole,
        default=1,
        metavar="N",
    )
    add("--asterisk", "which version they are like (default: 22)", choices=tuple(VERSIONS), default="22")
    add("--channels", "the most channels of each (default: 200)", type=whole, default=200, metavar="N")
    add(
        "--calls-per-second",
        "calls of each, in the busiest hour (default: what fills two thirds of its channels)",
        type=_number(float, 0.0),
        metavar="N",
    )
    add("--queues", "queues of each (default: 3)", type=_number(int, 0), default=3, metavar="N")
    add("--members", "members of each, in all queues (default: 4 a queue)", type=_number(int, 0), metavar="N")
    add("--seed", "the same number gives the same calls", type=int, metavar="N")
    add(
        "--speed",
        "how much faster time passes: with 144 a day is over in 10 minutes (default: 1)",
        type=_number(float, 0.001),
        default=1.0,
        metavar="N",
    )
    add("--replay", "a recording of the console, instead of all that", type=Path, metavar="FILE")
    add(
        "--fault",
        "what goes wrong, and how often; may be repeated",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME[:SECONDS]",
    )
    add("--user", f"who may log in (default: {USER})", default=USER, metavar="NAME")
    add("--secret-file", "a file with the secret (default: a random one)", type=Path, metavar="FILE")


def _run(options: argparse.Namespace) -> int:
    try:
        secret = _secret(options.secret_file)
        servers = _servers(options, {options.user: secret})
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return BAD
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # each server and session needs a descriptor
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return asyncio.run(_simulate(servers, options.listen, options.user, secret))


async def _simulate(servers: Sequence[Server], address: tuple[str, int], user: str, secret: str) -> int:
    (host, port), ports = address, list[int]()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        for count, server in enumerate(servers):
            ports.append(await server.start(host, port and port + count))
        print(snippet(host, ports, user, secret), flush=True)
        await ended.wait()
    except (OSError, OverflowError) as error:  # the latter of a port above 65535
        print(f"cannot listen on {host}:{port + len(ports)}: {error}", file=sys.stderr)
        return BAD
    finally:
        await asyncio.gather(*(server.stop() for server in servers))
    return OK


def snippet(host: str, ports: Sequence[int], user: str, secret: str) -> str:
    """A configuration of the exporter that watches them."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # it is only compared
    lines = [
        f"# Simulated: {len(ports)} on {host}, ports {ports[0]} to {ports[-1]}. Ctrl-C ends.",
        f'defaults: {{host: "{near}", username: "{user}", secret: "{secret}"}}',
        "servers:",
        *(f"  pbx-{number}: {{port: {port}}}" for number, port in enumerate(ports, 1)),
        "trunks:",
        "  - {name: carrier-a, match: PJSIP/carrier-a}",
        "  - {name: carrier-b, match: PJSIP/carrier-b}",
    ]
    return "\n".join(lines)


def _servers(options: argparse.Namespace, users: dict[str, str]) -> list[Server]:
    """What is to run. Raises OSError or ValueError for a recording that cannot be read."""
    from exporter.simulator.replay import Replay
    from exporter.simulator.simulator import Simulator

    if options.replay:
        from exporter.ami.recording import read

        recording = read(options.replay)
        return [
            Replay(recording, speed=options.speed, users=users, faults=options.fault)
            for _ in range(options.servers)
        ]
    members = options.queues * 4 if options.members is None else options.members
    rate = options.calls_per_second
    return [
        Simulator(
            version=options.asterisk,
            seed=None if options.seed is None else options.seed + number,
            speed=options.speed,
            calls_per_second=options.channels / _SECONDS_A_CALL if rate is None else rate,
            size=Size(options.channels, options.queues, members),
            warm_up=600.0 if options.servers <= _FEW else 60.0,
            users=users,
            faults=options.fault,
        )
        for number in range(options.servers)
    ]


def _secret(file: Path | None) -> str:
    if file is None:
        return secrets.token_hex(8)
    secret = file.read_text().strip()
    if not secret.isprintable() or not secret or '"' in secret or "\\" in secret:
        raise ValueError(f"{file}: no secret, or one with quotes or control characters")
    return secret


# -- arguments -------------------------------------------------------------------------------------


def _number(kind: type[_Number], least: _Number) -> Callable[[str], _Number]:
    def read(text: str) -> _Number:
        number = kind(text)
        if not least <= number <= 1e6:
            raise argparse.ArgumentTypeError(f"{text} is not from {least} to 1000000")
        return number

    read.__name__ = "number"  # as argparse calls what it cannot read
    return read


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no ADDRESS:PORT")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104  # who leaves the address out wants all


def _fault(text: str) -> Fault:
    try:
        return Fault.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


COMMAND = Command(
    "simulate", _TEXT, _run, _add, example="--servers 10 --channels 20 --fault cut:120", config=False
)
