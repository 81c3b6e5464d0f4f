"""The web config file: its keys, as Prometheus' exporters have them, and what Python cannot do of them."""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from exporter.config import ConfigError, Problem
from exporter.config.document import MAX_BYTES, parse
from exporter.config.errors import Place
from exporter.config.messages import report
from exporter.config.section import Section
from exporter.config.values import Context, File, Text, problem_of
from exporter.web.security.ciphers import cipher, version
from exporter.web.security.tls import context

HEADERS: dict[str, tuple[str, ...]] = {  # that can be set, and to what; empty: to anything
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-9])\$[./A-Za-z0-9]{53}")
_REFUSED = {
    "curve_preferences": "Python cannot choose among several curves",
    "cert": "Python reads it from a file alone: cert_file",
    "key": "Python reads it from a file alone: key_file",
    "client_ca": "write it into a file: client_ca_file",
    "rate_limit": "--web.max-requests limits requests here",
}


def _refuse(_value: object, info: ValidationInfo) -> None:
    raise ValueError(f"cannot be used: {_REFUSED[info.field_name or '']}")


def _client_auth(value: str) -> str:
    if value in ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert"):
        raise ValueError(f"{value} cannot be used: Python takes no certificate without checking it")
    return value


def _hash(value: SecretStr) -> SecretStr:
    if not _BCRYPT.fullmatch(value.get_secret_value()):
        raise ValueError("expected a bcrypt hash, such as `htpasswd -nBC 10 ''` prints, of cost 4 to 19")
    return value


def _user(value: str) -> str:
    if ":" in value or not value.isprintable():
        raise ValueError("a user's name has no : and no control characters")
    return value


def _header(name: str) -> str:
    if name not in HEADERS:
        raise ValueError(f"cannot be set (known: {', '.join(HEADERS)})")
    return name


Version = Annotated[str, AfterValidator(version)]
Refused = Annotated[None, BeforeValidator(_refuse)]


class TLSServer(Section):
    """How TLS is spoken."""

    cert_file: File | None = None
    key_file: File | None = None
    client_auth_type: Annotated[
        Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"],
        BeforeValidator(_client_auth),
    ] = "NoClientCert"
    client_ca_file: File | None = None
    client_allowed_sans: tuple[Text, ...] = ()
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: tuple[Annotated[str, AfterValidator(cipher)], ...] = ()
    prefer_server_cipher_suites: bool = True
    curve_preferences: Refused = None
    cert: Refused = None
    key: Refused = None
    client_ca: Refused = None

    @model_validator(mode="after")
    def _whole(self) -> TLSServer:
        for name in ("cert_file", "key_file"):
            if not getattr(self, name):
                raise ValueError(f"{name} is missing")
        if self.client_ca_file and self.client_auth_type == "NoClientCert":
            raise ValueError("client_ca_file needs a client_auth_type")
        if self.client_allowed_sans and self.client_auth_type != "RequireAndVerifyClientCert":
            raise ValueError("client_allowed_sans needs client_auth_type: RequireAndVerifyClientCert")
        if self.min_version > self.max_version:
            raise ValueError("min_version is above max_version")
        self.context()
        return self

    def context(self) -> ssl.SSLContext:
        """The same for Python's ssl, with the certificates as they are now. Raises ValueError."""
        return context(self)


class HTTPServer(Section):
    """How HTTP is spoken."""

    http2: bool = False
    headers: dict[Annotated[str, AfterValidator(_header)], Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _possible(self) -> HTTPServer:
        if self.http2:
            raise ValueError("http2: true cannot be used: HTTP/1.1 alone is spoken here")
        for name, value in self.headers.items():
            if HEADERS[name] and value not in HEADERS[name]:
                raise ValueError(f"{name}: expected {' or '.join(HEADERS[name])}")
        return self


class WebConfig(Section):
    """A web config file."""

    tls_server_config: TLSServer | None = None
    http_server_config: HTTPServer = Field(default_factory=HTTPServer)
    basic_auth_users: dict[
        Annotated[str, AfterValidator(_user)], Annotated[SecretStr, AfterValidator(_hash)]
    ] = Field(default_factory=dict)
    rate_limit: Refused = None


def read(file: Path) -> WebConfig:
    """Read a web config file, and the certificates that it names. Raises ConfigError."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError([Problem(Place(str(file)), (), problem_of(error))]) from None
    if not any(line.strip() and not line.lstrip().startswith(b"#") for line in content.splitlines()):
        return WebConfig()  # comments alone: all is as without a file
    document = parse(content, str(file))
    config = None
    try:
        known = {key: value for key, value in document.data.items() if value not in (None, {})}
        config = WebConfig.model_validate_json(json.dumps(known), context=Context(file.parent))
    except ValidationError as error:
        report(error, WebConfig, document)
    if config is None or document.problems:
        found = document.problems.values()
        raise ConfigError(
            sorted(found, key=lambda problem: (problem.place.line or 0, problem.place.column or 0))
        )
    return config
