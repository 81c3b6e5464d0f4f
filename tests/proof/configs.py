"""Configurations for the exporter against a lab Asterisk."""

from __future__ import annotations

from tests.lab.asterisk import Asterisk


def config(
    asterisk: Asterisk,
    user: str = "monitor",
    *,
    secret: str = "",
    channels: str = "60s",
    collectors: str = "[core, channels]",
    **keys: str,
) -> str:
    """One server, called lab; `keys` are more lines of it. Without `collectors` it has all that there are.

    Few make small pages: parsing a large one takes a tenth of a second, in which a test sees nothing.
    """
    lines = {"host": "127.0.0.1", "port": str(asterisk.ami_port)} | keys
    if collectors:
        lines["collectors"] = collectors
    lines |= {"username": user, "secret": secret or f"{user}-secret"}
    server = "\n".join(f"    {key}: {value}" for key, value in lines.items())
    return f"servers:\n  lab:\n{server}\ncollectors:\n  channels: {{interval: {channels}}}\n"
