"""Imports point one way: each part of the house may use only what stands below it."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "exporter"

# What each part may import of the others; a dotted name allows that module alone. "" is the version.
FLOORS = {
    "ami",
    "metrics",
    "collectors",
    "config",
    "pbx",
    "web",
    "simulator",
    "console",
    "diagnosis",
    "own",
    "logs",
    "notify",
}
MAY_IMPORT = {
    "": set[str](),
    "ami": set[str](),
    "metrics": {"ami.message", "ami.actions", "ami.filters"},
    "collectors": {"metrics"},
    "config": {"ami", "metrics", "collectors"},
    "pbx": {"ami", "metrics"},
    "web": {"pbx", "metrics", "config"},
    "simulator": {"ami"},
    "console": {"ami", "config", "logs"},
    "diagnosis": {"ami", "metrics", "collectors", "config", "pbx"},
    "logs": set[str](),
    "notify": set[str](),
    "own": {"metrics", "pbx"},
    "watched": FLOORS,
    "guests": FLOORS | {"watched"},
    "fleet": FLOORS | {"watched", "guests"},
    "app": FLOORS | {"fleet"},
    "commands": FLOORS | {"app"},
    "cli": FLOORS | {"app", "commands"},
    "__main__": {"cli"},
}
FILES = sorted(HOUSE.rglob("*.py"))
WITHOUT_IO = ("codec", "filters", "message", "session", "login", "actions", "errors", "timing")


def imported(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            names = [
                alias.name for alias in node.names if node.module == "exporter" and "__" not in alias.name
            ]
            yield from (f"exporter.{name}" for name in names)
            yield node.module or ""


def module(path: Path) -> str:
    """The name of a file's module below the package: `ami.codec`, or nothing for the package itself."""
    return ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def misplaced(path: Path) -> list[str]:
    """The imports of a file that point the wrong way."""
    part = module(path).partition(".")[0]
    wrong = []
    for name in imported(path):
        package, _, below = name.partition(".")
        target = below.partition(".")[0]
        if package == "exporter" and target not in ("", part) and not MAY_IMPORT[part] & {target, below}:
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("path", FILES, ids=module)
def test_no_import_points_the_wrong_way(path: Path) -> None:
    """A part of the house that is not in the table, or an import that the table does not allow, fails."""
    assert misplaced(path) == []


@pytest.mark.parametrize("path", sorted((HOUSE / "ami").glob("*.py")), ids=module)
def test_the_ami_client_needs_nothing_but_python(path: Path) -> None:
    """Another project could take it as it is."""
    others = {name.partition(".")[0] for name in imported(path)} - sys.stdlib_module_names
    assert others <= {"exporter"}


@pytest.mark.parametrize("name", WITHOUT_IO)
def test_the_protocol_does_no_io(name: str) -> None:
    """Only the client and what opens its socket know of asyncio and of sockets."""
    used = {name.partition(".")[0] for name in imported(HOUSE / "ami" / f"{name}.py")}
    assert not used & {"asyncio", "socket", "ssl", "selectors", "threading", "os"}


def test_every_public_name_exists() -> None:
    """What `__all__` of the AMI client promises is there, and once."""
    package = importlib.import_module("exporter.ami")
    assert len(set(package.__all__)) == len(package.__all__)
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
