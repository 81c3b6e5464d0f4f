"""A configuration for one Asterisk from variables of the environment, without a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exporter.config.document import Document, Marks, is_unicode
from exporter.config.errors import ConfigError, Place, Problem
from exporter.config.errors import Path as Keys
from exporter.config.load import assemble
from exporter.config.model import Config

VARIABLES = {
    "host": "AMI_HOST",
    "port": "AMI_PORT",
    "username": "AMI_USERNAME",
    "secret": "AMI_SECRET",
    "secret_file": "AMI_SECRET_FILE",
}
NAME = "AMI_SERVER_NAME"


def from_environment(variables: Mapping[str, str]) -> Config:
    """Read AMI_HOST (127.0.0.1), AMI_PORT (5038), AMI_USERNAME, AMI_SECRET or AMI_SECRET_FILE, and
    AMI_SERVER_NAME (the host).

    Raises ConfigError with everything that is wrong; it names the variables.
    """
    # Python lends the environment halves of characters where it is not UTF-8.
    broken = [name for name in (NAME, *VARIABLES.values()) if not is_unicode(variables.get(name, ""))]
    if broken:
        raise ConfigError(Problem(Place(name), (), "not UTF-8") for name in broken)
    keys: dict[str, Any] = {key: variables[name] for key, name in VARIABLES.items() if variables.get(name)}
    keys.setdefault("host", "127.0.0.1")
    if (port := keys.get("port", "")).isascii() and port.isdigit():
        keys["port"] = int(port[:9])  # too large a number stays one, and is cheap to read
    server = variables.get(NAME) or keys["host"]
    marks: dict[Keys, Marks] = {("servers", server): Marks(Place(NAME), Place(NAME))}
    for key, name in VARIABLES.items():
        marks["servers", server, key] = Marks(Place(name), Place(name))
    document = Document("environment", {"servers": {server: keys}}, marks)
    return assemble([document], [Path.cwd()], [])
