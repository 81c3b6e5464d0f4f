"""The keys of a configuration file, with what they mean; a docstring here is the editor's help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    create_model,
    model_validator,
)

from exporter.ami import TLS
from exporter.collectors import COLLECTORS
from exporter.config.custom import Custom
from exporter.config.matching import network
from exporter.config.section import Section
from exporter.config.values import (
    CollectorNames,
    Context,
    File,
    Host,
    Interval,
    LabelName,
    Port,
    Secret,
    SecretFile,
    ServerName,
    Text,
    Username,
    named_once,
    trunk_name,
)
from exporter.metrics import Collector, Options
from exporter.metrics.options import Pattern, pattern


class TLSSection(Section):
    """TLS to Asterisk; {} checks the certificate against the authorities that this machine knows."""

    ca_file: File | None = None
    """The authority that signed the certificate of Asterisk (PEM)."""
    server_name: Host | None = None
    """The name in the certificate, if it is not the host."""
    cert_file: File | None = None
    """A client certificate (PEM). Asterisk never asks for one; a TLS proxy before it may."""
    key_file: File | None = None
    """The key of the client certificate (PEM, not encrypted), if cert_file does not hold it."""
    insecure_skip_verify: bool = False
    """Take any certificate."""

    def settings(self) -> TLS:
        """The same, as the AMI client wants it."""
        return TLS(self.ca_file, self.server_name, self.cert_file, self.key_file, self.insecure_skip_verify)

    @model_validator(mode="after")
    def _usable(self, info: ValidationInfo) -> TLSSection:
        if self.key_file and not self.cert_file:
            raise ValueError("key_file needs a cert_file")
        key = self.key_file or self.cert_file
        if key and b"ENCRYPTED" in key.read_bytes():
            raise ValueError(f"the key in {str(key)!r} is encrypted, and nobody is there to type a password")
        if fault := Context.of(info).fault(self.settings()):
            raise ValueError(fault)
        return self


# These have no source in which docstrings of their keys stand; to look for it is most of a start's time.
_NO_SOURCE = {"use_attribute_docstrings": False}


def _with_interval(collector: Collector) -> type[Options]:
    text = "From the start of one poll to the start of the next."
    return create_model(
        collector.name,
        __base__=collector.options,
        __doc__=collector.help,
        __cls_kwargs__=_NO_SOURCE,
        interval=(Interval, Field(default=collector.interval, description=text)),
    )


def _collectors() -> type[Section]:
    fields: dict[str, Any] = {}
    for collector in COLLECTORS.values():
        model = _with_interval(collector)
        fields[collector.name] = (model, Field(default_factory=model, description=collector.help))
    return create_model(
        "CollectorsSection",
        __base__=Section,
        __doc__="Options by collector.",
        __cls_kwargs__=_NO_SOURCE,
        **fields,
    )


if TYPE_CHECKING:
    CollectorsSection = Section
else:
    CollectorsSection = _collectors()


def _host_pattern(value: str) -> str:
    return value if network(value) else pattern(value)


HostPattern = Annotated[Text, AfterValidator(_host_pattern)]


class ServerSection(Section):
    """How to reach one Asterisk, and what to ask it."""

    host: Host | None = None
    """A name or an address."""
    match: tuple[HostPattern, ...] = ()
    """Instead of a host: names (regular expressions, whole) and networks of hosts that /probe may name."""
    port: Port | None = None
    """The port of AMI: 5038, or 5039 with tls."""
    username: Username | None = None
    """The user in manager.conf; `asterisk-ami-exporter manager-conf` prints what it needs."""
    secret: Secret | None = Field(default=None, json_schema_extra={"writeOnly": True})
    """The user's secret. Better keep it in a file of its own: secret_file."""
    secret_file: SecretFile | None = None
    """A file that holds the secret; read anew for each login."""
    tls: TLSSection | None = None
    """Speak TLS; {} for its defaults."""
    login: Literal["challenge", "plain"] = "challenge"
    """How to log in: by MD5 challenge, so that the secret does not travel, or in plain text."""
    collectors: CollectorNames | None = None
    """What to collect; without it all collectors that are on by default. `ami` is always there."""
    collector_options: CollectorsSection = Field(default_factory=CollectorsSection)
    """Interval and options of collectors, for this server alone."""
    labels: dict[LabelName, Text] = Field(default_factory=dict)
    """Labels of the scrape target that stands for this server."""
    show_callers: bool = False
    """Show on the wallboard who waits in queues, by name and number; no metric ever does."""
    queue_groups: dict[Text, tuple[Pattern, ...]] = Field(default_factory=dict)
    """Groups of queues on the wallboard: regular expressions for whole names, as shown; the first counts."""


