"""Hosts that are watched without being listed: by patterns of their names, and by networks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)


def network(text: str) -> Network | None:
    """A network, or a single address; None if the text is neither."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def matches(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host is one of those that are meant. It must be spelled as it is remembered: a name in small
    letters, an address in its shortest form; else one host could have many sessions."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if len(host) > 253 or not _NAME.fullmatch(host):
            return False
        return any(re.fullmatch(each, host) for each in patterns if not network(each))
    if str(address) != host:
        return False
    return any(net is not None and address in net for net in map(network, patterns))
