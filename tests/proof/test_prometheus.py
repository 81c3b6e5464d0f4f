"""Debian's own Prometheus scrapes the exporter."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from exporter.metrics.exposition import Writer
from exporter.metrics.families import WAIT, counter, gauge, histogram, info, states
from exporter.metrics.labels import Choice
from exporter.metrics.sampling import Distribution, Exemplar
from exporter.metrics.sources import Facts
from exporter.simulator.simulator import Simulator
from exporter.web import start
from tests.exporter_process import ExporterProcess, free_port
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls
from tests.metrics.twin import block
from tests.proof.configs import config
from tests.web.source import Fake, status

pytestmark = pytest.mark.system

EXEMPLARS = "--enable-feature=exemplar-storage"


class Prometheus:
    """A running Prometheus that scrapes one address each second."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its HTTP API."""
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> dict[str, float]:
        """An instant query: value by metric name."""
        result = self.get("query", query=expression)["result"]
        return {row["metric"].get("__name__", ""): float(row["value"][1]) for row in result}

    def exemplars(self, series: str) -> dict[str, Exemplar]:
        """By bucket: the Linkedid, value and time of the last exemplar of these minutes."""
        end = time.time()
        rows = self.get("query_exemplars", query=series, start=f"{end - 300}", end=f"{end}")
        last = {row["seriesLabels"]["le"]: row["exemplars"][-1] for row in rows}
        return {
            bound: (one["labels"]["linkedid"], float(one["value"]), float(one["timestamp"]))
            for bound, one in last.items()
        }

    def wait_until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until it holds; while Prometheus does not answer, it does not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except OSError:
                pass
            time.sleep(0.5)
        pytest.fail(f"not in {seconds} s")

    def wait_scraped(self, times: int) -> None:
        """Wait until it has scraped that often."""
        self.wait_until(lambda: self.query('count_over_time(up{job="asterisk"}[1m])').get("", 0) >= times)


