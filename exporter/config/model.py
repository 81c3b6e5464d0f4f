"""A configuration that was found good: the servers, what is collected of each, and the limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from exporter.ami import TLS, ConnectionFailed, Credentials, Endpoint
from exporter.collectors import COLLECTORS
from exporter.config.errors import Problem
from exporter.config.matching import matches
from exporter.config.schema import Limits
from exporter.config.values import read_secret
from exporter.metrics import Collector, Options, Site, Trunk
from exporter.metrics.custom import Entry

CHECKED = object()  # only the loader vouches for what it has checked


@dataclass(frozen=True, slots=True)
class Settings:
    """How a collector is run at one server; `options` is an instance of the collector's own class."""

    interval: float
    options: Options


@dataclass(frozen=True, slots=True)
class Server:
    """One Asterisk."""

    name: str
    host: str
    port: int
    username: str
    tls: TLS | None
    login: Literal["challenge", "plain"]
    collectors: tuple[str, ...]
    named: frozenset[str]  # of the collectors those that were asked for by name
    labels: Mapping[str, str]
    show_callers: bool
    queue_groups: Mapping[str, tuple[str, ...]]
    secret_file: Path | None
    secret: SecretStr | None = field(repr=False)
    overrides: Mapping[str, Settings] = field(repr=False)  # of collectors that run otherwise here

    @property
    def connection(self) -> tuple[object, ...]:
        """What a session is: while it is the same, the session goes on."""
        secret = (self.secret_file, self.secret)
        return (self.name, self.host, self.port, self.username, *secret, self.tls, self.login)

    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint(self.host, self.port, self.tls)

    def credentials(self) -> Credentials:
        """Who logs in; a secret_file is read anew, since secrets are rotated.

        Raises ConnectionFailed("auth") if it cannot be read now: without a secret there is no session.
        """
        secret = self.secret
        if self.secret_file:
            try:
                secret = read_secret(self.secret_file)
            except ValueError as error:
                raise ConnectionFailed("auth", f"secret_file: {error}") from None
        assert secret is not None  # noqa: S101  # the loader saw to it
        return Credentials(self.username, secret.get_secret_value(), self.login)


@dataclass(frozen=True, slots=True)
class Matched:
    """Hosts that are not listed: which, and what holds for each; the server has neither name nor host."""

    patterns: tuple[str, ...]
    server: Server


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that was configured. Made by load() and from_environment() alone, so it is valid."""

    servers: Mapping[str, Server]
    limits: Limits
    warnings: tuple[Problem, ...]
    common: Mapping[str, Settings] = field(repr=False)  # by collector
    site: Site
    custom: Mapping[str, Entry] = field(repr=False)
    checked: InitVar[object]
    matched: Mapping[str, Matched] = field(default_factory=dict)  # by entry; the first that fits counts
    _made: dict[tuple[str, str], Collector] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self, checked: object) -> None:
        if checked is not CHECKED:
            raise TypeError("a Config comes from load() or from_environment()")

    def opened(self, host: str) -> Config | None:
        """A configuration whose only server is a host that `match` knows; None if it knows it not."""
        for entry in self.matched.values():
            if matches(host, entry.patterns):
                server = replace(entry.server, name=host, host=host)
                return replace(self, servers={host: server}, checked=CHECKED)
        return None

    def settings(self, server: str, collector: str) -> Settings:
        """How a collector is run at a server."""
        return self.servers[server].overrides.get(collector) or self.common[collector]

    def declarations(self, server: str, found: tuple[Trunk, ...] = ()) -> tuple[Collector, ...]:
        """The collectors of a server as its options want them; equal options give the same object.

        Args:
            found: trunks that were found at that server; they count if the configuration names none.
        """
        every = tuple(self._declared(server, name) for name in self.servers[server].collectors)
        if not found or self.site.named:
            return every
        site = replace(self.site, found=found)
        return tuple(
            each
            if each.name in self.custom
            else each.configured(self.settings(server, each.name).options, site)
            for each in every
        )

    def _declared(self, server: str, name: str) -> Collector:
        if name in self.custom:
            return self._custom(server, name)
        options = self.settings(server, name).options
        key = (name, options.model_dump_json())
        if key not in self._made:
            self._made[key] = COLLECTORS[name].configured(options, self.site)
        return self._made[key]

    def _custom(self, server: str, name: str) -> Collector:
        """A custom collector, made of the tables and folds that the built-in ones have at this server."""
        key = (name, server if self.servers[server].overrides else "")
        if key not in self._made:
            # What options took away is as without options.
            plain = {f"plain {builtin}": collector for builtin, collector in COLLECTORS.items()}
            here = {builtin: self._declared(server, builtin) for builtin in COLLECTORS}
            self._made[key], _ = self.custom[name].read(plain | here)
        return self._made[key]


def resolved(names: Iterable[str] | None, custom: Iterable[str]) -> tuple[str, ...]:
    """The collectors that run if these are asked for, in their fixed order; custom ones come last."""
    chosen = {"ami", *names} if names is not None else {"ami"}
    default = (name for name, collector in COLLECTORS.items() if collector.default)
    wanted = chosen if names is not None else {*chosen, *default, *custom}
    return tuple(name for name in (*COLLECTORS, *custom) if name in wanted)
