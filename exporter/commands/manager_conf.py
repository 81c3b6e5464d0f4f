"""manager-conf: prints the section of manager.conf that a configuration needs, and where it goes."""

from __future__ import annotations

import argparse

from exporter.commands.arguments import OK, PROGRAM, Command, read
from exporter.metrics.catalogue import manager_conf

_PLACES = {
    "asterisk": """\
Append it to /etc/asterisk/manager.conf; or, where the last line of that includes manager.d/*.conf
(Debian, Ubuntu), put it into a file of its own there. [general] must say enabled = yes.""",
    "freepbx": """\
Append it to /etc/asterisk/manager_custom.conf: FreePBX leaves that alone. It writes manager.conf itself,
and makes manager_additional.conf of what stands under Asterisk Manager Users: take a name that is not there.
It listens on the address that bindaddr in manager.conf names.""",
    "issabel": """\
Append it to /etc/asterisk/manager_custom.conf, and keep what is there: Issabel has users of its own in it.
manager.conf comes with its packages, and manager_additional.conf is made by the web pages.""",
}


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--for",
        dest="place",
        choices=tuple(_PLACES),
        default="asterisk",
        help="what runs Asterisk; the comments say where the section goes (default: asterisk)",
    )


def _run(options: argparse.Namespace) -> int:
    config = read(options)
    sections = [_header(options.place)]
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


def _header(place: str) -> str:
    lines = [
        *_PLACES[place].splitlines(),
        "Load it: asterisk -rx 'manager reload'",
        f"See that it works: {PROGRAM} check --connect",
    ]
    return "".join(f"; {line}\n" for line in lines)


COMMAND = Command(
    "manager-conf", "Print the section of manager.conf with the least rights needed.", _run, _add
)
