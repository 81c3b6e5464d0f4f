"""The section that `manager-conf` prints, in the manager.conf of a real Asterisk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.ami import Action, ActionFailed, Client, Credentials, Endpoint
from tests.exporter_process import ExporterProcess
from tests.lab.asterisk import Asterisk
from tests.proof.configs import config

pytestmark = pytest.mark.lab


def printed(file: Path) -> str:
    """What the command prints for a configuration."""
    command = [sys.executable, "-m", "exporter", "manager-conf", f"--config.file={file}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def checked(file: Path) -> list[dict[str, str]]:
    """What `check --connect` finds at each server, where all works: the state of each step."""
    command = [sys.executable, "-m", "exporter", "check", "--connect", "--format=json"]
    done = subprocess.run(
        [*command, f"--config.file={file}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    servers = json.loads(done.stdout)["servers"]
    return [{each["step"]: each["state"] for each in server["findings"]} for server in servers]


async def test_its_rights_suffice_and_no_more(asterisk: Asterisk, tmp_path: Path) -> None:
    """Every collector works; an action that none of them needs is denied."""
    exporter = ExporterProcess(tmp_path, config(asterisk, "least"))
    section = printed(exporter.config).replace("<the secret of the exporter's configuration>", "least-secret")
    assert "least-secret" in section
    assert "\neventfilter = ^Event: (" in section
    asterisk.write_config("manager.conf", asterisk.config("manager.conf") + "\n" + section)
    asterisk.manager_reload()
    try:
        with exporter:
            exporter.wait_up()
            page = exporter.scrape()
            for collector in ("ami", "core", "channels"):
                assert page.value("asterisk_collector_supported", collector=collector) == 1
                assert page.value("asterisk_collector_success", collector=collector) == 1
            assert page.value("asterisk_start_timestamp_seconds") > 0
            assert page.value("asterisk_ami_action_failures_total") == 0
            # A call shows that the events come too, and no others.
            asterisk.cli("channel originate Local/101@lab application Wait 5")
            exporter.wait_until(lambda: exporter.scrape().value("asterisk_active_channels") >= 2, 5)
            asterisk.cli("channel request hangup all")
            assert exporter.scrape().value("asterisk_ami_events_total", event="Newchannel") >= 2
            # FullyBooted, which no collector uses
            assert exporter.scrape().value("asterisk_ami_events_total", event="other") == 1
        (found,) = checked(exporter.config)
        assert set(found.values()) <= {"ok", "unknown"}, found
        client = await Client.connect(
            Endpoint("127.0.0.1", asterisk.ami_port), Credentials("least", "least-secret")
        )
        for name, header in (("Command", "Command"), ("GetConfig", "Filename"), ("Originate", "Channel")):
            with pytest.raises(ActionFailed) as denied:
                await client.send(Action(name, [(header, "core show version")]))
            assert denied.value.reason == "denied"
        await client.close()
    finally:
        asterisk.restore_config("manager.conf")
        asterisk.manager_reload()


def test_all_collectors_work_with_what_is_printed_for_them(asterisk: Asterisk, tmp_path: Path) -> None:
    """By default, where some do with fewer rights or are left out; and when they are named, with more."""
    file = tmp_path / "config.yaml"
    way = {"host": "127.0.0.1", "port": asterisk.ami_port, "secret": "least-secret"}
    named = ["agents", "core", "parking", "pjsip"]
    servers = {
        "default": {**way, "username": "least"},
        "more": {**way, "username": "named", "collectors": named},
    }
    file.write_text(json.dumps({"servers": servers}))
    file.chmod(0o600)
    section = printed(file).replace("<the secret of the exporter's configuration>", "least-secret")
    asterisk.write_config("manager.conf", asterisk.config("manager.conf") + "\n" + section)
    asterisk.manager_reload()
    try:
        default, more = checked(file)
    finally:
        asterisk.restore_config("manager.conf")
        asterisk.manager_reload()
    for found in (default, more):
        assert set(found.values()) <= {"ok", "unknown"}, found
        assert found["rights"] == found["booted"] == found["collector pjsip"] == "ok"
    assert (default["collector parking"], more["collector parking"]) == ("unknown", "ok")
