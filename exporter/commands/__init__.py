"""The commands: each file is one, and takes only what it needs of the rest of the house."""

from exporter.commands import (
    ami,
    check,
    completion,
    demo,
    healthcheck,
    manager_conf,
    metrics,
    schema,
    simulate,
)

_ROOMS = (check, manager_conf, metrics, schema, ami, demo, simulate, healthcheck, completion)
COMMANDS = tuple(room.COMMAND for room in _ROOMS)
