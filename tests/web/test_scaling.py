"""Two exporters share servers, and Debian's own Prometheus finds each of them where it is."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import pytest

from exporter.simulator.simulator import Simulator
from tests.exporter_process import ExporterProcess, free_port
from tests.proof.test_prometheus import Prometheus

pytestmark = pytest.mark.system

SERVERS = 12
SHARDS = 2
# As docs/scaling.md shows it; and for the test what hashmod makes of the names.
SCRAPE = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
- job_name: asterisk
  http_sd_configs:
{discovery}
  relabel_configs:
  - {{source_labels: [__param_target], target_label: instance}}
  - {{source_labels: [__meta_url], regex: 'https?://([^/]+)/.*', target_label: __address__}}
  - {{source_labels: [__param_target], modulus: 2, target_label: part, action: hashmod}}
- job_name: asterisk-exporter
  params: {{server: ['']}}
  static_configs: [{{targets: [{exporters}]}}]
"""


async def test_every_server_is_scraped_once(tmp_path: Path) -> None:
    """Each has one session and one target, with its labels; the exporters' own series stand once each."""
    if not shutil.which("prometheus"):
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    async with AsyncExitStack() as stack:
        simulators = {f"pbx-{number}": Simulator(calls_per_second=0.1) for number in range(SERVERS)}
        lines = []
        for name, simulator in simulators.items():
            port = await simulator.start()
            stack.push_async_callback(simulator.stop)
            login = "host: 127.0.0.1, username: exporter, secret: exporter"
            lines.append(
                f"  {name}: {{port: {port}, {login}, collectors: [core], labels: {{site: of-{name}}}}}"
            )
        await asyncio.to_thread(_look, tmp_path, "\n".join(["servers:", *lines]), simulators.values())


def _look(folder: Path, text: str, simulators: Iterable[Simulator]) -> None:
    with ExitStack() as stack:
        exporters = [
            stack.enter_context(ExporterProcess(folder / f"{number}", text, f"--shard={number}/{SHARDS}"))
            for number in range(1, SHARDS + 1)
        ]
        for exporter in exporters:
            exporter.wait_until(lambda one=exporter: one.get("/-/ready") == 200, 30)  # type: ignore[misc]
        parts = [_discovered(exporter) for exporter in exporters]
        names = {f"pbx-{number}" for number in range(SERVERS)}
        assert all(parts)
        assert sorted(name for part in parts for name in part) == sorted(names)
        prom = stack.enter_context(_prometheus(folder, exporters))
        prom.wait_until(lambda: prom.query("sum(asterisk_up)") == {"": SERVERS}, 60)
        found = prom.get("query", query="asterisk_up")["result"]
        assert len(found) == SERVERS
        assert {row["metric"]["instance"] for row in found} == names
        for row in found:
            labels = row["metric"]
            assert labels["server"] == labels["instance"]
            assert labels["site"] == f"of-{labels['server']}"
            assert labels["server"] in parts[int(labels["part"])]  # hashmod and --shard agree
        assert prom.query('up{job="asterisk"} == 0') == {}
        assert (
            prom.query('count({job="asterisk",__name__=~"asterisk_exporter_.+|process_.+|python_.+"})') == {}
        )
        assert prom.query('count({job="asterisk-exporter",server!=""})') == {}
        assert [len(simulator.sessions) for simulator in simulators] == [1] * SERVERS
        prom.wait_until(lambda: prom.query("count(asterisk_exporter_build_info)") == {"": SHARDS})


def _discovered(exporter: ExporterProcess) -> list[str]:
    """The targets that an exporter names."""
    with urllib.request.urlopen(f"{exporter.url}/sd", timeout=10) as answer:
        return [group["targets"][0] for group in json.load(answer)]


@contextmanager
def _prometheus(folder: Path, exporters: list[ExporterProcess]) -> Iterator[Prometheus]:
    address = f"127.0.0.1:{free_port()}"
    (folder / "prometheus.yml").write_text(
        SCRAPE.format(
            discovery="\n".join(f"  - {{url: {one.url}/sd, refresh_interval: 5s}}" for one in exporters),
            exporters=", ".join(f"'127.0.0.1:{one.port}'" for one in exporters),
        )
    )
    options = [f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}"]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", *options], stderr=log
        )
    try:
        yield Prometheus(f"http://{address}")
    finally:
        process.terminate()
        process.wait(20)