class TrunkSection(Section):
    """Channels that are a trunk, under a name of yours."""

    name: Annotated[Text, AfterValidator(trunk_name)]
    """The value of the label `trunk`."""
    match: Pattern
    """A regular expression for the whole names of its channels, without their suffix: PJSIP/carrier-a."""
    capacity: Annotated[int, Field(ge=1)] | None = None
    """How many channels it may have at one time; for asterisk_trunk_channels_limit."""


class ContextsSection(Section):
    """Dialplan contexts that tell which way a call goes, by the one in which its first channel began."""

    inbound: tuple[Pattern, ...] = ()
    """Regular expressions for whole names of contexts in which calls from outside begin: from-trunk."""
    outbound: tuple[Pattern, ...] = ()
    """Regular expressions for whole names of contexts in which calls begin that are bound for outside."""


class Limits(Section):
    """Bounds on what one server may bring, and on how many may come uncalled."""

    series_per_metric: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """The most series of one metric; more are refused and counted."""
    label_length: Annotated[int, Field(ge=8, le=4096)] = 128
    """The most bytes of a label's value; more are cut off."""
    matched_hosts: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """The most hosts that are watched at one time since /probe named them and `match` knows them."""


class ServerFile(Section):
    """A file that server_files names."""

    servers: dict[ServerName, ServerSection] = Field(default_factory=dict)
    """The servers by name; the name is the value of the label `server`."""


class MainFile(ServerFile):
    """The configuration of asterisk-ami-exporter."""

    defaults: ServerSection = Field(default_factory=ServerSection)
    """What holds for every server that does not say otherwise: any of a server's keys."""
    server_files: tuple[Text, ...] = ()
    """Files with more servers; * and ? stand for parts of names."""
    collectors: CollectorsSection = Field(default_factory=CollectorsSection)
    """Interval and options of collectors, for all servers."""
    trunks: Annotated[tuple[TrunkSection, ...], AfterValidator(named_once)] = ()
    """Which channels are trunks; the first that matches counts. Other channels have the trunk `none`."""
    contexts: ContextsSection = Field(default_factory=ContextsSection)
    """Which way calls go, where trunks do not tell it; for asterisk_active_calls_by_direction."""
    custom: Custom = Field(default_factory=dict)
    """Metrics of your own, by names that you give; a name is a collector's name."""
    limits: Limits = Field(default_factory=Limits)
    """Bounds on what one server may bring."""


def json_schema() -> dict[str, Any]:
    """JSON Schema of a configuration file, for editors."""
    schema = MainFile.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    result: dict[str, Any] = _without_null(schema)
    return result


def _without_null(schema: Any) -> Any:
    """A key that can be left out is not one that can be null."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: _without_null(value) for key, value in schema.items()}
    if {"type": "null"} in schema.get("anyOf", ()):
        kinds = [kind for kind in schema.pop("anyOf") if kind != {"type": "null"}]
        schema = {**(kinds[0] if len(kinds) == 1 else {"anyOf": kinds}), **schema}
        if schema.get("default", ...) is None:
            del schema["default"]
    return schema
