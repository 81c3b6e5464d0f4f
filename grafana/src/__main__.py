"""Writes dashboards/ and alerts/ anew; `make dashboards` calls it."""

from __future__ import annotations

from grafana.src.files import files
from grafana.src.thresholds import FOLDER

for path, text in files().items():
    (FOLDER / path).write_text(text)