@contextmanager
def prometheus(folder: Path, target: str, *arguments: str) -> Iterator[Prometheus]:
    """Prometheus with its data and its log in a folder; it ends with the block."""
    address = f"127.0.0.1:{free_port()}"
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        "scrape_configs:\n"
        f"- {{job_name: asterisk, static_configs: [{{targets: ['{target}']}}]}}\n"
    )
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={address}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([*command, *arguments], stderr=log)
    try:
        yield Prometheus(f"http://{address}")
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.lab
def test_prometheus_stores_every_sample(asterisk22: Asterisk, tmp_path: Path) -> None:
    """`up` is 1, what was scraped was stored, and the lint of promtool has nothing to say."""
    with ExporterProcess(tmp_path / "exporter", config(asterisk22)) as exporter, Calls(asterisk22, 15):
        exporter.wait_up()
        with prometheus(tmp_path, f"127.0.0.1:{exporter.port}") as prom:
            prom.wait_scraped(5)
            assert prom.query('up{job="asterisk"}') == {"up": 1.0}
            scraped = prom.query('scrape_samples_scraped{job="asterisk"}')["scrape_samples_scraped"]
            kept = prom.query('scrape_samples_post_metric_relabeling{job="asterisk"}')
            assert list(kept.values()) == [scraped]
            assert scraped > 100
            ours = '{job="asterisk",__name__=~"asterisk_.+|process_.+|python_info"}'
            assert prom.query(f"count({ours})")[""] >= scraped
            assert prom.query('asterisk_up{job="asterisk"}') == {"asterisk_up": 1.0}
            assert prom.query('sum(asterisk_active_channels{job="asterisk"})')[""] >= 0
        text = exporter.scrape().text
    lint = subprocess.run(
        ["promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False
    )
    assert (lint.returncode, lint.stdout, lint.stderr) == (0, b"", b"")


FACTS = Facts("facts")
CALLS = counter("calls_total", "Calls.", FACTS)
BUILD = info("build_info", "What it is.", FACTS, {"version": "V"})
STATE = states("trunk_state", "Its state.", FACTS, {"trunk": "T"}, Choice("S", {"A": "idle", "B": "busy"}))
UP = gauge("up", "Whether it is logged in.", FACTS)
WAITS = histogram("wait_seconds", "Waiting.", FACTS, {"queue": "Q"}, buckets=WAIT, exemplar="Linkedid")
TYPES = {
    "asterisk_calls": "counter",
    "asterisk_build": "info",
    "asterisk_trunk_state": "gauge",
    "asterisk_up": "gauge",
    "asterisk_wait_seconds": "histogram",
}


class Written(Fake):
    """A source whose page has a family of each kind, and waits with exemplars."""

    def __init__(self) -> None:
        super().__init__([status("hq")])
        self.waits = Distribution([0] * (len(WAIT) + 1))
        self._writer = Writer()

    async def page(
        self, openmetrics: bool, servers: Collection[str] | None, collectors: Set[str] | None = None
    ) -> bytes:
        """The page of one server."""
        self.asked.append((openmetrics, servers))
        self.chosen.append(collectors)
        blocks = [
            block(CALLS, "hq", {(): float(len(self.asked))}),
            block(BUILD, "hq", {("22.10",): 1.0}),
            block(STATE, "hq", {("carrier", "idle"): 0.0, ("carrier", "busy"): 1.0}),
            block(UP, "hq", {(): 1.0}),
            block(WAITS, "hq", {("sales",): self.waits}),
        ]
        return self._writer.write(blocks, openmetrics)


async def test_prometheus_reads_openmetrics(tmp_path: Path) -> None:
    """It asks for OpenMetrics, knows each family's type, and keeps the exemplars of waits."""
    source, now = Written(), float(int(time.time()))
    source.waits.add(0.5, WAIT, "1700000000.1", now - 2)
    source.waits.add(25.5, WAIT, "1700000000.7", now - 1)
    source.waits.add(2000.0, WAIT, "x" * 120, now)
    server = await start(source, ["127.0.0.1:0"])
    try:
        await asyncio.to_thread(_read_openmetrics, server.addresses[0], tmp_path, source)
    finally:
        await server.stop()


def _read_openmetrics(address: str, folder: Path, source: Written) -> None:
    with prometheus(folder, address, EXEMPLARS) as prom:
        prom.wait_scraped(3)
        assert {openmetrics for openmetrics, _ in source.asked} == {True}
        assert prom.query("up") == {"up": 1.0}
        scraped = prom.query("scrape_samples_scraped")["scrape_samples_scraped"]
        assert prom.query('count({__name__=~"asterisk_.+"})') == {"": scraped}
        assert scraped == 1 + 1 + 2 + 1 + len(WAIT) + 3
        assert prom.query('count({__name__=~".+_created"})') == {}
        described = prom.get("targets/metadata", match_target='{job="asterisk"}')
        assert {row["metric"]: row["type"] for row in described} == TYPES

        def stored() -> dict[str, Exemplar]:
            return prom.exemplars("asterisk_wait_seconds_bucket")

        def written() -> dict[str, Exemplar]:
            bounds = [*map(str, WAIT), "+Inf"]
            return {bounds[index]: exemplar for index, exemplar in source.waits.exemplars.items()}

        assert stored() == written()
        assert list(written()) == ["1.0", "30.0", "+Inf"]
        source.waits.add(0.75, WAIT, "1700000009.9", float(int(time.time())))
        prom.wait_until(lambda: stored() == written(), 15)
        log = (folder / "prometheus.log").read_text()
        assert not [line for line in log.splitlines() if "level=info" not in line]


async def test_the_exemplars_are_calls(tmp_path: Path) -> None:
    """Of the exporter itself: what Prometheus keeps of each bucket is a call that fell into it."""
    simulator = Simulator(calls_per_second=3.0, seed=1)
    port = await simulator.start()
    try:
        await asyncio.to_thread(_read_calls, port, tmp_path)
    finally:
        await simulator.stop()


def _read_calls(ami_port: int, folder: Path) -> None:
    text = (
        f"servers:\n  lab: {{host: 127.0.0.1, port: {ami_port}, username: exporter, secret: exporter}}\n"
        "collectors:\n  calls: {exemplars: true}\n"
    )
    with ExporterProcess(folder / "exporter", text) as exporter:
        exporter.wait_up()
        with prometheus(folder, f"127.0.0.1:{exporter.port}", EXEMPLARS) as prom:
            prom.wait_until(lambda: bool(prom.exemplars("asterisk_call_duration_seconds_bucket")), 40)
            for bound, (name, value, _) in prom.exemplars("asterisk_call_duration_seconds_bucket").items():
                assert re.fullmatch(r"[0-9]+\.[0-9]+", name)
                assert 0 < value <= float(bound)
        assert "linkedid" not in exporter.scrape().text
