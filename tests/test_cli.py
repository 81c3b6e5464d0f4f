"""The commands: what they print, and how they end."""

from __future__ import annotations

import json
import platform
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from exporter import __version__
from exporter.cli import main

SECRET = "cat-walks-by-9b2f"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A good configuration; the option that names it."""
    file = tmp_path / "config.yaml"
    servers = f"hq: {{host: 127.0.0.1, username: exporter, secret: {SECRET}, collectors: [core, channels]}}"
    file.write_text(
        f"servers:\n  {servers}\n  far: {{host: pbx.example.com, username: other, secret: {SECRET}}}\n"
    )
    file.chmod(0o600)
    return f"--config.file={file}"


def bad(file: str) -> None:
    """Make it a bad one, in two places."""
    path = Path(file.partition("=")[2])
    path.write_text(path.read_text().replace("host: pbx", "hots: pbx") + "nonsense: 1\n")


def test_check_of_a_good_file(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, and what there is."""
    assert main(["check", file]) == 0
    assert "OK: 2 servers: hq, far" in capsys.readouterr().out
    assert main([file, "check"]) == 0


def test_check_of_a_bad_file(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and every mistake with its place; as JSON too."""
    bad(file)
    assert main(["check", file]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert re.search(
        r"config\.yaml:3:9: servers\.far\.hots: unknown key 'hots', did you mean 'host'\?", lines[0]
    )
    assert re.search(r"config\.yaml:4:1: nonsense: unknown key", lines[1])
    assert main(["check", "--format=json", file]) == 2
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    assert [(error["line"], error["column"]) for error in report["errors"]] == [(3, 9), (4, 1)]
    assert SECRET not in json.dumps(report)


def test_check_of_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is told as such."""
    assert main(["check", f"--config.file={tmp_path}/none.yaml"]) == 2
    assert "no such file" in capsys.readouterr().out


def test_check_names_its_servers(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is not there is told with those that are; without --connect no server is chosen."""
    assert main(["check", "--connect", "--server=hq", "--server=hp", file]) == 2
    assert "no server is called hp (known: hq, far)" in capsys.readouterr().err
    assert main(["check", "--server=hq", file]) == 2
    assert "--server goes with --connect" in capsys.readouterr().err


def test_check_of_a_way_that_leads_nowhere(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, the step that failed, and what mends it; no secret, and no word on standard error."""
    path = Path(file.partition("=")[2])
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    path.write_text(path.read_text().replace("127.0.0.1", f"127.0.0.1, port: {port}"))
    assert main(["check", "--connect", "--server=hq", file]) == 2
    out, err = capsys.readouterr()
    assert f"  FAIL   port  127.0.0.1 port {port}: Connection refused\n" in out
    assert f"port = {port}\n" in out
    assert "hq: does not work" in out
    assert (SECRET in out, err) == (False, "")
    assert main(["check", "--connect", "--server=hq", "--format=json", file]) == 2
    report = json.loads(capsys.readouterr().out)
    assert [(each["server"], each["verdict"]) for each in report["servers"]] == [("hq", "does not work")]
    assert report["servers"][0]["findings"][-1]["step"] == "port"


def test_manager_conf(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One section a user, with the least rights, no space in them and no secret."""
    assert main(["manager-conf", file]) == 0
    out = capsys.readouterr().out
    assert re.findall(r"^\[(.*)\]$", out, re.MULTILINE) == ["exporter", "other"]
    assert re.findall(r"^read = (.*)$", out, re.MULTILINE)[0] == "system,call,security"
    assert re.findall(r"^write = (.*)$", out, re.MULTILINE)[0] == "reporting"
    assert not re.search(r"^(read|write) = .*( |,,|,$)", out, re.MULTILINE)
    assert out.count("deny = 0.0.0.0/0.0.0.0") == 2
    assert "permit = 127.0.0.1/255.255.255.255" in out
    assert "<address of the exporter>" in out
    assert SECRET not in out


@pytest.mark.parametrize(
    ("place", "goes"),
    [
        ("asterisk", "manager.d/*.conf"),
        ("freepbx", "manager_custom.conf: FreePBX"),
        ("issabel", "Issabel has users of its own"),
    ],
)
def test_where_the_section_goes(file: str, place: str, goes: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each distribution has a file that it leaves alone; the lines to load and to see it are the same."""
    assert main(["manager-conf", f"--for={place}", file]) == 0
    out = capsys.readouterr().out
    assert goes in out
    assert "asterisk -rx 'manager reload'" in out
    assert "asterisk-ami-exporter check --connect" in out
    assert all(line.startswith(";") for line in out.partition("[exporter]")[0].splitlines() if line)


def test_metrics_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """They need no configuration."""
    assert main(["metrics"]) == 0
    assert "| `asterisk_active_channels` | gauge |" in capsys.readouterr().out
    assert main(["metrics", "--format=json"]) == 0
    names = [metric["name"] for part in json.loads(capsys.readouterr().out) for metric in part["metrics"]]
    assert "asterisk_up" in names
    assert "asterisk_exporter_build_info" in names
    assert main(["schema"]) == 0
    assert "servers" in json.loads(capsys.readouterr().out)["properties"]


def test_metrics_of_a_configuration(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the collectors that run at one of its servers."""
    path = Path(file.partition("=")[2])
    text = path.read_text().replace("[core, channels]", "[core]")
    path.write_text("defaults: {collectors: [core]}\n" + text)
    assert main(["metrics", file]) == 0
    out = capsys.readouterr().out
    assert "asterisk_up" in out
    assert "asterisk_core_channels" in out
    assert "asterisk_active_channels" not in out


@pytest.mark.parametrize("command", ["", "check", "manager-conf", "metrics", "schema", "ami", "demo"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command has one, with an example."""
    with pytest.raises(SystemExit) as ended:
        main([*filter(None, [command]), "--help"])
    assert ended.value.code == 0
    assert f"Example: asterisk-ami-exporter {command}".strip() in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The program's, and Python's."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"asterisk-ami-exporter {__version__} (Python {platform.python_version()}")


def test_check_as_a_process(file: str) -> None:
    """The exit code is the process's own."""
    assert run("check", file).returncode == 0
    bad(file)
    assert run("check", file).returncode == 2


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "exporter", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_run_with_a_bad_file(file: str) -> None:
    """Every mistake, exit code 2, no traceback."""
    bad(file)
    done = run(file, "--web.listen-address=127.0.0.1:0")
    assert done.returncode == 2
    assert "unknown key 'hots'" in done.stderr
    assert "unknown key 'nonsense'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_on_a_port_in_use(file: str) -> None:
    """Exit code 1, and one line that names the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run(file, f"--web.listen-address=127.0.0.1:{port}")
    assert done.returncode == 1
    assert len([line for line in done.stderr.splitlines() if "level=ERROR" in line]) == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_where_there_is_no_file_that_is_said_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who forgot the file must not puzzle over variables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", {})
    assert main(["manager-conf"]) == 2
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("config.yaml: no such file here")
    assert any(line.startswith("AMI_USERNAME: ") for line in rest)
