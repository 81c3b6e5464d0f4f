"""The real Prometheus and Alertmanager with the rules that are shipped, and somebody whom they tell."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import yaml

from grafana.src.files import rules
from grafana.src.thresholds import thresholds
from tests.exporter_process import free_port
from tests.grafana.shipped import ROOT
from tests.proof.test_prometheus import Prometheus

SHIPPED = ROOT / "deploy/prometheus/alertmanager.yml"
WINDOW = "15s"  # in the place of minutes and hours


class Webhook:
    """What Alertmanager told, in its order."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        told = self.alerts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.extend(json.loads(body)["alerts"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def told(self, status: str, name: str, **labels: str) -> bool:
        """Whether an alert with these labels was told as firing or resolved."""
        wanted = labels | {"alertname": name}
        return any(
            alert["status"] == status and wanted.items() <= alert["labels"].items()
            for alert in list(self.alerts)
        )

    def close(self) -> None:
        """Hear no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@contextmanager
def alerting(
    folder: Path, target: str, overrides: Mapping[str, float]
) -> Iterator[tuple[Prometheus, Webhook]]:
    """Prometheus scrapes the target and judges it each second; what fires goes by way of Alertmanager."""
    webhook, prom, alertmanager = Webhook(), f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    _write(
        folder / "prometheus.yml",
        {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules-*.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [{"job_name": "asterisk", "static_configs": [{"targets": [target]}]}],
        },
    )
    _write(
        folder / "alertmanager.yml",
        {
            "route": {
                "receiver": "hook",
                "group_by": ["..."],
                "group_wait": "0s",
                "group_interval": "1s",
                "repeat_interval": "1h",
            },
            "inhibit_rules": yaml.safe_load(SHIPPED.read_text())["inhibit_rules"],
            "receivers": [{"name": "hook", "webhook_configs": [{"url": webhook.url}]}],
        },
    )
    for name, text in rules({**thresholds(), **overrides}).items():
        _write(folder / f"rules-{name.removesuffix('.yaml')}.yml", hurried(yaml.safe_load(text)))
    commands = {
        "alertmanager": [
            f"--storage.path={folder}/alertmanager",
            f"--web.listen-address={alertmanager}",
            "--cluster.listen-address=",
        ],
        "prometheus": [f"--storage.tsdb.path={folder}/data", f"--web.listen-address={prom}"],
    }
    with ExitStack() as stack:
        stack.callback(webhook.close)
        for name, arguments in commands.items():
            program = "prometheus-alertmanager" if name == "alertmanager" else name
            stack.enter_context(_running([program, f"--config.file={folder}/{name}.yml", *arguments], folder))
        yield Prometheus(f"http://{prom}"), webhook


def hurried(document: dict[str, Any]) -> dict[str, Any]:
    """The same rules for a test that has no minutes: short ranges, and a second of patience."""
    for group in document["groups"]:
        for rule in group["rules"]:
            rule["expr"] = re.sub(r"\[\d+[mh]\]", f"[{WINDOW}]", rule["expr"])
            if "for" in rule:
                rule["for"] = "1s"
    return document


def _write(path: Path, document: Any) -> None:
    path.write_text(yaml.safe_dump(document))


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log, cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
