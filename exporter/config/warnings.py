"""What works, and yet should be thought about."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from exporter.ami import Endpoint
from exporter.config.document import Document
from exporter.config.errors import Path as Keys
from exporter.config.errors import Problem


def warnings(documents: list[Document]) -> list[Problem]:
    """The warnings for valid documents, the main one first."""
    defaults = documents[0].data.get("defaults", {})
    found = []
    for document in documents:
        sections: list[tuple[Keys, dict[str, Any]]] = [
            (("servers", name), keys) for name, keys in document.data.get("servers", {}).items()
        ]
        if document is documents[0]:
            sections.insert(0, (("defaults",), defaults))
        for path, keys in sections:
            found += _secret(document, path, keys)
            if path[0] == "servers":
                found += _transport(document, path, {**defaults, **keys})
    return found


def _secret(document: Document, path: Keys, keys: dict[str, Any]) -> list[Problem]:
    """A secret in a file that others can read."""
    found = []
    where = (*path, "secret")
    if "secret" in keys and where not in document.expanded and _open_to_others(Path(document.file)):
        text = "stands in a file that others can read; chmod 600 it, or use secret_file"
        found.append(Problem(document.place(where), where, text))
    where = (*path, "secret_file")
    if (file := keys.get("secret_file")) and _open_to_others(Path(document.file).parent / file):
        found.append(Problem(document.place(where), where, "others can read this file; chmod 600 it"))
    return found


def _open_to_others(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _transport(document: Document, path: Keys, keys: dict[str, Any]) -> list[Problem]:
    """A login in clear text that leaves this machine."""
    host = keys.get("host")
    if keys.get("tls") is not None or not isinstance(host, str) or Endpoint(host).loopback:
        return []
    where = (*path, "host")
    return [
        Problem(document.place(where), where, "events and login cross the network in clear text; use tls")
    ]
