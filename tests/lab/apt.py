"""Reads the machine's own apt sources, in both of apt's formats."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ETC = Path("/etc")


class Source(NamedTuple):
    uri: str
    suites: list[str]
    components: list[str]


def mirror(etc: Path = ETC) -> str | None:
    """The Debian archive that this machine installs from: not its security archive, nor another vendor's."""
    known = re.search(r"^VERSION_CODENAME=(\w+)", (etc / "os-release").read_text(), re.MULTILINE)
    every = [source for source in sources(etc / "apt") if "main" in source.components]
    for suite in (known[1] if known else "stable", "sid", "unstable", "testing", "stable"):
        for source in every:
            if suite in source.suites:
                return first_mirror(source.uri)
    return None


def sources(apt: Path) -> Iterator[Source]:
    for path in sorted(apt.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            fields = re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE)
            values = {name.lower(): value.split() for name, value in fields}
            if values.get("enabled") != ["no"]:
                for uri in values.get("uris", []):
                    yield Source(uri, values.get("suites", []), values.get("components", []))
    for path in [apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))]:
        text = path.read_text() if path.exists() else ""
        for uri, rest in re.findall(r"^deb\s+(?:\[[^]]*\]\s*)?(\S+)[ \t]+(.*)$", text, re.MULTILINE):
            suite, *components = rest.split()
            yield Source(uri, [suite], components)


def first_mirror(uri: str) -> str:
    """The first of the list that `mirror+file:` names, as cloud images have it."""
    if not uri.startswith("mirror+file:"):
        return uri
    return Path(uri.removeprefix("mirror+file:")).read_text().split()[0]
