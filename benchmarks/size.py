"""Size: start, memory, and how the costs grow with servers, channels, queues and members."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median

from benchmarks.common import QUICK, exponent, heading, line
from benchmarks.exporting import exporting, simulated

WATCHED = 5.0 if QUICK else 35.0  # s: more than an interval of most collectors
SETTLED = 2.0 if QUICK else 10.0  # s
EMPTY = "servers:\n  pbx: {host: 127.0.0.1, port: 1, username: u, secret: s}\n"


def imports() -> None:
    """What the largest imports cost."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import exporter.app"],
        capture_output=True,
        check=True,
        text=True,
    )
    found = re.findall(r"import time: +\d+ \| +(\d+) \| ( *)(\S+)", done.stderr)
    top = {
        name: int(whole)
        for whole, _, name in found
        if name
        in ("exporter.app", "aiohttp", "pydantic", "prometheus_client", "yaml", "asyncio", "prompt_toolkit")
    }
    line("import", "ms, with all that it imports")
    line("---", "---")
    for name, whole in sorted(top.items(), key=lambda item: -item[1]):
        line(name, f"{whole / 1000:.0f}")
    print()


def start() -> None:
    """From the start of the process to its first page, and its memory then."""
    begin = time.perf_counter()
    with exporting(EMPTY) as exporter:
        exporter.page()
        seconds = time.perf_counter() - begin
        print(f"First page {seconds:.2f} s after the start; until then {exporter.cpu:.2f} s of CPU; ", end="")
        print(f"{exporter.memory:.0f} MB.\n", flush=True)


def grow(
    title: str, sizes: Mapping[int, list[str]], servers: Callable[[int], int] = lambda _: 1, more: str = ""
) -> None:
    """The costs at some sizes, and how they grow; the page is that of one server."""
    line(title, "series of one", "CPU of a core", "MB", "page, ms", "page, kB")
    line(*["---"] * 6)
    costs: list[tuple[float, float, float]] = []
    for size, arguments in sizes.items():
        with simulated(*arguments) as config, exporting(config + more) as exporter:
            exporter.wait("asterisk_up", servers(size))
            time.sleep(SETTLED)
            before, begin = exporter.cpu, time.perf_counter()
            time.sleep(WATCHED)
            cpu, memory = (exporter.cpu - before) / (time.perf_counter() - begin), exporter.memory
            took = []
            for _ in range(5):
                begin = time.perf_counter()
                page = exporter.page("/probe?target=pbx-1")
                took.append(time.perf_counter() - begin)
            costs.append((cpu, memory, median(took)))
            series = sum(text[:1] not in ("#", "") for text in page.splitlines())
            line(
                f"{size:,}",
                f"{series:,}",
                f"{cpu:.1%}",
                f"{memory:.0f}",
                f"{median(took) * 1e3:.0f}",
                f"{len(page) / 1e3:,.0f}",
            )
    line("exponent", "", *[f"{exponent(list(sizes), each):.2f}" for each in zip(*costs, strict=True)], "")
    print(flush=True)


def main() -> None:
    heading("Size", "aiohttp", "pydantic")
    imports()
    start()
    quiet = ["--channels=20", "--calls-per-second=0.02"]
    sizes = [1, 10] if QUICK else [1, 10, 100, 1000]
    grow("servers", {n: [f"--servers={n}", *quiet] for n in sizes}, servers=lambda n: n)
    sizes = [100, 500] if QUICK else [100, 1000, 5000]
    grow("channels", {n: [f"--channels={n}"] for n in sizes})
    sizes = [100, 500] if QUICK else [500, 5000]
    for members in ("auto", "on"):
        print(f"Members of queues, eight in each: {members}.\n")
        more = f"collectors: {{queues: {{members: {members}}}}}\nlimits: {{series_per_metric: 100000}}\n"
        grow(
            "queues",
            {n: [f"--queues={n}", f"--members={8 * n}", "--calls-per-second=1"] for n in sizes},
            more=more,
        )


if __name__ == "__main__":
    main()
