"""Makes a Config of files that are valid each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from exporter.collectors import COLLECTORS
from exporter.config.document import Document
from exporter.config.errors import Path, Problem
from exporter.config.messages import report
from exporter.config.model import CHECKED, Config, Matched, Server, Settings, resolved
from exporter.config.schema import MainFile, ServerFile, ServerSection
from exporter.config.section import Section
from exporter.metrics import Options, Site, Trunk


@dataclass(frozen=True)
class Part:
    """A file and what it says."""

    document: Document
    content: ServerFile


def build(main: MainFile, parts: list[Part], warnings: list[Problem]) -> Config | None:
    """The configuration; None if options do not go together, which is noted in the documents."""
    servers, matched = dict[str, Server](), dict[str, Matched]()
    for part in parts:
        for name, keys in part.content.servers.items():
            path: Path = ("servers", name, "collector_options")
            overrides = _overrides(main, keys, part.document, path)
            merged = _merged(main.defaults, keys)
            server = _server(name, merged, overrides, tuple(main.custom))
            if not keys.match:
                servers[name] = server
                continue
            matched[name] = Matched(keys.match, server)
            if server.login == "plain" and not server.tls:
                text = "hosts that are not listed must not be told the secret: use login: challenge, or tls"
                part.document.add(("servers", name, "match"), text)
    if any(part.document.problems for part in parts):
        return None
    common = {name: _settings(getattr(main.collectors, name)) for name in COLLECTORS}
    common |= {name: Settings(section.interval, Options()) for name, section in main.custom.items()}
    custom = {name: section.entry(name) for name, section in main.custom.items()}
    trunks = tuple(Trunk(trunk.name, trunk.match, trunk.capacity) for trunk in main.trunks)
    site = Site(trunks, main.contexts.inbound, main.contexts.outbound)
    return Config(servers, main.limits, tuple(warnings), common, site, custom, CHECKED, matched)


def _merged(defaults: ServerSection, keys: ServerSection) -> dict[str, Any]:
    """What holds for a server: its own keys, then those of defaults; labels of both."""
    merged = {key: getattr(defaults, key) for key in type(defaults).model_fields}
    own = {key: getattr(keys, key) for key in keys.model_fields_set}
    if {"secret", "secret_file"} & own.keys():
        merged |= {"secret": None, "secret_file": None}
    return merged | own | {"labels": {**defaults.labels, **keys.labels}}


def _server(
    name: str, keys: dict[str, Any], overrides: Mapping[str, Settings], custom: tuple[str, ...]
) -> Server:
    tls = keys["tls"].settings() if keys["tls"] else None
    return Server(
        name=name,
        host=keys["host"] or "",
        port=keys["port"] or (5039 if tls else 5038),
        username=keys["username"],
        tls=tls,
        login=keys["login"],
        collectors=resolved(keys["collectors"], custom),
        named=frozenset(keys["collectors"] or ()),
        labels=keys["labels"],
        show_callers=keys["show_callers"],
        queue_groups=keys["queue_groups"],
        secret_file=keys["secret_file"],
        secret=keys["secret"],
        overrides=overrides,
    )


def _overrides(main: MainFile, keys: ServerSection, document: Document, path: Path) -> dict[str, Settings]:
    """The settings of the collectors that run otherwise at this server than at others."""
    layers = (main.defaults.collector_options, keys.collector_options)
    names = {name for layer in layers for name in layer.model_fields_set}
    settings = {}
    for name in sorted(names):
        options: Options = getattr(main.collectors, name)
        values = {key: getattr(options, key) for key in type(options).model_fields}
        for layer in layers:
            values |= _set(getattr(layer, name))
        try:
            settings[name] = _settings(type(options).model_validate(values))
        except ValidationError as error:
            found = Document(document.file, {})
            report(error, type(options), found)
            for problem in found.problems.values():
                document.add((*path, name, *problem.path), problem.message)
    return settings


def _set(section: Section | Options) -> dict[str, Any]:
    return {key: getattr(section, key) for key in section.model_fields_set}


def _settings(options: Options) -> Settings:
    interval: float = options.interval  # type: ignore[attr-defined]  # the schema adds it
    return Settings(interval, options)
