"""A configuration as it is in force, written as a file could say it, without its secrets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from exporter.config.model import Config, Server, Settings, resolved

SECRET = "<secret>"  # noqa: S105

_Fast: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Fast):  # type: ignore[misc]
    """Says all where it holds: no *names for what was said before."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def dump(config: Config) -> str:
    """YAML with every key that holds, defaults included; each secret is <secret>."""
    data = {
        "servers": {
            **{name: _server(server) for name, server in config.servers.items()},
            **{
                name: {"match": list(entry.patterns), **_server(entry.server)}
                for name, entry in config.matched.items()
            },
        },
        "collectors": {
            name: _settings(settings) for name, settings in config.common.items() if name not in config.custom
        },
        "trunks": [_known(asdict(trunk)) for trunk in config.site.named],
        "contexts": {"inbound": list(config.site.inbound), "outbound": list(config.site.outbound)},
        "custom": {name: entry.data for name, entry in config.custom.items()},
        "limits": config.limits.model_dump(mode="json"),
    }
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def _server(server: Server) -> dict[str, Any]:
    data = {
        "host": server.host or None,
        "port": server.port,
        "username": server.username,
        "secret": SECRET if server.secret else None,
        "secret_file": server.secret_file,
        "tls": _known(asdict(server.tls)) if server.tls else None,
        "login": server.login,
        "collectors": _collectors(server),
        "collector_options": {name: _settings(settings) for name, settings in server.overrides.items()},
        "labels": dict(server.labels),
        "show_callers": server.show_callers,
        "queue_groups": {name: list(patterns) for name, patterns in server.queue_groups.items()},
    }
    return _known(data)


def _collectors(server: Server) -> list[str] | None:
    """Those that were asked for, since these may need more rights; None if that was left open."""
    if server.named or server.collectors == resolved((), ()):
        return [name for name in server.collectors if name in server.named]
    return None


def _settings(settings: Settings) -> dict[str, Any]:
    return {"interval": settings.interval, **settings.options.model_dump(mode="json")}


def _known(data: dict[str, Any]) -> dict[str, Any]:
    """What is said at all; paths as texts."""
    told = {key: value for key, value in data.items() if value is not None}
    return {key: str(value) if isinstance(value, Path) else value for key, value in told.items()}
