"""What holds between several keys, checked on the data as written, so that no other mistake hides it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from exporter.config.document import Document
from exporter.config.errors import Path

_SECRETS = ("secret", "secret_file")


def check(documents: list[Document], meant: Collection[Path]) -> None:
    """Add what is missing or there twice to the documents; the first of them is the main file.

    Keys in `meant` were only misspelt, which is reported already.
    """
    main = documents[0]
    defaults = mapping(main.data.get("defaults"))
    misspelt = {path[-1] for path in meant if path[:-1] == ("defaults",)}
    _one_secret(main, ("defaults",), defaults)
    if "match" in defaults:
        main.add(("defaults", "match"), "stands with a server alone", key=True)
    named = any(mapping(document.data.get("servers")) for document in documents) or main.data.get(
        "server_files"
    )
    if not named and not {("servers",), ("server_files",)} & set(meant):
        main.add(("servers",), "no servers: name at least one here, or a file with some in server_files")
    seen: dict[str, Document] = {}
    for document in documents:
        for name, server in mapping(document.data.get("servers")).items():
            path: Path = ("servers", name)
            if name in seen:
                first = seen[name].place(path, key=True)
                document.add(path, f"there is a server of this name already, at {first}", key=True)
            seen.setdefault(name, document)
            if isinstance(server, dict):
                known = server.keys() | defaults.keys() | misspelt
                known |= {wanted[-1] for wanted in meant if wanted[:-1] == path}
                _complete(document, path, known)
                if server.get("match") == []:
                    document.add((*path, "match"), "name at least one, or a host")
                if {"host", "match"} <= server.keys():
                    document.add((*path, "match"), "there is a host as well; give one of the two", key=True)
                _one_secret(document, path, server)


def _complete(document: Document, path: Path, known: Collection[Any]) -> None:
    for key in ("host", "username"):
        if key not in known and not (key == "host" and "match" in known):
            document.add((*path, key), "missing")
    if not set(_SECRETS) & set(known):
        document.add((*path, "secret_file"), "missing: give a secret_file, or a secret")


def _one_secret(document: Document, path: Path, keys: dict[str, Any]) -> None:
    if all(key in keys for key in _SECRETS):
        document.add((*path, "secret_file"), "there is a secret as well; give one of the two", key=True)


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}
