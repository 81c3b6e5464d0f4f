"""What the exporter tells of itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter.metrics.exposition import Writer
from exporter.own import Own, revision

ROOT = Path(__file__).parent.parent


def test_the_revision_is_the_commit(tmp_path: Path) -> None:
    """Of a checkout, its refs packed or not; an installed package knows none."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert revision(tmp_path) == head.stdout.strip()
    subprocess.run([*git, "pack-refs", "--all"], check=True)
    assert revision(tmp_path) == head.stdout.strip()
    subprocess.run([*git, "checkout", "-q", "--detach"], check=True)
    assert revision(tmp_path) == head.stdout.strip()
    assert revision(tmp_path / "nowhere") == "unknown"


def test_the_page_with_the_process_is_whole() -> None:
    """OpenMetrics ends once, and both parts are on it."""
    own = Own()
    page = own.complete(Writer().write(own.blocks(), openmetrics=True), openmetrics=True).decode()
    families = text_string_to_metric_families(page)  # type: ignore[no-untyped-call]
    names = {family.name for family in families}
    assert {"asterisk_exporter_build", "process_open_fds"} <= names
    assert page.count("# EOF") == 1
