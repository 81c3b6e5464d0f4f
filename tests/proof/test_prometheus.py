"""Debian's own Prometheus scrapes the exporter."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.exporter_process import ExporterProcess, free_port
from tests.lab.asterisk import Asterisk
from tests.lab.calls import Calls
from tests.proof.configs import config

pytestmark = [pytest.mark.lab, pytest.mark.system]


def query(port: int, expression: str) -> dict[str, float]:
    """An instant query: value by metric name."""
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(url, timeout=5) as answer:
        result = json.load(answer)["data"]["result"]
    return {row["metric"].get("__name__", ""): float(row["value"][1]) for row in result}


def test_prometheus_stores_every_sample(asterisk22: Asterisk, tmp_path: Path) -> None:
    """`up` is 1, what was scraped was stored, and the lint of promtool has nothing to say."""
    port = free_port()
    with ExporterProcess(tmp_path / "exporter", config(asterisk22)) as exporter, Calls(asterisk22, 15):
        exporter.wait_up()
        (tmp_path / "prometheus.yml").write_text(
            "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
            "scrape_configs:\n"
            f"- {{job_name: asterisk, static_configs: [{{targets: ['127.0.0.1:{exporter.port}']}}]}}\n"
        )
        with (tmp_path / "prometheus.log").open("wb") as log:
            prometheus = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={tmp_path}/prometheus.yml",
                    f"--storage.tsdb.path={tmp_path}/data",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stderr=log,
            )
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                time.sleep(1)
                try:
                    if query(port, 'count_over_time(up{job="asterisk"}[1m])').get("", 0) >= 5:
                        break
                except OSError:
                    continue
            assert query(port, 'up{job="asterisk"}') == {"up": 1.0}
            scraped = query(port, 'scrape_samples_scraped{job="asterisk"}')["scrape_samples_scraped"]
            kept = query(port, 'scrape_samples_post_metric_relabeling{job="asterisk"}')
            assert list(kept.values()) == [scraped]
            assert scraped > 100
            stored = query(port, 'count({job="asterisk",__name__=~"asterisk_.+|process_.+|python_info"})')[""]
            assert stored >= scraped
            assert query(port, 'asterisk_up{job="asterisk"}') == {"asterisk_up": 1.0}
            assert query(port, 'sum(asterisk_active_channels{job="asterisk"})')[""] >= 0
        finally:
            prometheus.terminate()
            prometheus.wait(20)
        text = exporter.scrape().text
    lint = subprocess.run(
        ["promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False
    )
    assert (lint.returncode, lint.stdout, lint.stderr) == (0, b"", b"")
