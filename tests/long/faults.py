"""Hundreds of faults between the exporter and real Asterisks: python -m tests.long.faults [--faults N]."""

from __future__ import annotations

import argparse
import asyncio
import gc
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from math import inf
from pathlib import Path

from exporter.config import load
from exporter.fleet import Fleet
from exporter.logs import set_up
from tests.ami.leaks import descriptors
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls, Load
from tests.lab.ports import VERSIONS
from tests.lab.proxy import FaultProxy
from tests.long.line import DOMAIN, LOOK, TRUTH, Line, names, when

PATIENCE = 60.0  # s until a page is full again: a refused login alone waits up to 37 s
MIX = (Load("100", 30, 8), Load("200", 12, 9), Load("300", 6, 10))
RESTARTS = 10  # of each Asterisk
SPANS = {"clear": 16_000, "tls": 20_000}  # bytes: from the greeting into the first lists
USER = "admin"


class Report:
    """What a run of faults came to."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self.recoveries: list[float] = []
        self.downs: list[float] = []  # seconds from the end of an Asterisk to the last page that says so
        self.wrongs: list[str] = []
        self.late = 0.0
        self.looks = 0
        self.seconds = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing was wrong, and no page said "up" for longer than it may."""
        return not self.wrongs and max(self.late, *self.downs, 0.0) <= TRUTH

    def add(self, line: Line) -> None:
        self.faults += line.faults
        self.recoveries += line.recoveries
        self.wrongs += line.wrongs
        self.late = max(self.late, line.late)
        self.looks += line.looks

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.recoveries, n=100) if len(self.recoveries) > 1 else [0.0] * 99
        lines = [
            f"{self.faults.total()} faults in {self.seconds:.0f} s, {self.looks} pages looked at",
            ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items())),
            f"full page again: {cuts[49]:.1f} s (median), {cuts[98]:.1f} s (99th percentile)",
            f"full page again: {max(self.recoveries, default=0.0):.1f} s at the longest",
            f"said up of a line that was gone: {self.late:.2f} s at the longest",
        ]
        if self.downs:
            lines.append(f"all said down after an Asterisk ended: {max(self.downs):.2f} s at the longest")
        return "\n".join([*lines, f"{len(self.wrongs)} wrongs", *self.wrongs[:50]])


class Scene:
    """A fleet whose every server is reached by a line of its own."""

    def __init__(self, asterisks: Sequence[Asterisk], folder: Path, per_asterisk: int) -> None:
        self.asterisks = asterisks
        self.folder = folder
        self.per_asterisk = per_asterisk
        self.lines: dict[str, list[Line]] = {}
        self.report = Report()

    @property
    def every(self) -> list[Line]:
        return [line for lines in self.lines.values() for line in lines]

    def secret_file(self, asterisk: Asterisk) -> Path:
        return self.folder / f"secret-{asterisk.version}"

    @asynccontextmanager
    async def running(self, seed: int) -> AsyncIterator[None]:
        """Watch, until left; what then is left over is wrong."""
        began = time.monotonic()
        tasks, files = len(asyncio.all_tasks()), descriptors()
        async with AsyncExitStack() as stack:
            proxies = await self._proxies(stack)
            file = self.folder / "config.yaml"
            file.write_text("servers:\n" + "".join(self._server(*each) for each in proxies))
            fleet = Fleet(load(file))
            for number, (asterisk, proxy, tls) in enumerate(proxies):
                span = SPANS["tls" if tls else "clear"]
                line = Line(fleet, _name(asterisk, proxy), proxy, seed + number, span)
                self.lines.setdefault(asterisk.version, []).append(line)
            fleet.start()
            watches = [asyncio.create_task(line.watch()) for line in self.every]
            try:
                await self.settle(30.0)
                yield
            finally:
                for watch in watches:
                    watch.cancel()
                await asyncio.gather(*watches, return_exceptions=True)
                await fleet.stop()
        await self._left_over(tasks, files)
        for line in self.every:
            self.report.add(line)
        self.report.seconds = time.monotonic() - began

    async def _proxies(self, stack: AsyncExitStack) -> list[tuple[Asterisk, FaultProxy, bool]]:
        found = []
        for asterisk in self.asterisks:
            self.secret_file(asterisk).write_text(asterisk.users[USER])
            for number in range(self.per_asterisk):
                tls = number % 4 == 3
                port = asterisk.ami_tls_port if tls else asterisk.ami_port
                found.append((asterisk, await stack.enter_async_context(FaultProxy(port)), tls))
        return found

    def _server(self, asterisk: Asterisk, proxy: FaultProxy, tls: bool) -> str:
        name = _name(asterisk, proxy)
        keys = [f"host: {name}{DOMAIN}, port: {proxy.port}, username: {USER}"]
        keys.append(f"secret_file: {self.secret_file(asterisk)}, collectors: [core, channels, queues, pjsip]")
        if tls:
            keys.append(f"tls: {{ca_file: {asterisk.ca_file}, server_name: 127.0.0.1}}")
        return f"  {name}: {{{', '.join(keys)}}}\n"

    def tell(self, phase: str) -> None:
        """Say how it goes so far: a run is long, and somebody may end it."""
        so_far = Report()
        for line in self.every:
            so_far.add(line)
        print(f"So far, {phase}:\n{so_far}\n", flush=True)

    async def _left_over(self, tasks: int, files: int) -> None:
        """Wait until nothing is left over of it."""
        deadline = time.monotonic() + 5
        while (left := (len(asyncio.all_tasks()) - tasks, descriptors() - files)) > (0, 0):
            if time.monotonic() > deadline:
                self.report.wrongs.append(f"left over: {left[0]} tasks, {left[1]} descriptors")
                return
            gc.collect()
            await asyncio.sleep(LOOK)

    async def settle(self, seconds: float = PATIENCE) -> None:
        """Wait until every page is full."""
        await asyncio.gather(*(line.recovered(seconds, "the last fault") for line in self.every))

    async def agree(self, asterisk: Asterisk) -> None:
        """Every page has the channels that Asterisk itself counts, once no call is left or soon after."""
        values: set[float | None] = set()
        for _ in range(10):
            before = await _channels(asterisk)
            lines = self.lines[asterisk.version]
            await asyncio.gather(*(line.look() for line in lines))
            values = {line.value("asterisk_active_channels") for line in lines}
            if before == await _channels(asterisk) and values == {before}:
                return
            await asyncio.sleep(0.2)
        self.report.wrongs.append(f"Asterisk {asterisk.version} has {before} channels, pages say {values}")

    # -- what befalls an Asterisk --------------------------------------------------------------

    async def ended(self, asterisk: Asterisk, how: Callable[[], None]) -> None:
        """It ends and is started again."""
        lines = self.lines[asterisk.version]
        end = asyncio.create_task(asyncio.to_thread(how))
        await when(lambda: not asterisk.running, 30.0)
        took = await when(lambda: not any(line.up for line in lines), 30.0)
        self.report.downs.append(inf if took is None else took)
        await end
        await asyncio.to_thread(asterisk.start)
        await self._overcome(asterisk, f"asterisk {how.__name__}")

    async def commands(self, asterisk: Asterisk, *commands: str) -> None:
        """Modules come and go, while they are asked."""
        for command in commands:
            await asyncio.to_thread(asterisk.cli, command)
            await asyncio.sleep(1.0)
        await self._overcome(asterisk, commands[0])

    async def user_away(self, asterisk: Asterisk) -> None:
        """Our user is taken away, and given back."""
        text = asterisk.config("manager.conf")
        await self._manager(asterisk, text.replace(f"[{USER}]", "[somebody]"))
        await self._cut(asterisk)
        await self._manager(asterisk, text)
        await self._overcome(asterisk, "user taken away")

    async def rotated(self, asterisk: Asterisk) -> None:
        """Another secret, in manager.conf and in our file."""
        old = asterisk.users[USER]
        for new in (f"{old}-2", old):
            text = asterisk.config("manager.conf").replace(f"secret = {old}", f"secret = {new}")
            self.secret_file(asterisk).write_text(new)
            await self._manager(asterisk, text)
            await self._cut(asterisk)
            await self._overcome(asterisk, "secret rotated")

    async def _manager(self, asterisk: Asterisk, text: str) -> None:
        asterisk.write_config("manager.conf", text)
        await asyncio.to_thread(asterisk.manager_reload)

    async def _cut(self, asterisk: Asterisk) -> None:
        """End every session and wait until each was tried again."""
        proxies = [line.proxy for line in self.lines[asterisk.version]]
        before = [proxy.accepted for proxy in proxies]
        for proxy in proxies:
            proxy.cut()
        await when(lambda: all(p.accepted > n for p, n in zip(proxies, before, strict=True)), 10.0)
        await asyncio.sleep(2.0)  # Asterisk waits a second before it refuses

    async def _overcome(self, asterisk: Asterisk, name: str) -> None:
        self.report.faults[name] += 1
        await asyncio.gather(*(line.recovered(PATIENCE, name) for line in self.lines[asterisk.version]))
        await self.agree(asterisk)


