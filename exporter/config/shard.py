"""A part of the servers, for one of several exporters that share a configuration."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from exporter.config.model import CHECKED, Config


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` parts; the first is number 1.

    A name's part is what Prometheus' relabel action `hashmod` makes of it, and one more.
    """

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """A shard as in 1/3. Raises ValueError."""
        match = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text, re.ASCII)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise ValueError(f"shard {text!r}: write NUMBER/COUNT, as in 1/3")
        return cls(int(match[1]), int(match[2]))

    def has(self, name: str) -> bool:
        """Whether a server of that name belongs to it."""
        digest = hashlib.md5(name.encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[8:]) % self.count == self.number - 1

    def of(self, config: Config) -> Config:
        """The configuration with its servers alone."""
        if self.count == 1:
            return config
        servers = {name: server for name, server in config.servers.items() if self.has(name)}
        return replace(config, servers=servers, checked=CHECKED)
