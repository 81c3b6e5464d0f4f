"""The commands: each file is one, and takes only what it needs of the rest of the house."""

from exporter.commands import ami, check, demo, manager_conf, metrics, schema, simulate

COMMANDS = tuple(room.COMMAND for room in (check, manager_conf, metrics, schema, ami, demo, simulate))
