"""The wheel as hatchling makes it: typed, with its SBOM, and the list that the SBOM is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from deploy.sbom import sbom
from exporter import __version__

from .test_dockerfile import copied

ROOT = Path(__file__).parents[2]


def test_the_wheel(tmp_path: Path) -> None:
    """Made of what the image's build has: py.typed, the licence, the SBOM, and nothing but the package."""
    for path in copied():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, tmp_path / path, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / path, tmp_path / path)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    (file,) = tmp_path.glob("dist/*.whl")
    with zipfile.ZipFile(file) as wheel:
        names = set(wheel.namelist())
        info = f"asterisk_ami_exporter-{__version__}.dist-info"
        assert {"exporter/py.typed", f"{info}/licenses/LICENSE"} <= names
        assert {name.partition("/")[0] for name in names} == {"exporter", info}
        bill = json.loads(wheel.read(f"{info}/sboms/asterisk-ami-exporter.cdx.json"))
    assert bill["metadata"]["component"]["version"] == __version__


def test_the_sbom_is_what_is_pinned() -> None:
    """Every line of requirements.txt is a component with a package URL, and no other is there."""
    text = (ROOT / "requirements.txt").read_text()
    bill = sbom("asterisk-ami-exporter", "1.0", text)
    pinned = set(re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE))
    assert {(each["name"], each["version"]) for each in bill["components"]} == pinned
    assert {each["purl"] for each in bill["components"]} == {f"pkg:pypi/{n}@{v}" for n, v in pinned}
    assert "pkg:pypi/aiohttp@" in str(bill)


def test_what_not_everybody_needs_is_optional() -> None:
    """A marker is kept beside what it is of."""
    first = "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n"
    text = first + "idna==3.11 \\\n    --hash=sha256:1\n"
    colorama, idna = sbom("x", "1", text)["components"]
    assert (colorama["version"], colorama["scope"]) == ("0.4.6", "optional")
    assert colorama["properties"] == [{"name": "python:marker", "value": "sys_platform == 'win32'"}]
    assert "scope" not in idna
