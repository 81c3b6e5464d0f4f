"""The numbers of a picture: a Prometheus that is asked as Grafana asks it."""

from __future__ import annotations

import json
import re
import time
import urllib.parse
import urllib.request
from typing import Any, TypeAlias

STEP = 5  # seconds between two points
SPAN = 330.0  # seconds that a graph shows
Series: TypeAlias = list[tuple[str, list[tuple[float, float]]]]


class Source:
    """A Prometheus, asked as Grafana asks it."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}/api/v1/query"
        self.end = time.time()

    def _get(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        url = f"{self._url}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310
            return list(json.load(answer)["data"]["result"])

    def now(self, expression: str) -> list[dict[str, Any]]:
        """As a table asks."""
        return self._get("", query=_filled_in(expression), time=f"{self.end}")

    def course(self, target: dict[str, Any]) -> Series:
        """As a graph asks: each series by its legend."""
        start = f"{self.end - SPAN}"
        rows = self._get(
            "_range", query=_filled_in(target["expr"]), start=start, end=f"{self.end}", step=f"{STEP}"
        )
        return [
            (
                _legend(target["legendFormat"], row["metric"]),
                [(float(at), float(value)) for at, value in row["values"] if value != "NaN"],
            )
            for row in rows
        ]


def _filled_in(expression: str) -> str:
    return re.sub(r"\$(\w+)", ".+", expression.replace("$__rate_interval", "60s"))


def _legend(form: str, labels: dict[str, str]) -> str:
    return re.sub(
        r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), form.replace("__auto", "")
    ).strip()
