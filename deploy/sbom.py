"""Puts a list of what the exporter was tested with into its wheel: an SBOM (PEP 770), in CycloneDX."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILE = "asterisk-ami-exporter.cdx.json"
_PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)(?: *; *([^\\\n]*[^\\\s]))?", re.MULTILINE)


def sbom(name: str, version: str, requirements: str) -> dict[str, Any]:
    """The bill of materials of a release; the same text gives the same bill.

    Args:
        requirements: the text of a requirements.txt in which all is pinned.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", **_named(name, version)}},
        "components": [_component(*pin) for pin in _PIN.findall(requirements)],
    }


def _component(name: str, version: str, marker: str) -> dict[str, Any]:
    component: dict[str, Any] = {"type": "library", **_named(name, version)}
    if marker:  # not every Python and system needs it
        component |= {"scope": "optional", "properties": [{"name": "python:marker", "value": marker}]}
    return component


def _named(name: str, version: str) -> dict[str, str]:
    purl = f"pkg:pypi/{name}@{version}"
    return {"bom-ref": purl, "name": name, "version": version, "purl": purl}


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # the configuration is of any builder
    """What hatchling calls when it builds a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the bill beside the wheel, and have it put in."""
        if version == "editable":  # of a working tree there is no release
            return
        text = (Path(self.root) / "requirements.txt").read_text()
        bill = sbom(self.metadata.core.name, self.metadata.version, text)
        file = Path(self.directory) / FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(bill, indent=2) + "\n")
        build_data["sbom_files"].append(str(file))
