"""The kinds of values that a configuration has: durations, names, hosts, secrets, files."""

from __future__ import annotations

import math
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, WithJsonSchema

from exporter.ami import TLS, ConnectionFailed
from exporter.collectors import COLLECTORS
from exporter.config.suggest import suggestion

_UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in _UNITS))
_DURATION_SCHEMA = {"type": ["string", "number"], "examples": ["30s", "1m30s", "500ms"]}
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_MAX_SECRET = 512  # a login must stay below 1,024 bytes


@dataclass
class Context:
    """What validators must know: the folder of the file, and which TLS settings were tried already;
    and the names of custom collectors."""

    folder: Path
    tls: dict[TLS, str] = field(default_factory=dict)
    custom: frozenset[str] = frozenset()

    @classmethod
    def of(cls, info: ValidationInfo) -> Context:
        """The context that a validator was called with."""
        if not isinstance(info.context, cls):
            raise TypeError("validate with a Context")
        return info.context

    def fault(self, tls: TLS) -> str:
        """Why the TLS settings cannot be used; empty if they can."""
        if tls not in self.tls:
            try:
                tls.context()
            except ConnectionFailed as error:
                self.tls[tls] = str(error)
            else:
                self.tls[tls] = ""
        return self.tls[tls]


# -- durations ---------------------------------------------------------------------------------


def duration(value: Any) -> float:
    """Seconds from a number or from a text as Prometheus writes it. Raises ValueError."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match or not value:
        raise ValueError("expected a duration, such as 30s, 1m30s or 500ms, or a number of seconds")
    return sum(int(number) * size for number, size in zip(match.groups("0"), _UNITS.values(), strict=True))


Duration = Annotated[float, BeforeValidator(duration), WithJsonSchema(_DURATION_SCHEMA)]


def _interval(value: float) -> float:
    if not 0.1 <= value <= 86_400:
        raise ValueError("must be from 100ms to 1d")
    return value


Interval = Annotated[Duration, AfterValidator(_interval)]

# -- texts -------------------------------------------------------------------------------------


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def _printable(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    if not value.isprintable():
        raise ValueError("must not have control characters in it")
    return value


def _server_name(value: str) -> str:
    if not 1 <= len(value) <= 100 or not value.isprintable() or re.search(r"[\s/?#&%]", value):
        raise ValueError("a server's name has 1 to 100 printable characters, no space and none of / ? # & %")
    if value in (".", ".."):
        raise ValueError("a server's name cannot be . or .., since addresses of pages hold it")
    return value


def _host(value: str) -> str:
    _printable(value)
    if "/" in value or " " in value or len(value) > 253:
        raise ValueError("expected a name or an address, such as pbx.example.com or 192.0.2.1")
    if value.startswith("["):
        raise ValueError("an IPv6 address stands without [ ]")
    if value.count(":") == 1:
        raise ValueError("the port has a key of its own: port")
    return value


def _username(value: str) -> str:
    _printable(value)
    if re.search(r"[\[\];]", value) or len(value.encode()) > 79 or value != value.strip():
        raise ValueError("cannot be a user of Asterisk: at most 79 bytes, no [ ] ; and no space around it")
    return value


def _label_name(value: str) -> str:
    if not _LABEL.fullmatch(value) or value.startswith("__") or value == "server":
        raise ValueError(
            "a label's name has letters, digits and _, does not begin with __ and is not 'server'"
        )
    return value


def _collector(value: str, info: ValidationInfo) -> str:
    known = [*COLLECTORS, *sorted(Context.of(info).custom)]
    if value not in known:
        raise ValueError(f"unknown collector {suggestion(value, known)}")
    return value


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} stands here twice")
    return values


def trunk_name(value: str) -> str:
    """A trunk's name. Raises ValueError."""
    if value == "none":
        raise ValueError("'none' is what channels of no trunk have; take another name")
    return value


def named_once(entries: tuple[_Named, ...]) -> tuple[_Named, ...]:
    """Entries whose names are all different. Raises ValueError."""
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two are named {name!r}")
    return entries


Text = Annotated[str, AfterValidator(_printable), WithJsonSchema({"type": "string", "minLength": 1})]
ServerName = Annotated[
    str,
    AfterValidator(_server_name),
    WithJsonSchema({"type": "string", "maxLength": 100, "pattern": r"^[^\s/?#&%]+$"}),
]
Host = Annotated[str, AfterValidator(_host), WithJsonSchema({"type": "string", "minLength": 1})]
Username = Annotated[
    str, AfterValidator(_username), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 79})
]
LabelName = Annotated[
    str, AfterValidator(_label_name), WithJsonSchema({"type": "string", "pattern": f"^{_LABEL.pattern}$"})
]
CollectorName = Annotated[
    str,
    AfterValidator(_collector),
    WithJsonSchema(
        {"anyOf": [{"enum": list(COLLECTORS)}, {"type": "string", "description": "one of custom"}]}
    ),
]
CollectorNames = Annotated[tuple[CollectorName, ...], AfterValidator(_once)]
Port = Annotated[int, Field(ge=1, le=65535)]

# -- files -------------------------------------------------------------------------------------


def problem_of(error: OSError) -> str:
    """What is wrong with a file, in plain words."""
    known = {
        FileNotFoundError: "no such file",
        PermissionError: "no permission to read it",
        IsADirectoryError: "it is a directory",
        NotADirectoryError: "no such file",
    }
    return known.get(type(error), error.strerror or str(error))


def _file(value: Path, info: ValidationInfo) -> Path:
    folder = Context.of(info).folder
    path = folder / _printable(str(value))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError(f"{str(path)!r} is not a regular file")
        with path.open("rb"):
            pass
    except OSError as error:
        raise ValueError(f"cannot read {str(path)!r}: {problem_of(error)}") from None
    return path


File = Annotated[Path, AfterValidator(_file), WithJsonSchema({"type": "string", "minLength": 1})]

# -- secrets -----------------------------------------------------------------------------------


def _secret(value: SecretStr) -> SecretStr:
    if fault := _fault(value.get_secret_value()):
        raise ValueError(f"the secret {fault}")
    return value


def _fault(secret: str) -> str:
    if not secret:
        return "is empty"
    if not secret.isprintable():
        return "has a control character or a line break in it"
    if len(secret.encode()) > _MAX_SECRET:
        return f"is longer than {_MAX_SECRET} bytes"
    return ""


def read_secret(path: Path) -> SecretStr:
    """The secret in a file, without the line break at its end. Raises ValueError."""
    try:
        with path.open("rb") as file:
            content = file.read(2 * _MAX_SECRET)
        secret = content.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ValueError(f"cannot read {str(path)!r}: {problem_of(error)}") from None
    except UnicodeDecodeError:
        raise ValueError(f"the secret in {str(path)!r} is not UTF-8") from None
    if fault := _fault(secret):
        raise ValueError(f"the secret in {str(path)!r} {fault}")
    return SecretStr(secret)


def _secret_file(path: Path) -> Path:
    read_secret(path)
    return path


Secret = Annotated[SecretStr, AfterValidator(_secret)]
SecretFile = Annotated[File, AfterValidator(_secret_file)]