def _name(asterisk: Asterisk, proxy: FaultProxy) -> str:
    return f"a{asterisk.version}-{proxy.port}"


async def _channels(asterisk: Asterisk) -> float:
    text = await asyncio.to_thread(asterisk.cli, "core show channels count")
    found = re.search(r"^(\d+) active channel", text, re.MULTILINE)
    assert found, text
    return float(found[1])


async def long_run(count: int, seed: int, per_asterisk: int, restarts: int) -> Report:
    """Faults on every line, then on every Asterisk."""
    asterisks = [Asterisk(version) for version in VERSIONS]
    with ExitStack() as stack:
        for asterisk in asterisks:
            stack.callback(asterisk.release)
            asterisk.start()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(names())
        scene = Scene(asterisks, folder, per_asterisk)
        async with scene.running(seed):
            calls = [stack.enter_context(Calls(asterisk, 240, MIX)) for asterisk in asterisks]
            share = -(-count // len(scene.every))
            await asyncio.gather(*(line.suffer(share, PATIENCE) for line in scene.every))
            scene.tell("on the lines")
            for each in calls:
                await asyncio.to_thread(each.stop)
            for asterisk in asterisks:
                await scene.agree(asterisk)
            await asyncio.gather(*(befall(scene, asterisk, restarts) for asterisk in asterisks))
    return scene.report


async def befall(scene: Scene, asterisk: Asterisk, restarts: int) -> None:
    """All that can befall an Asterisk."""
    await scene.commands(asterisk, "module unload app_queue.so", "module load app_queue.so")
    await scene.commands(asterisk, "module unload res_pjsip.so", "module load res_pjsip.so")
    await scene.commands(asterisk, "core reload")
    await scene.rotated(asterisk)
    await scene.user_away(asterisk)
    for number in range(restarts):
        await scene.ended(asterisk, asterisk.kill if number % 2 else asterisk.stop)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.long.faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=500, help="on the lines (default: 500)")
    parser.add_argument("--restarts", type=int, default=RESTARTS, help=f"per Asterisk (default: {RESTARTS})")
    parser.add_argument("--lines", type=int, default=12, help="per Asterisk (default: 12)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    set_up()
    report = asyncio.run(long_run(options.faults, options.seed, options.lines, options.restarts))
    print(report)
    return not report.good


if __name__ == "__main__":
    sys.exit(main())
