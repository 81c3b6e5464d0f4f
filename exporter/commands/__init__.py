"""The commands: each file is one, and takes only what it needs of the rest of the house."""

from exporter.commands import check, demo, manager_conf, metrics, schema

COMMANDS = tuple(room.COMMAND for room in (check, manager_conf, metrics, schema, demo))
