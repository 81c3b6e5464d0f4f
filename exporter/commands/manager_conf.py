"""manager-conf: prints the section of manager.conf that a configuration needs."""

from __future__ import annotations

import argparse

from exporter.commands.arguments import OK, Command, read
from exporter.metrics.catalogue import manager_conf


def _run(options: argparse.Namespace) -> int:
    config = read(options)
    sections = []
    for username in dict.fromkeys(server.username for server in config.servers.values()):
        servers = [server for server in config.servers.values() if server.username == username]
        declared = (each for server in servers for each in config.declarations(server.name))
        collectors = {id(each): each for each in declared}  # options make several of a name
        loopback = all(server.endpoint().loopback for server in servers)
        named = {name for server in servers for name in server.named} | config.custom.keys()
        names = [server.name for server in servers]
        sections.append(manager_conf(collectors.values(), username, names, loopback=loopback, named=named))
    print("\n".join(sections), end="")
    return OK


COMMAND = Command("manager-conf", "Print the section of manager.conf with the least rights needed.", _run)
